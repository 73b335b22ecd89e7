package io.wunderproxy.proxy;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;

/** Turns the reason why a request could not be read into the answer to it. */
final class InvalidRequest {
    private InvalidRequest() {}

    static ErrorAnswer answerTo(Throwable cause) {
        return switch (cause) {
            case TooLongHttpLineException tooLong ->
                new ErrorAnswer(Refusal.HEAD_TOO_LARGE, 414, "the request line is too long", 0);
            case TooLongHttpHeaderException tooLong ->
                new ErrorAnswer(Refusal.HEAD_TOO_LARGE, 431, "the request's headers are too large", 0);
            case ClientRequestDecoder.RefusedHead refused -> refused.answer();
            default -> ErrorAnswer.badRequest("the request is not valid HTTP");
        };
    }
}
