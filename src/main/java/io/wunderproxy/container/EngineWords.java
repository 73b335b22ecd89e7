package io.wunderproxy.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.exception.NotFoundException;
import java.util.Objects;
import java.util.regex.Pattern;

/** Reads an engine's message about a failure, in one line, and what Docker and Podman mean by it. */
final class EngineWords {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The messages about a port of the host that is taken. */
    private static final Pattern PORT_TAKEN =
            Pattern.compile("port is already allocated|address already in use", Pattern.CASE_INSENSITIVE);

    /** The messages about a container or an image that is not there. */
    private static final Pattern GONE =
            Pattern.compile("no such (container|image)|image not known", Pattern.CASE_INSENSITIVE);

    private EngineWords() {}

    static String of(Throwable e) {
        return of(Objects.toString(e.getMessage(), e.getClass().getSimpleName()));
    }

    /** The engine's own message: docker-java's messages are {@code Status 404: } and the engine's response. */
    static String of(String message) {
        var start = message.indexOf('{');
        var plain = message;
        if (start >= 0) {
            try {
                plain = JSON.readTree(message.substring(start)).path("message").asText(message);
            } catch (JsonProcessingException notJson) {
                // A plain message with a brace in it.
            }
        }
        return plain.replaceAll("\\s+", " ").strip();
    }

    /** The message of a failed response. */
    static String of(int status, JsonNode body) {
        return of(body.path("message").asText("status " + status));
    }

    static boolean isPortTaken(Throwable e) {
        return PORT_TAKEN.matcher(of(e)).find();
    }

    /** Throws unless the engine says that it is gone: a proxy before it, or one that does not know the call, says 404 too. */
    static void requireGone(NotFoundException e) {
        if (!GONE.matcher(of(e)).find()) {
            throw e;
        }
    }
}
