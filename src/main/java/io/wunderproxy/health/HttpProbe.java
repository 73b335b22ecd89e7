package io.wunderproxy.health;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.wunderproxy.health.HealthCheck.Question;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** Asks by one request over HTTP. */
final class HttpProbe {

    /** Enough for the words in which an application says what is wrong, behind the head of a page. */
    private static final int BODY_BYTES = 16 * 1024;

    private final ProbeRequests requests;

    HttpProbe(ProbeRequests requests) {
        this.requests = requests;
    }

    void ask(Target.At target, Question.Http question, Attempt attempt) {
        requests.send(
                ProbeRequests.to(target, HttpMethod.GET, question.path(), question.headers()),
                question.http2(),
                Buffer.buffer(),
                attempt,
                response -> judge(response, question.good(), attempt));
    }

    private static void judge(HttpClientResponse response, Set<Integer> good, Attempt attempt) {
        var status = response.statusCode();
        if (good.contains(status)) {
            attempt.end(new ProbeResult.Healthy("returned " + status));
            return;
        }
        var body = Buffer.buffer();
        attempt.soFar(wrong(response, body));
        try {
            response.handler(chunk -> {
                body.appendBuffer(chunk);
                attempt.soFar(wrong(response, body));
                if (body.length() >= BODY_BYTES) {
                    attempt.end();
                }
            });
            response.endHandler(end -> attempt.end());
            response.exceptionHandler(e -> attempt.end());
        } catch (IllegalStateException ended) {
            // All of a short response may be there before this is called, and then there are no handlers any more.
            attempt.end();
        }
    }

    private static ProbeResult wrong(HttpClientResponse response, Buffer body) {
        return new ProbeResult.WrongStatus(
                response.statusCode(), Optional.ofNullable(response.getHeader("Location")), firstBytes(body));
    }

    private static String firstBytes(Buffer body) {
        return OneLine.of(body.getString(0, Math.min(body.length(), BODY_BYTES), StandardCharsets.UTF_8.name()));
    }
}
