package io.wunderproxy.fleet;

/** DynamoDB did not do what it was asked. The message says what happened and what to do. */
public class FleetException extends Exception {

    FleetException(String message) {
        super(message);
    }

    FleetException(String message, Throwable cause) {
        super(message, cause);
    }

    /** DynamoDB was reached and does not let this caller do it. */
    public static final class Denied extends FleetException {

        Denied(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** There is no such table or item. */
    public static final class NotFound extends FleetException {

        NotFound(String message) {
            super(message);
        }

        NotFound(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** It was refused because of what is there already. */
    public static final class Conflict extends FleetException {

        Conflict(String message) {
            super(message);
        }
    }

    /** The call makes no sense. */
    public static final class Invalid extends FleetException {

        Invalid(String message) {
            super(message);
        }

        Invalid(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
