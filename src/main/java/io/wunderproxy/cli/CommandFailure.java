package io.wunderproxy.cli;

/** Ends a command that can't be done; the message is all that its user sees. */
public final class CommandFailure extends RuntimeException {

    private final Exit exit;

    public CommandFailure(String message) {
        this(Exit.FAILED, message);
    }

    public CommandFailure(Exit exit, String message) {
        super(message);
        this.exit = exit;
    }

    public Exit exit() {
        return exit;
    }
}
