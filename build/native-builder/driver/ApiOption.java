import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A public option such as --static or -march, and the builder's option that it stands for.
 *
 * @param prefix -H: for the builder, -R: for the image when it runs
 * @param separators what may stand between name and value; "" for a value that follows at once
 * @param defaultValue the value when none is given; null when there must be one
 * @param fixedValue the value that the name alone stands for, or null
 * @param template what becomes of each value, which takes the place of the asterisk; "" for the value itself
 */
record ApiOption(
    String name,
    String prefix,
    String option,
    boolean isBoolean,
    boolean isNegated,
    String separators,
    String defaultValue,
    String fixedValue,
    String template) {

  /** Reads what {@link DescribeBuilder} wrote. */
  static List<ApiOption> readAll(Path table) throws IOException {
    return Files.readAllLines(table).stream().map(ApiOption::parse).toList();
  }

  private static ApiOption parse(String line) {
    String[] f = line.split("\t", -1);
    return new ApiOption(
        f[0], f[1], f[2], f[3].equals("boolean"), f[4].equals("-"), f[5], optional(f[6]), optional(f[7]), f[8]);
  }

  String format() {
    return String.join(
        "\t",
        name,
        prefix,
        option,
        isBoolean ? "boolean" : "value",
        isNegated ? "-" : "+",
        separators,
        defaultValue == null ? "" : "=" + defaultValue,
        fixedValue == null ? "" : "=" + fixedValue,
        template);
  }

  /** A leading = tells an empty value from none. */
  private static String optional(String field) {
    return field.isEmpty() ? null : field.substring(1);
  }

  /** The builder's argument for a public one; takes a value that stands apart from {@code following}. */
  static String translate(String argument, Iterator<String> following, String origin, List<ApiOption> all) {
    for (ApiOption option : all) {
      if (argument.equals(option.name)) return option.argument(null, following, origin);
      if (option.hasValueIn(argument)) {
        int start = option.name.length() + (option.separators.isEmpty() ? 0 : 1);
        return option.argument(argument.substring(start), following, origin);
      }
    }
    throw new IllegalArgumentException("Unrecognized option: " + argument);
  }

  private boolean hasValueIn(String argument) {
    return argument.length() > name.length()
        && argument.startsWith(name)
        && (separators.isEmpty() || separators.indexOf(argument.charAt(name.length())) >= 0);
  }

  private String argument(String written, Iterator<String> following, String origin) {
    String key = option + "@" + origin + "+api";
    if (isBoolean) {
      if (written != null) throw new IllegalArgumentException(name + " takes no value");
      return prefix + (isNegated ? "-" : "+") + key;
    }
    return prefix + key + "=" + transform(value(written, following));
  }

  private String value(String written, Iterator<String> following) {
    if (fixedValue != null) return fixedValue;
    if (written != null) return written;
    if (defaultValue != null) return defaultValue;
    if (separators.contains(" ") && following.hasNext()) return following.next();
    throw new IllegalArgumentException(name + " needs a value");
  }

  private String transform(String value) {
    if (template.isEmpty()) return value;
    return Arrays.stream(value.split(",", -1)).map(v -> template.replace("*", v)).collect(Collectors.joining(","));
  }
}
