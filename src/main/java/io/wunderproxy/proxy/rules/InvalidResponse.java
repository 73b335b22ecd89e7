package io.wunderproxy.proxy.rules;

/** A backend sent bytes that are no HTTP response, or one whose end is unclear. Has no stack trace, which would show nothing. */
public final class InvalidResponse extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param reason one line, such as {@code it has two lengths} */
    public InvalidResponse(String reason) {
        super(reason, null, false, false);
    }
}
