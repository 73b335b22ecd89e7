package io.wunderproxy.launchconfig;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The difference between two launch configurations, field by field. */
public final class ConfigDifference {

    private static final ObjectMapper JSON = new ObjectMapper();

    private ConfigDifference() {}

    /**
     * One field.
     *
     * @param path as in {@code ContainerConfig.Image}; a variable of the environment is {@code ContainerConfig.Env.NAME}
     * @param before its value, strings as they are and all else as JSON; empty when it was added
     * @param after the same; empty when it was removed
     */
    public record Change(String path, Optional<String> before, Optional<String> after) {}

    /** The changes that lead from one to the other; empty when both say the same, however they are written. */
    public static List<Change> between(byte[] before, byte[] after) {
        var old = fields(before);
        var now = fields(after);
        var paths = new LinkedHashSet<>(old.keySet());
        paths.addAll(now.keySet());
        var changes = new ArrayList<Change>();
        for (var path : paths) {
            var change = new Change(path, Optional.ofNullable(old.get(path)), Optional.ofNullable(now.get(path)));
            if (!change.before().equals(change.after())) {
                changes.add(change);
            }
        }
        return changes;
    }

    private static Map<String, String> fields(byte[] document) {
        var fields = new LinkedHashMap<String, String>();
        try {
            collect("", JSON.readTree(document), fields);
        } catch (IOException e) {
            throw new IllegalArgumentException("not valid JSON", e);
        }
        return fields;
    }

    private static void collect(String path, JsonNode node, Map<String, String> fields) {
        if (node.isObject() && !node.isEmpty()) {
            for (var field : node.properties()) {
                collect(path.isEmpty() ? field.getKey() : path + "." + field.getKey(), field.getValue(), fields);
            }
        } else if (path.equals("ContainerConfig.Env") && node.isArray()) {
            for (var line : node) {
                var parts = line.asText().split("=", 2);
                fields.put(path + "." + parts[0], parts.length > 1 ? parts[1] : "");
            }
        } else if (!path.isEmpty()) {
            fields.put(path, node.isTextual() ? node.textValue() : node.toString());
        }
    }
}
