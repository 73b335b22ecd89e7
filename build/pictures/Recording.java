import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Draws what a terminal showed as an SVG: its end, and for those who like movement the way there. Reads the two files of
 * {@code script --log-out OUTPUT --log-timing TIMING}.
 *
 * <p>Usage: {@code java Recording.java OUTPUT TIMING PICTURE COLUMNS ROWS TITLE [REAL=SHOWN...]}. The picture is as high as the rows
 * that were used. What the regular expression
 * REAL matches differs between machines and is replaced by the text to be shown. Output that is higher than the terminal is an error, and so is a control sequence that is
 * not known here.
 */
final class Recording {

    /** Nobody waits longer than this for the next line: seconds. */
    private static final double LONGEST_PAUSE = 1.5;

    private static final int CHARACTER_WIDTH = 8;
    private static final int LINE_HEIGHT = 19;
    private static final int MARGIN = 18;
    private static final int TITLE_BAR = 44;

    private record Cell(int character, Style style) {}

    private record Style(String colour, boolean bold, boolean faint) {
        static final Style PLAIN = new Style("#c9d1d9", false, false);

        Style with(int code) {
            return switch (code) {
                case 0 -> PLAIN;
                case 1 -> new Style(colour, true, faint);
                case 2 -> new Style(colour, bold, true);
                case 31 -> new Style("#ff7b72", bold, faint);
                case 32 -> new Style("#7ee787", bold, faint);
                case 33 -> new Style("#e3b341", bold, faint);
                default -> throw new IllegalArgumentException("no such style here: " + code);
            };
        }

        String attributes() {
            return "fill=\"" + (faint ? "#8b949e" : bold && colour.equals(PLAIN.colour) ? "#ffffff" : colour) + "\""
                    + (bold ? " font-weight=\"bold\"" : "");
        }
    }

    /** A text from a time on: seconds since the beginning. */
    private record Piece(double at, String text) {}

    private final int columns;
    private final int rows;
    private final List<List<Cell>> screen = new ArrayList<>();
    /** For each row what it shows from which time on. */
    private final List<TreeMap<Double, String>> shown = new ArrayList<>();
    private int row;
    private int column;
    private Style style = Style.PLAIN;

    private Recording(int columns, int rows) {
        this.columns = columns;
        this.rows = rows;
        for (var i = 0; i < rows; i++) {
            screen.add(new ArrayList<>());
            shown.add(new TreeMap<>());
        }
    }

    public static void main(String[] args) throws IOException {
        var recording = new Recording(Integer.parseInt(args[3]), Integer.parseInt(args[4]));
        var pieces = pieces(Path.of(args[0]), Path.of(args[1]));
        for (var piece : replaced(pieces, List.of(args).subList(6, args.length))) {
            recording.write(piece);
        }
        Files.writeString(Path.of(args[2]), recording.svg(args[5]));
    }

    /** Output of the same tenth of a second is one piece. */
    private static List<Piece> pieces(Path output, Path timing) throws IOException {
        var bytes = Files.readAllBytes(output);
        var at = 0;
        while (bytes[at++] != '\n') {} // "Script started on ..."
        var pieces = new ArrayList<Piece>();
        var time = 0.0;
        for (var line : Files.readAllLines(timing)) {
            var words = line.split(" ");
            time += Math.min(Double.parseDouble(words[0]), LONGEST_PAUSE);
            var length = Integer.parseInt(words[1]);
            // A character may be split between two writes; Latin-1 keeps its bytes until they are joined.
            pieces.add(new Piece(Math.round(time * 10) / 10.0, new String(bytes, at, length, StandardCharsets.ISO_8859_1)));
            at += length;
        }
        return pieces;
    }

    /** The same as characters instead of bytes, with the texts to be shown. */
    private static List<Piece> replaced(List<Piece> pieces, List<String> rules) {
        var text = new StringBuilder();
        var times = new TreeMap<Double, Integer>(); // where each time begins
        for (var piece : pieces) {
            times.putIfAbsent(piece.at(), text.length());
            text.append(piece.text());
        }
        for (var rule : rules) {
            var equals = rule.lastIndexOf('=');
            var real = Pattern.compile(latin(rule.substring(0, equals))).matcher(text);
            var replacement = latin(rule.substring(equals + 1));
            var from = 0;
            while (from <= text.length() && real.reset(text).find(from)) {
                var begin = real.start();
                var end = real.end();
                text.replace(begin, end, replacement);
                times.replaceAll((time, start) -> start <= begin
                        ? start
                        : start < end ? begin + replacement.length() : start + replacement.length() - (end - begin));
                from = begin + replacement.length();
            }
        }
        var result = new ArrayList<Piece>();
        var starts = new ArrayList<>(times.entrySet());
        for (var i = 0; i < starts.size(); i++) {
            var end = i + 1 < starts.size() ? starts.get(i + 1).getValue() : text.length();
            var bytes = text.substring(starts.get(i).getValue(), end).getBytes(StandardCharsets.ISO_8859_1);
            result.add(new Piece(starts.get(i).getKey(), new String(bytes, StandardCharsets.UTF_8)));
        }
        return result;
    }

