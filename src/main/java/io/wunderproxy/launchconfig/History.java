package io.wunderproxy.launchconfig;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The promotions in {@code history.json}.
 *
 * @param entries the oldest first
 */
public record History(List<Entry> entries) {

    /** As many entries as the file may have. */
    static final int MOST = 10;

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * One promotion.
     *
     * @param deployedAt as the file has it; this program writes ISO 8601 in UTC
     * @param deployedBy an AWS identity, or user@host
     */
    public record Entry(String revision, String deployedAt, String deployedBy, ConfigHash hash) {}

    /** @throws InvalidLaunchConfigException if this is not an array of entries */
    static History parse(byte[] document) throws InvalidLaunchConfigException {
        JsonNode root;
        try {
            root = JSON.readTree(document);
        } catch (IOException e) {
            throw new InvalidLaunchConfigException("", "not valid JSON");
        }
        if (!root.isArray()) {
            throw new InvalidLaunchConfigException("", "not an array");
        }
        var entries = new ArrayList<Entry>();
        for (var node : root) {
            try {
                entries.add(new Entry(
                        node.path("Revision").asText(),
                        node.path("DeployedAt").asText(),
                        node.path("DeployedBy").asText(),
                        new ConfigHash(node.path("Hash").textValue())));
            } catch (IllegalArgumentException e) {
                throw new InvalidLaunchConfigException("[" + entries.size() + "].Hash", e.getMessage());
            }
        }
        return new History(List.copyOf(entries));
    }

    byte[] toJson() {
        var array = JSON.createArrayNode();
        for (var entry : entries) {
            array.addObject()
                    .put("Revision", entry.revision())
                    .put("DeployedAt", entry.deployedAt())
                    .put("DeployedBy", entry.deployedBy())
                    .put("Hash", entry.hash().value());
        }
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(array);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    public Optional<Entry> last() {
        return entries.isEmpty() ? Optional.empty() : Optional.of(entries.getLast());
    }

    /** A copy with this entry at its end, without the oldest if they would be too many. */
    History with(Entry entry) {
        var more = new ArrayList<>(entries);
        more.add(entry);
        return new History(List.copyOf(more.subList(Math.max(0, more.size() - MOST), more.size())));
    }

    History withoutLast() {
        return new History(List.copyOf(entries.subList(0, entries.size() - 1)));
    }

    /**
     * Finds the target of a rollback from the current configuration: the one that was promoted before it, skipping those that
     * were rolled back from already. After a, b, c and back to b, that is a.
     */
    public Optional<Entry> lastGoodBefore(ConfigHash current) {
        var path = new ArrayList<Entry>();
        for (var entry : entries) {
            goTo(entry, path);
        }
        if (!path.isEmpty() && path.getLast().hash().equals(current)) {
            path.removeLast();
        }
        return path.isEmpty() ? Optional.empty() : Optional.of(path.getLast());
    }

    /** Deploying what is on the path already is going back to it. */
    private static void goTo(Entry entry, List<Entry> path) {
        for (var i = 0; i < path.size(); i++) {
            if (path.get(i).hash().equals(entry.hash())) {
                path.subList(i, path.size()).clear();
            }
        }
        path.add(entry);
    }
}
