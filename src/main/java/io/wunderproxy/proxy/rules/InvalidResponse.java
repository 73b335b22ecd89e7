package io.wunderproxy.proxy.rules;

/** What a backend sent is no HTTP response, or one whose end is unclear; the stack tells nothing. */
public final class InvalidResponse extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param reason one line, such as {@code it has two lengths} */
    public InvalidResponse(String reason) {
        super(reason, null, false, false);
    }
}
