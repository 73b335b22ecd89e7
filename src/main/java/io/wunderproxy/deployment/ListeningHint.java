package io.wunderproxy.deployment;

import io.wunderproxy.container.ListeningSocket;
import java.net.Inet6Address;
import java.util.List;
import java.util.stream.Collectors;

/** Explains a refused probe by the sockets that the container does listen on. */
final class ListeningHint {

    private ListeningHint() {}

    /**
     * The hint as the rest of a sentence.
     *
     * @param refused whether a probe over IPv4 was refused where it was sent: nothing listens there for IPv4 then
     */
    static String of(int port, boolean refused, List<ListeningSocket> sockets) {
        var onPort = sockets.stream().filter(s -> s.port() == port).toList();
        if (!onPort.isEmpty()) {
            return onPort(port, refused, onPort);
        }
        var others = sockets.stream()
                .filter(s -> !s.loopbackOnly())
                .map(ListeningSocket::port)
                .distinct()
                .sorted()
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        return others.isEmpty()
                ? "; no process in the container listens on any TCP port"
                : "; nothing listens on " + port + " but something does on " + others
                        + ": expose that port in ContainerConfig.ExposedPorts, or let the application listen on "
                        + port;
    }

    private static String onPort(int port, boolean refused, List<ListeningSocket> sockets) {
        if (sockets.stream().allMatch(ListeningSocket::loopbackOnly)) {
            var address = sockets.getFirst().address();
            return "; it listens on " + port + ", but only on "
                    + (address instanceof Inet6Address ? "::1" : address.getHostAddress())
                    + " inside of the container: let it listen on 0.0.0.0";
        }
        return refused && sockets.stream().allMatch(s -> s.address() instanceof Inet6Address)
                ? "; it listens on " + port + ", but for IPv6 only: let it listen on 0.0.0.0 too"
                : "";
    }
}
