package io.wunderproxy.store;

/** The object store did not give a response that can be used. The message says which object and why. */
public class StoreException extends Exception {

    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }

    public StoreException(String message) {
        super(message);
    }

    /** The store was reached and does not let this caller do it. */
    public static final class Denied extends StoreException {

        public Denied(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
