package io.wunderproxy.manager;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.netty.handler.codec.http.HttpResponseStatus;

/** How a failure is told: a line of plain text, or problem details (RFC 9457) to those who accept JSON. */
final class Problem {

    private static final String PROBLEM_JSON = "application/problem+json";

    private Problem() {}

    record Answer(String contentType, String body) {}

    /** @param accept the request's {@code Accept} header, or null */
    static Answer answer(int status, String text, String accept) {
        if (!wantsJson(accept)) {
            return new Answer("text/plain;charset=utf-8", text + "\n");
        }
        var lines = text.split("\n", 2);
        var problem = JsonNodeFactory.instance
                .objectNode()
                .put("type", "about:blank")
                .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
                .put("status", status)
                .put("detail", lines[0]);
        if (lines.length > 1) {
            var log = problem.putArray("log");
            lines[1].lines().forEach(log::add);
        }
        return new Answer(PROBLEM_JSON, problem.toString());
    }

    /** Whether JSON was asked for by name; a plain {@code *}{@code /*} gets what the original tool answered. */
    static boolean wantsJson(String accept) {
        return accept != null && (accept.contains("application/json") || accept.contains(PROBLEM_JSON));
    }
}
