import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes down what the driver and the C sources must know of the image builder, read from its jars.
 *
 * <p>{@code modules JARS OUT} writes OUT/builder-modules.args, the module flags of the JVM that the builder runs in,
 * and OUT/open-builder.args, those that this program needs to look into it. With the latter, {@code interfaces OUT}
 * writes OUT/api-options.tsv and OUT/include/*cpufeatures.h.
 */
final class DescribeBuilder {
  /** The modules of the JDK whose inner packages the builder uses. */
  private static final Set<String> USED_MODULES =
      Set.of(
          "java.base",
          "java.instrument",
          "java.logging",
          "java.management",
          "java.xml",
          "jdk.internal.jvmstat",
          "jdk.internal.vm.ci",
          "jdk.jfr",
          "jdk.management",
          "jdk.zipfs");

  private DescribeBuilder() {}

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "modules" -> modules(Path.of(args[1]), Path.of(args[2]));
      case "interfaces" -> {
        Path out = Path.of(args[1]);
        apiOptions(out.resolve("api-options.tsv"));
        for (String[] names :
            new String[][] {{"amd64", "AMD64"}, {"aarch64", "AArch64"}, {"riscv64", "RISCV64"}}) {
          cpuFeatures(names[0], names[1], Files.createDirectories(out.resolve("include")));
        }
      }
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void modules(Path jars, Path out) throws IOException {
    List<ModuleDescriptor> builder =
        ModuleFinder.of(jars).findAll().stream().map(ModuleReference::descriptor).sorted().toList();
    String builderNames = builder.stream().map(ModuleDescriptor::name).collect(Collectors.joining(","));
    Stream<String> exports =
        ModuleFinder.ofSystem().findAll().stream()
            .map(ModuleReference::descriptor)
            .filter(m -> USED_MODULES.contains(m.name()))
            .sorted()
            .flatMap(m -> innerPackages(m).map(p -> "--add-exports=" + m.name() + "/" + p + "=" + builderNames));
    Files.write(out.resolve("builder-modules.args"), (Iterable<String>) exports::iterator);

    Stream<String> opens =
        builder.stream()
            .flatMap(m -> m.packages().stream().map(p -> "--add-opens=" + m.name() + "/" + p + "=ALL-UNNAMED"));
    Files.write(out.resolve("open-builder.args"), (Iterable<String>) opens::iterator);
  }

  private static Stream<String> innerPackages(ModuleDescriptor module) {
    var inner = new TreeSet<>(module.packages());
    module.exports().stream().filter(e -> !e.isQualified()).forEach(e -> inner.remove(e.source()));
    return inner.stream();
  }

  /** Public options are annotations on the fields that declare the builder's options. */
  private static void apiOptions(Path table) throws Exception {
    Class<?> descriptors = Class.forName("jdk.graal.compiler.options.OptionDescriptors");
    DescribeBuilder.class.getModule().addUses(descriptors);
    var lines = new TreeSet<String>();
    for (Object list : ServiceLoader.load(ModuleLayer.boot(), descriptors)) {
      for (Object descriptor : (Iterable<?>) list) {
        for (Annotation annotation : apiAnnotations(descriptor)) {
          for (String name : (String[]) call(annotation, "name")) {
            lines.add(apiOption(descriptor, annotation, name).format());
          }
        }
      }
    }
    Files.write(table, lines);
  }

  private static List<Annotation> apiAnnotations(Object descriptor) throws Exception {
    var declaringClass = (Class<?>) call(descriptor, "getDeclaringClass");
    AnnotatedElement field;
    try {
      field = declaringClass.getDeclaredField((String) call(descriptor, "getFieldName"));
    } catch (NoSuchFieldException e) {
      return List.of(); // computed options have none
    }
    return List.of(field.getAnnotationsByType(annotation("com.oracle.svm.core.option.APIOption")));
  }

