package io.wunderproxy.blackbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import java.util.Optional;

/** A whole HTTP response. */
record Response(int status, String body, HttpResponse<byte[]> response) {
    static final ObjectMapper JSON = new ObjectMapper();

    Optional<String> header(String name) {
        return response.headers().firstValue(name);
    }

    String revision() {
        return header("X-Revision").orElse("");
    }

    byte[] bytes() {
        return response.body();
    }

    JsonNode json() {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + body, e);
        }
    }

    @Override
    public String toString() {
        return status + " " + body.strip();
    }
}
