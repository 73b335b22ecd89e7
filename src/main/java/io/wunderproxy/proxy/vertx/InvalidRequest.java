package io.wunderproxy.proxy.vertx;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.wunderproxy.proxy.rules.ErrorResponse;
import io.wunderproxy.proxy.rules.RequestRules;

/** Turns the reason why a request could not be read into the response to it. */
final class InvalidRequest {
    private InvalidRequest() {}

    static ErrorResponse responseTo(Throwable cause) {
        return switch (cause) {
            case TooLongHttpLineException tooLong -> RequestRules.LINE_TOO_LONG;
            case TooLongHttpHeaderException tooLong -> RequestRules.HEAD_TOO_LARGE;
            case ClientRequestDecoder.RefusedHead refused -> refused.response();
            default -> ErrorResponse.badRequest("the request is not valid HTTP");
        };
    }
}
