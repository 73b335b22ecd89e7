package io.wunderproxy.proxy.rules;

/**
 * The proxy's own response to a request that can't be forwarded: a status and one line.
 *
 * @param reason what it is counted as; null if it is no refusal
 * @param status 300 to 599
 * @param text one line, without line feed
 * @param retryAfter seconds for {@code Retry-After}; 0 for none
 */
public record ErrorResponse(Refusal reason, int status, String text, int retryAfter) {
    static final ErrorResponse NOT_CONFIGURED =
            new ErrorResponse(Refusal.NO_BACKEND, 404, "no application is configured on this host", 0);
    static final ErrorResponse STARTING =
            new ErrorResponse(Refusal.NO_BACKEND, 503, "the application is starting, try again", 1);
    public static final ErrorResponse BACKEND_SLOW =
            new ErrorResponse(Refusal.BACKEND_SLOW, 504, "the application did not respond in time", 0);
    static final ErrorResponse BACKEND_BROKEN = new ErrorResponse(
            Refusal.BACKEND_BROKEN, 502, "the application closed the connection before it responded", 0);
    public static final ErrorResponse INVALID_HEADER =
            broken(new InvalidResponse("one of its headers has a name or value that none may have"));
    public static final ErrorResponse HEAD_SLOW =
            new ErrorResponse(Refusal.HEAD_SLOW, 408, "the request did not arrive in time", 1);
    public static final ErrorResponse BODY_SLOW =
            new ErrorResponse(Refusal.BODY_SLOW, 408, "the request body did not arrive in time", 0);
    /** Sent only if nothing but interim responses was sent before. */
    public static final ErrorResponse READER_SLOW =
            new ErrorResponse(Refusal.READER_SLOW, 408, "the response was not read in time", 0);

    public static final ErrorResponse BAD_BODY = badRequest("a chunk of the request's body is not valid");
    public static final ErrorResponse BODY_TOO_LARGE =
            new ErrorResponse(Refusal.BODY_TOO_LARGE, 413, "the request body is too large", 0);
    public static final ErrorResponse NO_ROOM_FOR_BODY =
            new ErrorResponse(Refusal.NO_SPACE, 507, "the request body can't be stored", 0);
    public static final ErrorResponse TOO_MANY_CONNECTIONS =
            new ErrorResponse(Refusal.CONNECTIONS, 503, "too many connections at the same time, try again", 1);
    public static final ErrorResponse NO_PROXY_PROTOCOL = new ErrorResponse(
            Refusal.PROXY_PROTOCOL, 400, "the connection must begin with a header of the PROXY protocol", 0);
    public static final ErrorResponse OVERLOADED =
            new ErrorResponse(Refusal.REQUESTS, 503, "too many requests at the same time, try again", 1);
    public static final ErrorResponse NOT_ALLOWED =
            new ErrorResponse(Refusal.NOT_ALLOWED, 403, "this address is not allowed in", 0);
    public static final ErrorResponse UNAUTHORIZED =
            new ErrorResponse(Refusal.UNAUTHORIZED, 401, "a user and the right password are needed", 0);
    public static final ErrorResponse PASSWORD_UNCHECKED =
            new ErrorResponse(Refusal.UNAUTHORIZED, 503, "the password can't be checked now, try again", 1);
    public static final ErrorResponse BAD_VERSION =
            new ErrorResponse(Refusal.MALFORMED, 505, "the HTTP version is not supported", 0);

    public static final ErrorResponse TOO_MANY_PAUSED =
            new ErrorResponse(Refusal.PAUSED, 503, "traffic is paused and too many requests wait, try again", 5);
    public static final ErrorResponse PAUSED_TOO_LONG = new ErrorResponse(
            Refusal.PAUSED, 503, "traffic is paused for longer than a request can wait, try again", 5);

    /** The operator's own words. */
    public static ErrorResponse maintenance(String message) {
        return new ErrorResponse(Refusal.MAINTENANCE, 503, message, 60);
    }

    public static ErrorResponse absent(NoBackendReason reason) {
        return switch (reason) {
            case NOT_CONFIGURED -> NOT_CONFIGURED;
            case STARTING -> STARTING;
        };
    }

    /** @param tooSlow whether the time for it has passed */
    public static ErrorResponse notConnected(boolean tooSlow) {
        return tooSlow
                ? new ErrorResponse(
                        Refusal.BACKEND_UNREACHABLE, 504, "the application did not accept a connection in time", 0)
                : new ErrorResponse(Refusal.BACKEND_UNREACHABLE, 502, "the application can't be reached", 0);
    }

    /** After a connection to a backend ended within a response or before it. */
    public static ErrorResponse broken(Throwable cause) {
        return cause instanceof InvalidResponse invalid
                ? new ErrorResponse(
                        Refusal.BACKEND_INVALID,
                        502,
                        "the application's response is not valid HTTP: " + invalid.getMessage(),
                        0)
                : BACKEND_BROKEN;
    }

    public static ErrorResponse badRequest(String reason) {
        return new ErrorResponse(Refusal.MALFORMED, 400, reason, 0);
    }

    /** A permanent redirect that keeps the method. */
    public static ErrorResponse movedTo(String url) {
        return new ErrorResponse(null, 308, "moved to " + url, 0);
    }

    /** A permanent redirect, to a client that asks by this method. */
    public static ErrorResponse movedTo(String url, String method) {
        var isRead = method.equals("GET") || method.equals("HEAD");
        return new ErrorResponse(null, isRead ? 301 : 308, "moved to " + url, 0);
    }

    /** HTML for an operator's page, else text. */
    public String contentType() {
        return text.startsWith("<") ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
    }
}
