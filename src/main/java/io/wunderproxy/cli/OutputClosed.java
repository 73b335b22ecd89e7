package io.wunderproxy.cli;

/** Nobody takes the output of the command any more, so that it need not go on; {@link StandardOutput} knows why. */
final class OutputClosed extends RuntimeException {

    OutputClosed() {
        super("the standard output is closed", null, false, false);
    }
}
