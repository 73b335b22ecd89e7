import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Text to command-line words, as in argument files and native-image.properties. */
final class Words {
  private static final int DEEPEST_NESTING = 9;

  private Words() {}

  /** Replaces each @FILE by the words in that file. */
  static List<String> expand(List<String> words) throws IOException {
    var expanded = new ArrayList<String>();
    for (String word : words) expand(word, expanded, 0);
    return expanded;
  }

  private static void expand(String word, List<String> expanded, int depth) throws IOException {
    if (!word.startsWith("@") || word.length() == 1) {
      expanded.add(word);
      return;
    }
    if (depth > DEEPEST_NESTING) throw new IllegalArgumentException("argument files nested too deep: " + word);
    for (String inner : split(Files.readString(Path.of(word.substring(1))))) expand(inner, expanded, depth + 1);
  }

  /** Splits at blanks; quotes keep words together; a backslash takes a quote, a blank or itself as it is. */
  static List<String> split(String text) {
    var words = new ArrayList<String>();
    StringBuilder word = null; // null between words, as "" is a word
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean blank = quote == 0 && Character.isWhitespace(c);
      if (blank) {
        if (word != null) words.add(word.toString());
        word = null;
        continue;
      }
      char next = i + 1 < text.length() ? text.charAt(i + 1) : 0;
      if (c == '\\' && next == '\n') { // the line goes on
        i++;
        continue;
      }
      if (word == null) word = new StringBuilder();
      if (c == '\\' && (next == '"' || next == '\'' || next == '\\' || quote == 0 && Character.isWhitespace(next))) {
        word.append(next);
        i++;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      } else {
        word.append(c);
      }
    }
    if (word != null) words.add(word.toString());
    return words;
  }
}
