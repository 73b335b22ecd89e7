package io.wunderproxy.cli;

/** Nobody takes the output of the command any more, so that it need not continue; {@link StandardOutput} knows why. */
public final class OutputClosed extends RuntimeException {

    public OutputClosed() {
        super("the standard output is closed", null, false, false);
    }
}
