package io.wunderproxy.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Columns of text, each as wide as its longest cell; the first row is their heading. On a terminal that is too narrow for that, the
 * text of the last column continues below itself, then columns that matter least are left out, then all others are wrapped.
 */
public final class Table {

    private static final String GAP = "  ";

    /** A column of prose that is narrower than this is harder to read than a table without some other column. */
    private static final int NARROWEST_PROSE = 16;

    private Table() {}

    /**
     * Prints a table that fits the terminal.
     *
     * @param expendable the headings of columns that a narrow terminal may lose, the least important first
     */
    public static void print(PrintWriter out, List<List<String>> rows, String... expendable) {
        var layout = layout(rows, Terminal.OUT.columns(), expendable);
        for (var i = 0; i < layout.lines().size(); i++) {
            var line = layout.lines().get(i);
            out.println(i < layout.headings() ? Terminal.OUT.paint(Terminal.Colour.FAINT, line) : line);
        }
    }

    /** Prints names, and next to each its text, which continues below itself on a narrow terminal. */
    public static void printFields(PrintWriter out, List<List<String>> fields) {
        var width = Terminal.OUT.columns();
        var names =
                fields.stream().mapToInt(field -> field.get(0).length()).max().orElse(0) + 1;
        for (var field : fields) {
            var text = wrap(field.get(1), Math.max(NARROWEST_PROSE, width - names - 1));
            for (var i = 0; i < text.size(); i++) {
                var name = i == 0 ? field.get(0) : "";
                out.println(Terminal.OUT.paint(Terminal.Colour.FAINT, padded(name, names)) + " " + text.get(i));
            }
        }
    }

    /** @param headings how many lines the first row takes */
    record Layout(int headings, List<String> lines) {}

    static Layout layout(List<List<String>> texts, int columns, String... expendable) {
        var rows = texts.stream()
                .map(row -> row.stream()
                        .map(cell -> Printable.text(cell).replace('\n', ' ').replace('\t', ' '))
                        .toList())
                .toList();
        var headings = rows.getFirst();
        var kept = IntStream.range(0, headings.size())
                .boxed()
                .filter(column -> longest(rows, column) > 0)
                .collect(Collectors.toCollection(ArrayList::new));
        var left = new ArrayList<String>();
        for (var name : expendable) {
            if (fits(rows, kept, columns)) {
                break;
            }
            if (kept.removeIf(column -> headings.get(column).equals(name))) {
                left.add(name);
            }
        }
        var widths = widths(rows, kept, columns);
        var lines = new ArrayList<String>();
        var headingLines = 0;
        for (var row : rows) {
            lines.addAll(lines(row, kept, widths));
            headingLines = row == headings ? lines.size() : headingLines;
        }
        if (!left.isEmpty()) {
            lines.addAll(
                    wrap("(left out: " + String.join(", ", left) + "; a wider terminal or --json shows all)", columns));
        }
        return new Layout(headingLines, lines);
    }

    private static int longest(List<List<String>> rows, int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }

    /** Whether the last column has room to be read, and every other one as much as it wants. */
    private static boolean fits(List<List<String>> rows, List<Integer> kept, int columns) {
        var others = kept.stream()
                .limit(kept.size() - 1L)
                .mapToInt(column -> longest(rows, column) + GAP.length())
                .sum();
        return others + Math.min(longest(rows, kept.getLast()), NARROWEST_PROSE) <= columns;
    }

    private static int[] widths(List<List<String>> rows, List<Integer> kept, int columns) {
        var widths = kept.stream().mapToInt(column -> longest(rows, column)).toArray();
        var last = widths.length - 1;
        var excess = Arrays.stream(widths).asLongStream().sum() + (long) last * GAP.length() - columns;
        if (excess > 0 && widths[last] > NARROWEST_PROSE) {
            var taken = Math.min(excess, widths[last] - NARROWEST_PROSE);
            widths[last] -= (int) taken;
            excess -= taken;
        }
        for (; excess > 0; excess--) {
            var widest = IntStream.rangeClosed(0, last)
                    .reduce((a, b) -> widths[a] >= widths[b] ? a : b)
                    .orElse(0);
            widths[widest] = Math.max(1, widths[widest] - 1);
        }
        return widths;
    }

    private static List<String> lines(List<String> row, List<Integer> kept, int[] widths) {
        var cells = IntStream.range(0, widths.length)
                .mapToObj(i -> wrap(row.get(kept.get(i)), widths[i]))
                .toList();
        var height = cells.stream().mapToInt(List::size).max().orElse(1);
        return IntStream.range(0, height)
                .mapToObj(line -> IntStream.range(0, widths.length)
                        .mapToObj(i ->
                                padded(line < cells.get(i).size() ? cells.get(i).get(line) : "", widths[i]))
                        .collect(Collectors.joining(GAP))
                        .stripTrailing())
                .toList();
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    /** The text in lines of at most that many characters, broken between words where that is possible. */
    static List<String> wrap(String text, int width) {
        var characters = Terminal.characters(text);
        var lines = new ArrayList<String>();
        var begin = 0;
        while (characters.size() - begin > width) {
            var end = begin + width;
            while (end > begin && !isBlank(characters.get(end))) {
                end--;
            }
            if (end == begin) {
                end = begin + width;
                lines.add(String.join("", characters.subList(begin, end)));
                begin = end;
            } else {
                // The colour may end with the blank.
                lines.add(String.join("", characters.subList(begin, end))
                        + characters.get(end).replace(" ", ""));
                begin = end + 1;
            }
        }
        lines.add(String.join("", characters.subList(begin, characters.size())));
        return lines;
    }

    private static boolean isBlank(String character) {
        return character.startsWith(" ") || character.endsWith(" ");
    }
}
