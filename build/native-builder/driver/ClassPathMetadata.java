import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** Adds to the arguments what the jar's manifest says, and what lies in META-INF/native-image on the class path. */
final class ClassPathMetadata {
  private static final String FOLDER = "META-INF/native-image";
  private static final String PROPERTIES = "native-image.properties";

  /** The builder's option that takes each kind of file. */
  private static final Map<String, String> CONFIGURATIONS =
      Map.of(
          "reachability-metadata.json", "ReachabilityMetadataResources",
          "reflect-config.json", "ReflectionConfigurationResources",
          "jni-config.json", "JNIConfigurationResources",
          "proxy-config.json", "DynamicProxyConfigurationResources",
          "resource-config.json", "ResourceConfigurationResources",
          "serialization-config.json", "SerializationConfigurationResources",
          "predefined-classes-config.json", "PredefinedClassesConfigurationResources");

  private final Arguments arguments;

  ClassPathMetadata(Arguments arguments) {
    this.arguments = arguments;
  }

  void read() throws IOException {
    if (arguments.jar != null) readManifest(arguments.jar);
    if (arguments.classPath.isEmpty() && arguments.modulePath.isEmpty()) arguments.classPath.add(Path.of(""));
    for (Path entry : arguments.classPath) scan(entry);
    for (Path entry : arguments.modulePath) scan(entry);
  }

  /** Heeds what the java command heeds for -jar. */
  private void readManifest(Path jar) throws IOException {
    Manifest manifest;
    try (var file = new JarFile(jar.toFile())) {
      manifest = file.getManifest();
    }
    if (manifest == null) throw new IllegalArgumentException(jar + " has no manifest");
    Attributes attributes = manifest.getMainAttributes();
    if (arguments.mainClass == null) arguments.mainClass = attributes.getValue(Attributes.Name.MAIN_CLASS);

    String origin = "jar:" + jar.toUri() + "!/" + JarFile.MANIFEST_NAME;
    for (String export : words(attributes, "Add-Exports")) addFromJar("AddExports", origin, export + "=ALL-UNNAMED");
    for (String open : words(attributes, "Add-Opens")) addFromJar("AddOpens", origin, open + "=ALL-UNNAMED");
    for (String module : words(attributes, "Enable-Native-Access")) addFromJar("EnableNativeAccess", origin, module);

    arguments.classPath.addFirst(jar);
    URI base = jar.toUri();
    for (String relative : words(attributes, "Class-Path")) {
      Path entry = Path.of(base.resolve(relative));
      if (Files.exists(entry)) arguments.classPath.add(entry);
    }
  }

  private static List<String> words(Attributes attributes, String name) {
    String value = attributes.getValue(name);
    return value == null || value.isBlank() ? List.of() : List.of(value.trim().split("\\s+"));
  }

  private void addFromJar(String option, String origin, String value) {
    arguments.fromClassPath.add("-H:" + option + "@" + origin + "+api=" + value);
  }

  private void scan(Path entry) throws IOException {
    if (Files.isDirectory(entry)) {
      scan(entry, entry, entry.toUri().toString());
    } else if (Files.isRegularFile(entry)) {
      try (FileSystem archive = FileSystems.newFileSystem(entry)) {
        scan(entry, archive.getPath("/"), "jar:" + entry.toUri() + "!/");
      } catch (ProviderNotFoundException e) {
        // no archive
      }
    }
  }

  private void scan(Path entry, Path root, String address) throws IOException {
    Path folder = root.resolve(FOLDER);
    if (!Files.isDirectory(folder)) return;
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      String resource = root.relativize(file).toString();
      boolean known = name.equals(PROPERTIES) || CONFIGURATIONS.containsKey(name);
      if (!known || isExcluded(entry, "/" + resource)) continue;
      if (name.equals(PROPERTIES)) readProperties(file, resource, address + resource);
      else addFromJar(CONFIGURATIONS.get(name), address + resource, resource);
    }
  }

  private boolean isExcluded(Path entry, String resource) {
    return arguments.exclusions.stream()
        .anyMatch(e -> e.jar().matcher(entry.toString()).find() && e.resource().matcher(resource).find());
  }

  private void readProperties(Path file, String resource, String origin) throws IOException {
    var properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    }
    String folder = resource.substring(0, resource.length() - PROPERTIES.length() - 1);
    arguments.jvmFlags.addAll(Words.split(properties.getProperty("JavaArgs", "").replace("${.}", folder)));
    arguments.readProperties(Words.split(properties.getProperty("Args", "").replace("${.}", folder)), origin);
    if (arguments.imageName == null) arguments.imageName = properties.getProperty("ImageName");
  }
}
