package io.wunderproxy.health;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.wunderproxy.health.HealthCheck.Question;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;

/**
 * Asks by gRPC's health protocol, {@code grpc.health.v1}: one call whose message is the name of a service, and whose response is a
 * number.
 */
final class GrpcProbe {

    private static final String METHOD = "/grpc.health.v1.Health/Check";

    /** The length of what precedes a message: whether it is compressed, and its length. */
    private static final int PREFIX = 5;

    /** The field {@code service} of the request: number 1, a text. */
    private static final int SERVICE_FIELD = 0x0a;

    /** The field {@code status} of the response: number 1, a number. */
    private static final int STATUS_FIELD = 0x08;

    private static final int SERVING = 1;

    /** A response has 7 bytes; anything much longer is none. */
    private static final int LONGEST_RESPONSE = 100;

    private final ProbeRequests requests;

    GrpcProbe(ProbeRequests requests) {
        this.requests = requests;
    }

    void ask(Target.At target, Question.Grpc question, Attempt attempt) {
        var options = ProbeRequests.to(target, HttpMethod.POST, METHOD, question.headers())
                .putHeader("Content-Type", "application/grpc")
                .putHeader("TE", "trailers")
                .putHeader("Grpc-Timeout", attempt.timeout().toMillis() + "m");
        requests.send(options, true, message(question.service()), attempt, response -> judge(response, attempt));
    }

    private static Buffer message(String service) {
        var name = service.getBytes(StandardCharsets.UTF_8);
        var message = name.length == 0
                ? Buffer.buffer()
                : Buffer.buffer()
                        .appendByte((byte) SERVICE_FIELD)
                        .appendByte((byte) name.length)
                        .appendBytes(name);
        return Buffer.buffer().appendByte((byte) 0).appendInt(message.length()).appendBuffer(message);
    }

    private static void judge(HttpClientResponse response, Attempt attempt) {
        if (response.statusCode() != 200) {
            attempt.end(new ProbeResult.WrongStatus(response.statusCode(), Optional.empty(), ""));
            return;
        }
        var body = Buffer.buffer();
        try {
            response.handler(chunk -> {
                body.appendBuffer(chunk);
                if (body.length() > LONGEST_RESPONSE) {
                    attempt.end(new ProbeResult.NotServing("got a response that is not one of gRPC's health", ""));
                }
            });
            response.endHandler(end -> attempt.end(result(response, body)));
            response.exceptionHandler(attempt::failed);
        } catch (IllegalStateException ended) {
            // A response without a body may have ended before this is called, and then there are no handlers any more.
            attempt.end(result(response, body));
        }
    }

    private static ProbeResult result(HttpClientResponse response, Buffer body) {
        var status = Objects.requireNonNullElse(field(response, "grpc-status"), "none");
        var words = OneLine.of(Objects.requireNonNullElse(field(response, "grpc-message"), ""));
        return switch (status) {
            case "0" -> serving(body);
            case "none" ->
                new ProbeResult.NotServing("returned 200 without a status of gRPC: it speaks HTTP there", "");
            case "5" -> new ProbeResult.NotServing("responded that it has no such service (NOT_FOUND)", words);
            case "12" ->
                new ProbeResult.NotServing(
                        "responded that it has no grpc.health.v1 (UNIMPLEMENTED): let the server register gRPC's"
                                + " health service",
                        words);
            case "16" ->
                new ProbeResult.NotServing(
                        "responded that it wants credentials (UNAUTHENTICATED): send some by HealthCheck.Headers",
                        words);
            default ->
                new ProbeResult.NotServing(
                        "responded with the gRPC status " + (status.matches("\\d{1,2}") ? status : "unknown"), words);
        };
    }

    /** A field that stands behind the body, or in the head of a response that has none. */
    private static String field(HttpClientResponse response, String name) {
        var trailer = response.getTrailer(name);
        return trailer == null ? response.getHeader(name) : trailer;
    }

    private static ProbeResult serving(Buffer body) {
        var hasStatus = body.length() >= PREFIX + 2 && body.getByte(PREFIX) == STATUS_FIELD;
        // A field that is not sent has the value 0.
        var status = hasStatus ? body.getByte(PREFIX + 1) : 0;
        return switch (status) {
            case SERVING -> new ProbeResult.Healthy("responded SERVING");
            case 0 -> new ProbeResult.NotServing("responded UNKNOWN", "");
            case 2 -> new ProbeResult.NotServing("responded NOT_SERVING", "");
            case 3 -> new ProbeResult.NotServing("responded SERVICE_UNKNOWN", "");
            default -> new ProbeResult.NotServing("responded with the unknown status " + status, "");
        };
    }
}
