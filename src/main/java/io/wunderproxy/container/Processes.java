package io.wunderproxy.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The processes of this machine, from {@code /proc} (proc(5)). Only root may see which sockets those of others hold.
 *
 * @param proc the directory
 */
record Processes(Path proc) {

    private static final Pattern NUMBER = Pattern.compile("[0-9]+");
    private static final Pattern CONTAINER_ID = Pattern.compile("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])");

    static Processes ofThisMachine() {
        return new Processes(Path.of("/proc"));
    }

    /** Whether a container's process holds a socket; unknown where this process may not see that. */
    enum Holder {
        THE_CONTAINER,
        SOMEBODY_ELSE,
        UNKNOWN
    }

    /**
     * The listening sockets in the network namespace of a container's process. Empty when they can't be read, or the process is not
     * one of this container: its number then belongs to another machine.
     */
    Optional<List<ListeningSocket>> listeningSockets(long processId, String containerId) {
        var process = proc.resolve(Long.toString(processId));
        try {
            return belongsTo(process, containerId) ? Optional.of(ListeningSocket.of(process)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The listening sockets in the network namespace of this process. */
    List<ListeningSocket> listeningSockets() throws IOException {
        return ListeningSocket.of(proc.resolve("self"));
    }

    /** Whether the container's processes hold this socket. */
    Holder holder(ListeningSocket socket, String containerId) {
        var allSeen = true;
        for (var process : all()) {
            try {
                if (belongsTo(process, containerId) && holds(process, socket)) {
                    return Holder.THE_CONTAINER;
                }
            } catch (IOException e) {
                allSeen &= !Files.isDirectory(process);
            }
        }
        return allSeen ? Holder.SOMEBODY_ELSE : Holder.UNKNOWN;
    }

    /** The listener that holds this socket, as far as this process may see that. */
    Optional<Listener> holder(ListeningSocket socket) {
        for (var process : all()) {
            try {
                if (holds(process, socket)) {
                    var name = Files.readString(process.resolve("comm")).strip();
                    return Optional.of(
                            new Listener(containerOf(process), "process " + process.getFileName() + " (" + name + ")"));
                }
            } catch (IOException e) {
                // It has ended, or is another user's.
            }
        }
        return Optional.empty();
    }

    private List<Path> all() {
        try (var entries = Files.list(proc)) {
            return entries.filter(
                            p -> NUMBER.matcher(p.getFileName().toString()).matches())
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static boolean belongsTo(Path process, String containerId) throws IOException {
        return Files.readString(process.resolve("cgroup")).contains(containerId);
    }

    private static Optional<String> containerOf(Path process) throws IOException {
        // The innermost one: engines run in containers as well.
        return CONTAINER_ID
                .matcher(Files.readString(process.resolve("cgroup")))
                .results()
                .reduce((outer, inner) -> inner)
                .map(MatchResult::group);
    }

    private static boolean holds(Path process, ListeningSocket socket) throws IOException {
        var name = Path.of("socket:[" + socket.inode() + "]");
        try (var descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (var descriptor : descriptors) {
                try {
                    if (Files.readSymbolicLink(descriptor).equals(name)) {
                        return true;
                    }
                } catch (java.nio.file.NoSuchFileException closed) {
                    // It was closed between the two looks.
                }
            }
        }
        return false;
    }
}
