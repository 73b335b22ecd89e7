package io.wunderproxy.proxy.rules;

/**
 * What a client is told when its request can't be forwarded: a status and one line.
 *
 * @param reason what it is counted as; null if it is no refusal
 * @param status 300 to 599
 * @param text one line, without line feed
 * @param retryAfter seconds for {@code Retry-After}; 0 for none
 */
public record ErrorAnswer(Refusal reason, int status, String text, int retryAfter) {
    static final ErrorAnswer NOT_CONFIGURED =
            new ErrorAnswer(Refusal.NO_BACKEND, 404, "no application is configured on this host", 0);
    static final ErrorAnswer STARTING =
            new ErrorAnswer(Refusal.NO_BACKEND, 503, "the application is starting, try again", 1);
    public static final ErrorAnswer BACKEND_SLOW =
            new ErrorAnswer(Refusal.BACKEND_SLOW, 504, "the application did not answer in time", 0);
    static final ErrorAnswer BACKEND_BROKEN =
            new ErrorAnswer(Refusal.BACKEND_BROKEN, 502, "the application closed the connection before it answered", 0);
    public static final ErrorAnswer INVALID_HEADER =
            broken(new InvalidResponse("one of its headers has a name or value that none may have"));
    public static final ErrorAnswer HEAD_SLOW =
            new ErrorAnswer(Refusal.HEAD_SLOW, 408, "the request did not arrive in time", 0);
    public static final ErrorAnswer BODY_SLOW =
            new ErrorAnswer(Refusal.BODY_SLOW, 408, "the request body did not arrive in time", 0);
    /** Told only if nothing but interim responses was sent before. */
    public static final ErrorAnswer READER_SLOW =
            new ErrorAnswer(Refusal.READER_SLOW, 408, "the answer was not read in time", 0);

    public static final ErrorAnswer BAD_BODY = badRequest("a chunk of the request's body is not valid");
    public static final ErrorAnswer BODY_TOO_LARGE =
            new ErrorAnswer(Refusal.BODY_TOO_LARGE, 413, "the request body is too large", 0);
    public static final ErrorAnswer NO_ROOM_FOR_BODY =
            new ErrorAnswer(Refusal.NO_SPACE, 507, "the request body can't be stored", 0);
    public static final ErrorAnswer TOO_MANY_CONNECTIONS =
            new ErrorAnswer(Refusal.CONNECTIONS, 503, "too many connections at the same time, try again", 1);
    public static final ErrorAnswer OVERLOADED =
            new ErrorAnswer(Refusal.REQUESTS, 503, "too many requests at the same time, try again", 1);
    public static final ErrorAnswer BAD_VERSION =
            new ErrorAnswer(Refusal.MALFORMED, 505, "the HTTP version is not supported", 0);

    public static final ErrorAnswer TOO_MANY_PAUSED =
            new ErrorAnswer(Refusal.PAUSED, 503, "traffic is paused and too many requests wait, try again", 5);
    public static final ErrorAnswer PAUSED_TOO_LONG =
            new ErrorAnswer(Refusal.PAUSED, 503, "traffic is paused for longer than a request can wait, try again", 5);

    /** The operator's own words. */
    public static ErrorAnswer maintenance(String message) {
        return new ErrorAnswer(Refusal.MAINTENANCE, 503, message, 60);
    }

    public static ErrorAnswer absent(Absence reason) {
        return switch (reason) {
            case NOT_CONFIGURED -> NOT_CONFIGURED;
            case STARTING -> STARTING;
        };
    }

    /** @param tooSlow whether the time for it has passed */
    public static ErrorAnswer notConnected(boolean tooSlow) {
        return tooSlow
                ? new ErrorAnswer(
                        Refusal.BACKEND_UNREACHABLE, 504, "the application did not accept a connection in time", 0)
                : new ErrorAnswer(Refusal.BACKEND_UNREACHABLE, 502, "the application can't be reached", 0);
    }

    /** After a connection to a backend ended within a response or before it. */
    public static ErrorAnswer broken(Throwable cause) {
        return cause instanceof InvalidResponse invalid
                ? new ErrorAnswer(
                        Refusal.BACKEND_INVALID,
                        502,
                        "the application's response is not valid HTTP: " + invalid.getMessage(),
                        0)
                : BACKEND_BROKEN;
    }

    public static ErrorAnswer badRequest(String reason) {
        return new ErrorAnswer(Refusal.MALFORMED, 400, reason, 0);
    }

    public static ErrorAnswer movedTo(String url) {
        return new ErrorAnswer(null, 308, "moved to " + url, 0);
    }

    /** HTML for an operator's page, else text. */
    public String contentType() {
        return text.startsWith("<") ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
    }
}
