package io.wunderproxy.deployment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.names.HostName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * The identity of this agent: an id, made once and kept in its state directory, that no other agent has, whatever the names of
 * its host and directory.
 */
public final class AgentIdentity {

    private static final Logger LOG = Logger.getLogger(AgentIdentity.class);
    private static final String FILE = "agent.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final StateDirectory directory;
    private volatile Content content;

    /** Whether the content is on the disk. */
    private volatile boolean kept;

    /**
     * @param recognised the containers that an older version labelled and this agent has found to be its own; empty until it has
     *     looked for them
     */
    private record Content(String id, Instant firstStart, Optional<Set<String>> recognised) {}

    private AgentIdentity(StateDirectory directory, Content content, boolean kept) {
        this.directory = directory;
        this.content = content;
        this.kept = kept;
    }

    /** Reads the identity, or makes a new one. */
    public static AgentIdentity open(StateDirectory directory) throws IOException {
        var known = directory.read(FILE);
        if (known.isPresent()) {
            try {
                return new AgentIdentity(directory, parse(JSON.readTree(known.get())), true);
            } catch (IOException | DateTimeException | IllegalArgumentException e) {
                LOG.errorf(
                        "%s can't be understood; it is kept as %s.unreadable, and this agent gets another id",
                        directory.path().resolve(FILE), FILE);
                directory.setAside(FILE);
            }
        }
        // Without a journal no agent was at work here, and so none of an older version.
        var recognised = directory.read(Journal.FILE).isPresent()
                ? Optional.<Set<String>>empty()
                : Optional.of(Set.<String>of());
        var made = new Content(UUID.randomUUID().toString(), directory.since(), recognised);
        var identity = new AgentIdentity(directory, made, false);
        identity.keepLater();
        return identity;
    }

    private static Content parse(JsonNode node) {
        var id = UUID.fromString(node.path("Id").asText()).toString();
        var recognised = node.path("Recognised").isArray()
                ? Optional.of(node.path("Recognised")
                        .valueStream()
                        .map(JsonNode::asText)
                        .collect(Collectors.toUnmodifiableSet()))
                : Optional.<Set<String>>empty();
        return new Content(id, Instant.parse(node.path("FirstStart").asText()), recognised);
    }

    /**
     * Writes the identity to the disk if it is not there yet. Call it before a container gets the id.
     *
     * @throws IOException if it can't be written
     */
    synchronized void keep() throws IOException {
        if (kept) {
            return;
        }
        var node = JsonNodeFactory.instance.objectNode();
        node.put("Id", content.id()).put("FirstStart", content.firstStart().toString());
        content.recognised().ifPresent(ids -> {
            var array = node.putArray("Recognised");
            ids.forEach(array::add);
        });
        directory.write(FILE, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(node));
        kept = true;
    }

    /** Writes the identity if possible: an agent that has no room to write continues to serve. */
    private void keepLater() {
        try {
            keep();
        } catch (IOException e) {
            LOG.errorf("%s; until there is room nothing can be launched", e.getMessage());
        }
    }

    /** Names this agent. */
    String id() {
        return content.id();
    }

    /** When an agent first used the state directory; anything older was here before. */
    Instant firstStart() {
        return content.firstStart();
    }

    /** Whether this agent has looked for the containers that an older version labelled. */
    boolean hasRecognised() {
        return content.recognised().isPresent();
    }

    boolean recognises(String containerId) {
        return content.recognised().map(ids -> ids.contains(containerId)).orElse(false);
    }

    /** Remembers these containers of an older version as its own, besides those that it remembers already. */
    synchronized void recognise(Set<String> containerIds) {
        var all = new HashSet<>(content.recognised().orElse(Set.of()));
        all.addAll(containerIds);
        content = new Content(content.id(), content.firstStart(), Optional.of(Set.copyOf(all)));
        kept = false;
        keepLater();
    }

    /** The label of this agent's place (where its state directory lies), which shows others whether it is gone. */
    String place() throws IOException {
        return place(directory.path()) + ":" + directory.path().toAbsolutePath().normalize();
    }

    /** The label that an older version gave to its containers. */
    String formerLabel() throws IOException {
        return HostName.read() + ":" + directory.path().toAbsolutePath().normalize();
    }

    /**
     * Whether the agent of this place is certainly gone: its state was in the same file system, seen from the same root of the
     * same machine, and nothing of it is left. State that may not be looked at, or lies on a disk that is not mounted or in the
     * files of a container, is not known to be gone.
     *
     * @param place as {@link #place} returns it
     */
    static boolean isGone(String place) {
        var slash = place.indexOf(":/");
        if (slash < 0) {
            return false;
        }
        try {
            var lock = StateDirectory.lockOf(Path.of(place.substring(slash + 1)));
            var left = lock;
            while (!isThere(left)) {
                left = left.getParent();
            }
            return !left.equals(lock) && Files.isDirectory(left) && place(left).equals(place.substring(0, slash));
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    /** @throws IOException if that can't be found out */
    private static boolean isThere(Path path) throws IOException {
        try {
            Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** A digest of machine, root and file system, which changes only when one of them does. */
    private static String place(Path there) throws IOException {
        var machine = Path.of("/etc/machine-id");
        var text = String.join(
                "\n",
                isThere(machine) ? Files.readString(machine).strip() : "",
                HostName.read(),
                Files.getAttribute(Path.of("/"), "unix:dev").toString(),
                Files.getAttribute(Path.of("/"), "unix:ino").toString(),
                Files.getAttribute(there, "unix:dev").toString());
        return ConfigHash.sha256(text.getBytes(StandardCharsets.UTF_8)).value().substring(0, 16);
    }
}
