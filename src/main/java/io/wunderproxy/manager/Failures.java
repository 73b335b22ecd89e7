package io.wunderproxy.manager;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.wunderproxy.api.Problem;

/** The response to a failed call: a line of plain text, or problem details (RFC 9457) for clients that accept JSON. */
final class Failures {

    private Failures() {}

    record Content(String contentType, String body) {}

    /** @param accept the request's {@code Accept} header, or null */
    static Content content(int status, String text, String accept) {
        if (!wantsJson(accept)) {
            return new Content("text/plain;charset=utf-8", text + "\n");
        }
        var problem = Problem.of(status, HttpResponseStatus.valueOf(status).reasonPhrase(), text);
        return new Content(Problem.MEDIA_TYPE, problem.toJson().toString());
    }

    /** Whether JSON was asked for by name; a plain {@code *}{@code /*} gets the response of the original tool. */
    static boolean wantsJson(String accept) {
        return accept != null && (accept.contains("application/json") || accept.contains(Problem.MEDIA_TYPE));
    }
}
