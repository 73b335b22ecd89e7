package io.wunderproxy.cli;

import io.wunderproxy.cli.Terminal.Colour;
import java.io.PrintWriter;

/** Prints on standard error what is done, and what the user must know: a line each, with a sign before it on a terminal. */
public final class StepLines {

    private final PrintWriter err;
    private final boolean signed;

    /** @param signed whether standard error is a terminal that can draw */
    public StepLines(PrintWriter err, boolean signed) {
        this.err = err;
        this.signed = signed;
    }

    /** Prints that something is done, or begins. */
    public void step(String text) {
        print(Colour.GOOD, "✓", text);
    }

    /** Prints something that the user must know. */
    public void warn(String text) {
        print(Colour.UNSURE, "!", text);
    }

    private void print(Colour colour, String sign, String text) {
        err.println(signed ? Terminal.ERR.paint(colour, sign) + " " + text : text);
        err.flush();
    }

    /** The first line of the text, at most that many characters. */
    public static String shortened(String text, int width) {
        var line = text.lines().findFirst().orElse("");
        return line.length() <= width ? line : line.substring(0, Math.max(0, width - 1)) + "…";
    }
}
