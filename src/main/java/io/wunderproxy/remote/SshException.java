package io.wunderproxy.remote;

/** A host can't be reached or used over SSH; the message says what happened and what to do. */
public class SshException extends Exception {

    public SshException(String message) {
        super(message);
    }

    SshException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The message of a failure of the library or the network, without the numbers of the protocol. */
    static String words(Throwable e) {
        return e.getMessage() == null
                ? e.getClass().getSimpleName()
                : e.getMessage().replaceFirst("^SSH_MSG_DISCONNECT: \\d+ ", "").strip();
    }

    /** One side does not trust the other: the host's key is not the known one, or the host accepts none of the user's logins. */
    public static final class Denied extends SshException {
        Denied(String message) {
            super(message);
        }
    }
}
