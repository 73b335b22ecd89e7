import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** The native-image command: reads its arguments and what the class path brings along, then runs the image builder. */
public final class NativeImage {
  private static final Path SVM = Path.of(System.getProperty("java.home"), "lib", "svm");
  private static final int FAILED = 20; // the exit code of the builder itself when it refuses its arguments

  private NativeImage() {}

  public static void main(String[] args) throws InterruptedException {
    try {
      System.exit(run(List.of(args)));
    } catch (IllegalArgumentException e) {
      System.err.println("Error: " + e.getMessage());
    } catch (IOException e) {
      System.err.println("Error: " + e);
    }
    System.exit(FAILED);
  }

  private static int run(List<String> given) throws IOException, InterruptedException {
    var words = new ArrayList<String>();
    String environment = System.getenv("NATIVE_IMAGE_OPTIONS");
    if (environment != null) words.addAll(Words.split(environment));
    words.addAll(Words.expand(given));

    List<ApiOption> apiOptions = ApiOption.readAll(SVM.resolve("api-options.tsv"));
    if (words.contains("--version")) {
      printVersion();
      return 0;
    }
    if (words.isEmpty() || words.contains("--help") || words.contains("-h")) {
      printHelp(apiOptions);
      return words.isEmpty() ? FAILED : 0;
    }
    var arguments = new Arguments(apiOptions);
    arguments.readCommandLine(words);
    new ClassPathMetadata(arguments).read();
    return new BuilderProcess(SVM, vendor(), arguments).run();
  }

  private static Properties vendor() throws IOException {
    var vendor = new Properties();
    try (InputStream in = Files.newInputStream(SVM.resolve("vendor.properties"))) {
      vendor.load(in);
    }
    return vendor;
  }

  /** Three lines in the form that build tools read. */
  private static void printVersion() throws IOException {
    String vendor = vendor().getProperty("org.graalvm.vendorversion");
    String build = System.getProperty("java.runtime.version");
    String version = System.getProperty("java.version");
    System.out.printf("native-image %s %s%n", version, System.getProperty("java.version.date"));
    System.out.printf("OpenJDK Runtime Environment %s (build %s)%n", vendor, build);
    System.out.printf("Substrate VM %s (build %s, serial gc)%n", vendor, build);
  }

  private static void printHelp(List<ApiOption> apiOptions) {
    System.out.println(
        """
        native-image [options] class [imagename]
        native-image [options] -jar jarfile [imagename]
        native-image [options] -m module[/class] [imagename]

        options:
          @argument-file, -cp, -p, -m, -jar, -D..., -J<flag for the builder's JVM>, -E<variable>[=<value>],
          -H:..., -R:..., --add-modules, --limit-modules, --enable-preview, --exclude-config,
          --verbose, --dry-run, --version, --help""");
    apiOptions.forEach(option -> System.out.println("  " + option.name()));
  }
}
