package io.wunderproxy.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A TCP socket on which a process listens.
 *
 * @param loopbackOnly whether it is bound to a loopback address, so that nothing outside of its network namespace reaches it
 */
public record ListeningSocket(int port, boolean loopbackOnly) {

    private static final String LISTEN = "0A";

    /**
     * The listening sockets in the network namespace of a process, from {@code /proc/<pid>/net/tcp} and {@code tcp6} (proc(5)).
     * Empty when they can't be read, or the process is not one of this container: its number then belongs to another machine.
     */
    static Optional<List<ListeningSocket>> of(long processId, String containerId) {
        var process = Path.of("/proc", Long.toString(processId));
        try {
            if (!Files.readString(process.resolve("cgroup")).contains(containerId)) {
                return Optional.empty();
            }
            var sockets = new ArrayList<ListeningSocket>();
            for (var table : List.of("net/tcp", "net/tcp6")) {
                Files.readAllLines(process.resolve(table)).stream()
                        .skip(1)
                        .map(ListeningSocket::parse)
                        .flatMap(Optional::stream)
                        .forEach(sockets::add);
            }
            return Optional.of(sockets);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** One line of the table: number, local address, remote address, state, ... with addresses in hex, host byte order. */
    static Optional<ListeningSocket> parse(String line) {
        var columns = line.strip().split("\\s+");
        if (columns.length < 4 || !columns[3].equals(LISTEN)) {
            return Optional.empty();
        }
        var local = columns[1].split(":");
        var loopback =
                local[0].length() == 8 ? local[0].endsWith("7F") : local[0].equals("00000000000000000000000001000000");
        return Optional.of(new ListeningSocket(Integer.parseInt(local[1], 16), loopback));
    }
}
