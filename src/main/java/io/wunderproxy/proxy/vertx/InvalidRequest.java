package io.wunderproxy.proxy.vertx;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.wunderproxy.proxy.rules.ErrorAnswer;
import io.wunderproxy.proxy.rules.RequestRules;

/** Turns the reason why a request could not be read into the answer to it. */
final class InvalidRequest {
    private InvalidRequest() {}

    static ErrorAnswer answerTo(Throwable cause) {
        return switch (cause) {
            case TooLongHttpLineException tooLong -> RequestRules.LINE_TOO_LONG;
            case TooLongHttpHeaderException tooLong -> RequestRules.HEAD_TOO_LARGE;
            case ClientRequestDecoder.RefusedHead refused -> refused.answer();
            default -> ErrorAnswer.badRequest("the request is not valid HTTP");
        };
    }
}
