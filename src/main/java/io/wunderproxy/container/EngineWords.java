package io.wunderproxy.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.exception.NotFoundException;
import java.util.Objects;
import java.util.regex.Pattern;

/** What an engine says of a failure, in one line, and what Docker and Podman mean by it. */
final class EngineWords {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** A port of the host that somebody has. */
    private static final Pattern PORT_TAKEN =
            Pattern.compile("port is already allocated|address already in use", Pattern.CASE_INSENSITIVE);

    /** A container or an image that is not there. */
    private static final Pattern GONE =
            Pattern.compile("no such (container|image)|image not known", Pattern.CASE_INSENSITIVE);

    private EngineWords() {}

    static String of(Throwable e) {
        return of(Objects.toString(e.getMessage(), e.getClass().getSimpleName()));
    }

    /** docker-java's messages are {@code Status 404: } and the engine's response: only what the engine says is of interest. */
    static String of(String message) {
        var start = message.indexOf('{');
        var plain = message;
        if (start >= 0) {
            try {
                plain = JSON.readTree(message.substring(start)).path("message").asText(message);
            } catch (JsonProcessingException notJson) {
                // Words with a brace in them.
            }
        }
        return plain.replaceAll("\\s+", " ").strip();
    }

    /** Of a response that is no success. */
    static String of(int status, JsonNode body) {
        return of(body.path("message").asText("status " + status));
    }

    static boolean isPortTaken(Throwable e) {
        return PORT_TAKEN.matcher(of(e)).find();
    }

    /** Only the engine knows what is gone: a proxy before it, or one that does not know the call, says 404 as well. */
    static void requireGone(NotFoundException e) {
        if (!GONE.matcher(of(e)).find()) {
            throw e;
        }
    }
}
