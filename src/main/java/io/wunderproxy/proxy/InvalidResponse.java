package io.wunderproxy.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;

/** What a backend sent is no HTTP response, or one whose end is unclear; the stack tells nothing. */
final class InvalidResponse extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param reason one line, such as {@code it has two lengths} */
    InvalidResponse(String reason) {
        super(reason, null, false, false);
    }

    /** Says in words for an operator why a head could not be read. */
    static InvalidResponse of(HttpResponse head) {
        return switch (head.decoderResult().cause()) {
            case InvalidResponse known -> known;
            case TooLongHttpLineException tooLong -> new InvalidResponse("its status line is too long");
            case TooLongHttpHeaderException tooLong -> new InvalidResponse("its headers are too large");
            default ->
                new InvalidResponse(
                        switch (head.headers()
                                .getAll(HttpHeaderNames.CONTENT_LENGTH)
                                .size()) {
                            case 0 -> "its head can't be read";
                            case 1 -> "its Content-Length is not a number";
                            default -> "it has more than one Content-Length";
                        });
        };
    }
}