  private static ApiOption apiOption(Object descriptor, Annotation api, String name) throws Exception {
    boolean hosted =
        Class.forName("com.oracle.svm.core.option.HostedOptionKey").isInstance(call(descriptor, "getOptionKey"));
    var separators = new StringBuilder();
    for (char c : (char[]) call(api, "valueSeparator")) if (c != 0) separators.append(c);

    String shown = name.startsWith("-") ? name : "--" + name;
    String option = (String) call(descriptor, "getName");
    boolean isBoolean = call(descriptor, "getOptionValueType") == Boolean.class;
    String fixedValue = first((String[]) call(api, "fixedValue"));
    Object group = create((Class<?>) call(api, "group"));
    if (call(group, "name") != null) {
      shown = "--" + call(group, "name") + call(group, "valueSeparator") + name;
      if (name.equals("serial") || name.equals("epsilon")) { // of --gc, whose members are values of one option
        option = "SupportedGCs";
        isBoolean = false;
        fixedValue = name;
      }
    }
    return new ApiOption(
        shown,
        hosted ? "-H:" : "-R:",
        option,
        isBoolean,
        call(api, "kind").toString().equals("Negated"),
        separators.toString(),
        first((String[]) call(api, "defaultValue")),
        fixedValue,
        template(((Class<?>[]) call(api, "valueTransformer"))[0]));
  }

  private static String first(String[] values) {
    return values.length == 0 ? null : values[0];
  }

  /** What the option's own function makes of a value, found out with an asterisk for the value. */
  @SuppressWarnings("unchecked")
  private static String template(Class<?> transformer) throws Exception {
    Object transformed = ((Function<Object, Object>) create(transformer)).apply("*");
    return Objects.equals(transformed, "*") ? "" : (String) transformed;
  }

  /**
   * One byte a feature. The builder finds them by name; those of other processors it asks for too, though it never uses
   * them.
   */
  private static void cpuFeatures(String folder, String processor, Path include) throws Exception {
    Class<?> features =
        Class.forName("com.oracle.svm.core." + folder + "." + processor + "LibCHelper$CPUFeatures");
    Class<? extends Annotation> fieldAnnotation = annotation("org.graalvm.nativeimage.c.struct.CField");
    Stream<String> fields =
        Stream.of(features.getDeclaredMethods())
            .filter(m -> m.isAnnotationPresent(fieldAnnotation))
            .map(m -> "  unsigned char " + m.getName() + ";")
            .sorted();
    var lines = new ArrayList<String>();
    lines.add("#pragma once");
    lines.add("typedef struct {");
    fields.forEach(lines::add);
    lines.add("} CPUFeatures;");
    Files.write(include.resolve(folder + "cpufeatures.h"), lines);
  }

  private static Class<? extends Annotation> annotation(String name) throws ClassNotFoundException {
    return Class.forName(name).asSubclass(Annotation.class);
  }

  private static Object create(Class<?> type) throws Exception {
    var constructor = type.getDeclaredConstructor();
    constructor.setAccessible(true);
    return constructor.newInstance();
  }

  /** Calls a method without parameters, wherever in the object's type it is declared. */
  private static Object call(Object object, String name) throws Exception {
    for (Class<?> c = object.getClass(); c != null; c = c.getSuperclass()) {
      for (Class<?> type : withInterfaces(c)) {
        try {
          Method method = type.getDeclaredMethod(name);
          if (Proxy.isProxyClass(type)) continue; // an annotation's own class, which cannot be opened
          method.setAccessible(true);
          return method.invoke(object);
        } catch (NoSuchMethodException e) {
          // declared further up
        }
      }
    }
    throw new NoSuchMethodException(object.getClass() + "." + name);
  }

  private static List<Class<?>> withInterfaces(Class<?> type) {
    var types = new ArrayList<Class<?>>(List.of(type));
    for (Class<?> parent : type.getInterfaces()) types.addAll(withInterfaces(parent));
    return types;
  }
}
