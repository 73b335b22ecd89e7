import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What to build, and how: from the command line, and from the native-image.properties of the class path. */
final class Arguments {
  /** Metadata that --exclude-config leaves out: resources like this, in jars like that. */
  record Exclusion(Pattern jar, Pattern resource) {}

  final List<Path> classPath = new ArrayList<>();
  final List<Path> modulePath = new ArrayList<>();
  final Set<String> addedModules = new LinkedHashSet<>();
  final Set<String> limitedModules = new LinkedHashSet<>();
  final List<Exclusion> exclusions = new ArrayList<>();
  final List<String> jvmFlags = new ArrayList<>();
  final Map<String, String> environment = new LinkedHashMap<>();

  /** Arguments of the builder. The command line's come last, as the last one counts. */
  final List<String> fromClassPath = new ArrayList<>();

  final List<String> fromCommandLine = new ArrayList<>();

  Path jar;
  String mainModule;
  String mainClass;
  String imageName;
  boolean verbose;
  boolean dryRun;

  private final List<ApiOption> apiOptions;

  Arguments(List<ApiOption> apiOptions) {
    this.apiOptions = apiOptions;
  }

  void readCommandLine(List<String> words) {
    List<String> names = read(words, "user", fromCommandLine);
    Iterator<String> rest = names.iterator();
    if (jar == null && mainModule == null && rest.hasNext()) mainClass = rest.next();
    if (rest.hasNext()) {
      String name = rest.next();
      if (imageName == null) imageName = name; // -o counts more
    }
    if (rest.hasNext()) throw new IllegalArgumentException("not understood: " + rest.next());
  }

  void readProperties(List<String> words, String origin) {
    List<String> names = read(words, origin, fromClassPath);
    if (!names.isEmpty()) throw new IllegalArgumentException("not understood: " + names + " in " + origin);
  }

  /** Returns the words that belong to no option. */
  private List<String> read(List<String> words, String origin, List<String> builderArguments) {
    var names = new ArrayList<String>();
    for (Iterator<String> following = words.iterator(); following.hasNext(); ) {
      String word = following.next();
      if (!word.startsWith("-")) names.add(word);
      else if (!isDriverOption(word, following)) builderArguments.add(builderArgument(word, following, origin));
    }
    return names;
  }

  private boolean isDriverOption(String word, Iterator<String> following) {
    // --name=value is --name value
    int equals = word.startsWith("--") ? word.indexOf('=') : -1;
    String name = equals < 0 ? word : word.substring(0, equals);
    Iterator<String> values = equals < 0 ? following : List.of(word.substring(equals + 1)).iterator();

    switch (name) {
      case "-cp", "-classpath", "--class-path" -> addPaths(value(name, values), classPath);
      case "-p", "--module-path" -> addPaths(value(name, values), modulePath);
      case "-m", "--module" -> setMainModule(value(name, values));
      case "-jar" -> jar = Path.of(value(name, values));
      case "-o" -> imageName = value(name, values);
      case "--add-modules" -> addedModules.addAll(List.of(value(name, values).split(",")));
      case "--limit-modules" -> limitedModules.addAll(List.of(value(name, values).split(",")));
      case "--exclude-config" -> {
        Pattern jars = Pattern.compile(value(name, values));
        exclusions.add(new Exclusion(jars, Pattern.compile(value(name, following))));
      }
      case "--enable-preview" -> jvmFlags.add(name);
      case "--verbose" -> verbose = true;
      case "--dry-run" -> dryRun = verbose = true;
      default -> {
        if (name.startsWith("-J")) jvmFlags.add(name.substring(2));
        else if (name.startsWith("-D")) jvmFlags.add(name);
        else if (name.startsWith("-E")) setEnvironment(name.substring(2));
        else return false;
      }
    }
    return true;
  }

  private String builderArgument(String word, Iterator<String> following, String origin) {
    if (!word.startsWith("-H:") && !word.startsWith("-R:")) {
      return ApiOption.translate(word, following, origin, apiOptions);
    }
    if (origin.equals("user") || word.contains("@")) return word;
    // the builder tells where an option comes from, and checks some by that
    int equals = word.indexOf('=');
    if (equals < 0) return word + "@" + origin;
    return word.substring(0, equals) + "@" + origin + word.substring(equals);
  }

  private static String value(String option, Iterator<String> values) {
    if (!values.hasNext()) throw new IllegalArgumentException(option + " needs a value");
    return values.next();
  }

  private void setMainModule(String module) {
    String[] moduleAndClass = module.split("/", 2);
    mainModule = moduleAndClass[0];
    if (moduleAndClass.length == 2) mainClass = moduleAndClass[1];
  }

  /** The builder sees the whole environment; only what has another value there is worth a note. */
  private void setEnvironment(String variable) {
    String[] nameAndValue = variable.split("=", 2);
    if (nameAndValue.length == 2) environment.put(nameAndValue[0], nameAndValue[1]);
  }

  private static void addPaths(String joined, List<Path> paths) {
    for (String path : joined.split(":", -1)) {
      if (path.endsWith("*")) addJars(Path.of(path.substring(0, path.length() - 1)), paths);
      else paths.add(Path.of(path));
    }
  }

  private static void addJars(Path folder, List<Path> paths) {
    try (Stream<Path> files = Files.list(folder)) {
      files.filter(file -> file.toString().endsWith(".jar")).sorted().forEach(paths::add);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot list " + folder, e);
    }
  }
}
