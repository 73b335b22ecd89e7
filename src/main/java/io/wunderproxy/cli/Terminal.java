package io.wunderproxy.cli;

import java.io.File;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A stream of output, and the terminal that it may go to. Text of others may have control characters, which a terminal obeys:
 * {@link #writer} lets only those through that this class has made.
 */
public enum Terminal {
    OUT(1),
    ERR(2);

    private static final Pattern DEVICE = Pattern.compile("/dev/(pts/\\d+|tty\\w*|console)");

    /** Begins an escape sequence in a text of this program; nobody else knows it. */
    private static final AtomicReference<String> ESCAPE = new AtomicReference<>();

    private final int descriptor;

    Terminal(int descriptor) {
        this.descriptor = descriptor;
    }

    /** A writer for text of all kinds, which removes the control characters of others. */
    public static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new Guard(stream, true), true);
    }

    /** A writer for data, which stays as it is for files and other programs, and is as harmless as other text on a terminal. */
    public PrintWriter dataWriter(PrintStream stream) {
        return new PrintWriter(new Guard(stream, isInteractive()), true);
    }

    private static String escape() {
        // Made at run time: a native binary would have that of its build.
        return ESCAPE.updateAndGet(made -> made != null
                ? made
                : "\uFDD0" + Long.toHexString(ThreadLocalRandom.current().nextLong()) + "\uFDD1");
    }

    /** Each character of the text, together with what colours it. */
    static List<String> characters(String text) {
        var order = Pattern.quote(escape()) + "\\[[0-9;]*m";
        return Pattern.compile("(?:" + order + ")*+.(?:" + order + ")*+", Pattern.DOTALL)
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .toList();
    }

    /** Removes this many lines above the cursor, which is at the beginning of a line; to be printed by {@link #writer}. */
    public static String erasedLines(int lines) {
        return escape() + "[" + lines + "A" + escape() + "[J";
    }

    /** Removes the line of the cursor; to be printed by {@link #writer}. */
    public static String erasedLine() {
        return escape() + "[G" + escape() + "[K";
    }

    /** Whether another program reads the output. */
    boolean isPipe() {
        try {
            var target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("pipe:") || target.startsWith("socket:");
        } catch (IOException e) {
            return false;
        }
    }

    /** How many characters a line has; no limit if the output is no terminal, or one that does not say. */
    public int columns() {
        if (!isInteractive()) {
            return Integer.MAX_VALUE;
        }
        try {
            var size = stty(Path.of("/proc/self/fd/" + descriptor), "size").split(" ");
            var columns = size.length == 2 ? Integer.parseInt(size[1]) : 0;
            return columns > 0 ? columns : Integer.MAX_VALUE;
        } catch (IOException | NumberFormatException e) {
            return Integer.MAX_VALUE;
        }
    }

    /** Asks or sets what a terminal does, see stty(1). */
    public static String stty(Path terminal, String argument) throws IOException {
        var process = new ProcessBuilder("stty", argument)
                .redirectInput(new File(terminal.toString()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var out = process.getInputStream()) {
            var output = new String(out.readAllBytes(), StandardCharsets.US_ASCII).strip();
            if (process.waitFor() != 0) {
                throw new IOException("no terminal");
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** Whether somebody reads the output as it comes. Java itself only knows whether both input and output are a terminal. */
    boolean isInteractive() {
        try {
            var target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor));
            return DEVICE.matcher(target.toString()).matches();
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether text can be drawn over: the cursor can be moved. */
    public boolean isDrawable() {
        return isInteractive() && !isDumb();
    }

    private static boolean isDumb() {
        return "dumb".equals(System.getenv("TERM"));
    }

    /** Whether the terminal shows colours, and its user wants them: see no-color.org. */
    boolean isColoured() {
        return isInteractive() && System.getenv().getOrDefault("NO_COLOR", "").isEmpty() && !isDumb();
    }

    /** The text in a colour if there are colours. */
    public String paint(Colour colour, String text) {
        return isColoured() ? escape() + colour.code + text + escape() + "[0m" : text;
    }

    /** A colour by its meaning. */
    public enum Colour {
        GOOD("[32m"),
        BAD("[31m"),
        UNSURE("[33m"),
        FAINT("[2m"),
        STRONG("[1m");

        private final String code;

        Colour(String code) {
            this.code = code;
        }
    }

    /** Lets only control characters through that this class has made. */
    private static final class Guard extends FilterWriter {

        private final PrintStream stream;
        private final boolean guarding;

        Guard(PrintStream stream, boolean guarding) {
            super(new OutputStreamWriter(stream, stream.charset()));
            this.stream = stream;
            this.guarding = guarding;
        }

        @Override
        public void write(int character) throws IOException {
            write(Character.toString(character), 0, 1);
        }

        @Override
        public void write(char[] characters, int offset, int length) throws IOException {
            write(new String(characters, offset, length), 0, length);
        }

        @Override
        public void write(String text, int offset, int length) throws IOException {
            var part = text.substring(offset, offset + length);
            out.write(guarding ? Printable.text(part).replace(escape(), "\033") : part);
        }

        @Override
        public void flush() throws IOException {
            out.flush();
            if (stream.checkError()) {
                throw new IOException("the output is closed");
            }
        }
    }
}
