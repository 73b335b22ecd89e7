package io.wunderproxy.cli;

/** A command can't be done; the message is all that its user sees. */
public final class CommandFailure extends RuntimeException {

    public CommandFailure(String message) {
        super(message);
    }
}