    private static String latin(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    // ---- the terminal ----

    private void write(Piece piece) {
        var text = piece.text();
        for (var i = 0; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '\r' -> column = 0;
                case '\n' -> row++;
                case '\033' -> i = obey(text, i);
                default -> put(text.charAt(i));
            }
        }
        for (var i = 0; i < rows; i++) {
            var content = content(screen.get(i));
            if (!content.equals(shown.get(i).isEmpty() ? "" : shown.get(i).lastEntry().getValue())) {
                shown.get(i).put(piece.at(), content);
            }
        }
    }

    private void put(char character) {
        if (column == columns) {
            column = 0;
            row++;
        }
        if (row >= rows) {
            throw new IllegalArgumentException("there is more to be seen than the " + rows + " rows of the terminal");
        }
        var line = screen.get(row);
        while (line.size() <= column) {
            line.add(new Cell(' ', Style.PLAIN));
        }
        line.set(column++, new Cell(character, style));
    }

    /** Does what the control sequence says that begins there; returns where it ends. */
    private int obey(String text, int start) {
        var end = start + 2;
        while (!Character.isLetter(text.charAt(end))) {
            end++;
        }
        var parameters = text.substring(start + 2, end);
        var number = parameters.matches("\\d+") ? Integer.parseInt(parameters) : 1;
        var line = screen.get(Math.min(row, rows - 1));
        switch (text.charAt(end)) {
            case 'm' -> {
                for (var code : parameters.split(";")) {
                    style = style.with(code.isEmpty() ? 0 : Integer.parseInt(code));
                }
            }
            case 'A' -> row -= number;
            case 'G' -> column = number - 1;
            case 'K' -> line.subList(Math.min(column, line.size()), line.size()).clear();
            case 'J' -> {
                line.subList(Math.min(column, line.size()), line.size()).clear();
                screen.subList(Math.min(row + 1, rows), rows).forEach(List::clear);
            }
            case 'h', 'l' -> {} // modes, such as whether the cursor is shown
            default -> throw new IllegalArgumentException("a control sequence that is not known here: " + text.substring(start + 1, end + 1));
        }
        return end;
    }

    // ---- the picture ----

    /** The row's text as elements; empty if there is nothing to be seen. */
    private static String content(List<Cell> line) {
        var content = new StringBuilder();
        for (var i = 0; i < line.size(); ) {
            var style = line.get(i).style();
            var text = new StringBuilder();
            for (; i < line.size() && line.get(i).style().equals(style); i++) {
                text.appendCodePoint(line.get(i).character());
            }
            content.append("<tspan ").append(style.attributes()).append(">").append(escaped(text)).append("</tspan>");
        }
        return content.toString();
    }

    private static String escaped(CharSequence text) {
        return text.toString().replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }

    private String svg(String title) {
        var width = 2 * MARGIN + columns * CHARACTER_WIDTH;
        var used = rows;
        while (used > 1 && shown.get(used - 1).isEmpty()) {
            used--;
        }
        var height = TITLE_BAR + used * LINE_HEIGHT + MARGIN;
        var body = new StringBuilder();
        for (var i = 0; i < used; i++) {
            var states = new ArrayList<>(shown.get(i).entrySet());
            for (var j = 0; j < states.size(); j++) {
                var last = j == states.size() - 1;
                if (states.get(j).getValue().isEmpty()) {
                    continue;
                }
                var from = states.get(j).getKey();
                var time = last ? number(from) + "s" : number(from) + "s," + number(states.get(j + 1).getKey()) + "s";
                body.append("<text class=\"%s\" style=\"animation-delay:%s\" x=\"%d\" y=\"%d\">%s</text>\n"
                        .formatted(last ? "stays" : "goes", time, MARGIN, TITLE_BAR + (i + 1) * LINE_HEIGHT - 5, states.get(j).getValue()));
            }
        }
        return """
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" role="img" aria-label="%3$s">
                <style>
                text { font: 13.3px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre }
                .goes { visibility: hidden }
                @keyframes come { from { visibility: hidden } to { visibility: visible } }
                @keyframes go { from { visibility: visible } to { visibility: hidden } }
                @media (prefers-reduced-motion: no-preference) {
                .stays { animation: come 1ms both }
                .goes { animation: come 1ms both, go 1ms forwards }
                }
                </style>
                <rect width="%1$d" height="%2$d" rx="8" fill="#0d1117"/>
                <circle cx="20" cy="18" r="6" fill="#ff5f56"/><circle cx="40" cy="18" r="6" fill="#ffbd2e"/><circle cx="60" cy="18" r="6" fill="#27c93f"/>
                %4$s</svg>
                """.formatted(width, height, escaped(title), body);
    }

    private static String number(double seconds) {
        return String.format(Locale.ROOT, "%.1f", seconds);
    }
}
