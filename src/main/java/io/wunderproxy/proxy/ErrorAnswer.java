package io.wunderproxy.proxy;

import io.netty.channel.ConnectTimeoutException;

/**
 * What a client is told when its request can't be forwarded: a status and one line.
 *
 * @param status 400 to 599
 * @param text one line, without line feed
 * @param retryAfter seconds for {@code Retry-After}; 0 for none
 */
record ErrorAnswer(int status, String text, int retryAfter) {
    static final ErrorAnswer NOT_CONFIGURED = new ErrorAnswer(404, "no application is configured on this host", 0);
    static final ErrorAnswer STARTING = new ErrorAnswer(503, "the application is starting, try again", 1);
    static final ErrorAnswer BACKEND_SLOW = new ErrorAnswer(504, "the application did not answer in time", 0);
    static final ErrorAnswer BACKEND_BROKEN =
            new ErrorAnswer(502, "the application closed the connection before it answered", 0);
    static final ErrorAnswer BACKEND_INVALID = new ErrorAnswer(502, "the application's answer is not valid HTTP", 0);
    static final ErrorAnswer BODY_SLOW = new ErrorAnswer(408, "the request body did not arrive in time", 0);

    static final ErrorAnswer BODY_TOO_LARGE = new ErrorAnswer(413, "the request body is too large", 0);
    static final ErrorAnswer NO_ROOM_FOR_BODY = new ErrorAnswer(507, "the request body can't be stored", 0);
    static final ErrorAnswer OVERLOADED = new ErrorAnswer(503, "too many requests at the same time, try again", 1);
    static final ErrorAnswer BAD_VERSION = new ErrorAnswer(505, "the HTTP version is not supported", 0);

    static final ErrorAnswer PAUSED_TOO_LONG =
            new ErrorAnswer(503, "traffic is paused for longer than a request can wait, try again", 5);

    /** The operator's own words. */
    static ErrorAnswer maintenance(String message) {
        return new ErrorAnswer(503, message, 60);
    }

    /** HTML for an operator's page, else text. */
    String contentType() {
        return text.startsWith("<") ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
    }

    static ErrorAnswer absent(Absence reason) {
        return switch (reason) {
            case NOT_CONFIGURED -> NOT_CONFIGURED;
            case STARTING -> STARTING;
        };
    }

    static ErrorAnswer notConnected(Throwable cause) {
        return cause instanceof ConnectTimeoutException
                ? new ErrorAnswer(504, "the application did not accept a connection in time", 0)
                : new ErrorAnswer(502, "the application can't be reached", 0);
    }

    static ErrorAnswer badRequest(String reason) {
        return new ErrorAnswer(400, reason, 0);
    }
}
