package io.wunderproxy.install;

/** Nothing was installed, or not all of it; the message is all that its user sees, and says what to do. */
public class InstallException extends Exception {

    public InstallException(String message) {
        super(message);
    }

    /** The command makes no sense; nothing was begun. */
    public static final class Misuse extends InstallException {
        public Misuse(String message) {
            super(message);
        }
    }
}
