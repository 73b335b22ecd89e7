package io.wunderproxy.container;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A TCP socket on which a process listens.
 *
 * @param address the address that it is bound to
 * @param inode distinguishes it from all others of its machine
 */
public record ListeningSocket(InetAddress address, int port, long inode) {

    private static final String LISTEN = "0A";

    /**
     * The listening sockets in the network namespace of a process, from {@code net/tcp} and {@code net/tcp6} in its directory
     * (proc(5)).
     *
     * @param process its directory in {@code /proc}
     */
    static List<ListeningSocket> of(Path process) throws IOException {
        var sockets = new ArrayList<ListeningSocket>();
        for (var table : List.of("net/tcp", "net/tcp6")) {
            Files.readAllLines(process.resolve(table)).stream()
                    .skip(1)
                    .map(ListeningSocket::parse)
                    .flatMap(Optional::stream)
                    .forEach(sockets::add);
        }
        return sockets;
    }

    /** One line of the table: number, local address, remote address, state, ..., inode (column 9). */
    static Optional<ListeningSocket> parse(String line) {
        var columns = line.strip().split("\\s+");
        if (columns.length < 10 || !columns[3].equals(LISTEN)) {
            return Optional.empty();
        }
        var local = columns[1].split(":");
        return Optional.of(
                new ListeningSocket(address(local[0]), Integer.parseInt(local[1], 16), Long.parseLong(columns[9])));
    }

    /** The kernel writes each 32 bits of an address as one number. */
    private static InetAddress address(String hex) {
        var numbers = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        var address = ByteBuffer.allocate(numbers.capacity()).order(ByteOrder.nativeOrder());
        while (numbers.hasRemaining()) {
            address.putInt(numbers.getInt());
        }
        try {
            return InetAddress.getByAddress(address.array());
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(hex + " is no address", e);
        }
    }

    /** Whether it is bound to a loopback address, so that nothing outside of its network namespace reaches it. */
    public boolean loopbackOnly() {
        return address.isLoopbackAddress();
    }

    /** The sockets that get the connections to this address: the ones bound to it, else those bound to all addresses. */
    static List<ListeningSocket> reachedBy(List<ListeningSocket> sockets, InetAddress address, int port) {
        var candidates = sockets.stream().filter(s -> s.port() == port).toList();
        var exact = candidates.stream().filter(s -> s.address().equals(address)).toList();
        if (!exact.isEmpty()) {
            return exact;
        }
        var everywhere =
                candidates.stream().filter(s -> s.address().isAnyLocalAddress()).toList();
        var sameFamily = everywhere.stream()
                .filter(s -> s.address().getClass() == address.getClass())
                .toList();
        // A socket on all IPv6 addresses mostly takes IPv4 as well, but not beside one on all IPv4 addresses.
        return sameFamily.isEmpty() ? everywhere : sameFamily;
    }
}
