import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs the image builder in a JVM of its own. */
final class BuilderProcess {
  private static final String MAIN = "org.graalvm.nativeimage.builder/com.oracle.svm.hosted.NativeImageGeneratorRunner";

  /** Would add flags of their own to the builder's JVM. */
  private static final List<String> JVM_VARIABLES =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH");

  private final Path svm;
  private final Properties vendor;
  private final Arguments arguments;

  BuilderProcess(Path svm, Properties vendor, Arguments arguments) {
    this.svm = svm;
    this.vendor = vendor;
    this.arguments = arguments;
  }

  int run() throws IOException, InterruptedException {
    List<String> jvm = jvmArguments();
    List<String> builder = builderArguments();
    if (arguments.verbose) print(jvm, builder);
    if (arguments.dryRun) return 0;

    Path folder = Files.createTempDirectory("native-image-");
    try {
      Path jvmFile = Files.write(folder.resolve("jvm.args"), jvm.stream().map(BuilderProcess::quoted).toList());
      Path builderFile = Files.writeString(folder.resolve("builder.args"), String.join("\0", builder));
      var command =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "@" + jvmFile,
              "--module=" + MAIN,
              "--image-args-file=" + builderFile);
      command.environment().keySet().removeAll(JVM_VARIABLES);
      command.environment().putAll(arguments.environment);
      Process process = command.inheritIO().start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy)); // an interrupted build stops at once
      return process.waitFor();
    } finally {
      for (String name : List.of("jvm.args", "builder.args")) Files.deleteIfExists(folder.resolve(name));
      Files.delete(folder);
    }
  }

  private void print(List<String> jvm, List<String> builder) {
    System.out.println("Executing [");
    Stream.concat(jvm.stream(), builder.stream()).forEach(System.out::println);
    System.out.println("]");
  }

  private static String quoted(String argument) {
    return '"' + argument.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private List<String> jvmArguments() throws IOException {
    var jvm = new ArrayList<String>();
    jvm.addAll(
        List.of(
            "-XX:+UseParallelGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xss10m",
            // the builder uses the compiler's interface to the JVM, but leaves the JVM its own compilers
            "-XX:+UnlockExperimentalVMOptions",
            "-XX:+EnableJVMCI",
            "-XX:-UseJVMCICompiler",
            // what the JVM has archived of its module graph and lambdas must not get into an image
            "-Xshare:off",
            "-Djdk.internal.lambda.disableEagerInitialization=true",
            "-Djava.system.class.loader=com.oracle.svm.hosted.NativeImageSystemClassLoader",
            "-Dorg.graalvm.nativeimage.imagecode=buildtime",
            "-Dsubstratevm.HostLibC=glibc",
            "-Djava.awt.headless=true",
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=org.graalvm.nativeimage.builder"));
    jvm.addAll(memoryFlags());
    for (String name : new TreeSet<>(vendor.stringPropertyNames())) {
      jvm.add("-D" + name + "=" + vendor.getProperty(name));
    }
    jvm.addAll(moduleFlags());
    jvm.addAll(arguments.jvmFlags);
    return jvm;
  }

  private List<String> memoryFlags() {
    if (arguments.jvmFlags.stream().anyMatch(flag -> flag.startsWith("-Xmx"))) {
      return List.of("-Dsvm.build.memoryUsageReasonText=set with -J-Xmx");
    }
    return List.of(
        "-XX:MaxRAMPercentage=60", "-Dsvm.build.memoryUsageReasonText=60% of the memory; -J-Xmx sets another limit");
  }

  private List<String> moduleFlags() throws IOException {
    List<Path> jars;
    try (Stream<Path> files = Files.list(svm.resolve("builder"))) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
    // the JDK has a module of this name, too
    List<Path> upgrades = jars.stream().filter(jar -> jar.getFileName().toString().startsWith("compiler-")).toList();
    List<Path> modules = jars.stream().filter(jar -> !upgrades.contains(jar)).toList();

    var added = new TreeSet<>(arguments.addedModules);
    added.add("ALL-DEFAULT");
    String ofTheJdk =
        added.stream().filter(m -> m.matches("ALL-.*|java\\..*|jdk\\..*")).collect(Collectors.joining(","));

    var flags = new ArrayList<String>();
    flags.add("--upgrade-module-path=" + joined(upgrades));
    flags.add("--module-path=" + joined(modules));
    flags.addAll(Files.readAllLines(svm.resolve("builder-modules.args")));
    flags.add("--add-modules=" + ofTheJdk);
    flags.add("-Dsvm.modulesupport.addedModules=" + String.join(",", added));
    if (!arguments.limitedModules.isEmpty()) {
      flags.add("-Dsvm.modulesupport.limitedModules=" + String.join(",", arguments.limitedModules));
    }
    return flags;
  }

  private List<String> builderArguments() {
    var builder = new ArrayList<String>();
    builder.addAll(List.of("-imagecp", joined(arguments.classPath)));
    if (!arguments.modulePath.isEmpty()) builder.addAll(List.of("-imagemp", joined(arguments.modulePath)));

    boolean shared = arguments.fromCommandLine.stream().anyMatch(a -> a.startsWith("-H:+SharedLibrary"));
    boolean musl = arguments.fromCommandLine.stream().anyMatch(a -> a.matches("-H:UseLibC(@.*)?=musl"));
    Path libraries = svm.resolve("clibraries/linux-amd64");
    option(builder, "CLibraryPath", libraries + "," + libraries.resolve(musl ? "musl" : "glibc"));
    option(builder, "ImageBuildID", UUID.randomUUID().toString());
    if (arguments.mainModule != null) option(builder, "Module", arguments.mainModule);
    if (arguments.mainClass != null && !shared) option(builder, "Class", arguments.mainClass);
    Path image = image().toAbsolutePath();
    option(builder, "Path", image.getParent().toString());
    option(builder, "Name", image.getFileName().toString());

    builder.addAll(arguments.fromClassPath);
    builder.addAll(arguments.fromCommandLine);
    return builder;
  }

  private Path image() {
    if (arguments.imageName != null) return Path.of(arguments.imageName);
    if (arguments.jar != null) return Path.of(arguments.jar.getFileName().toString().replaceFirst("\\.jar$", ""));
    if (arguments.mainClass != null) return Path.of(arguments.mainClass.toLowerCase(Locale.ROOT));
    if (arguments.mainModule != null) return Path.of(arguments.mainModule);
    return Path.of("image"); // a library, or no build at all, as with --list-cpu-features
  }

  private static void option(List<String> builder, String name, String value) {
    builder.add("-H:" + name + "@driver=" + value);
  }

  private static String joined(Collection<Path> paths) {
    return paths.stream()
        .map(path -> path.toAbsolutePath().normalize().toString())
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }
}
