package io.wunderproxy.deployment;

import io.wunderproxy.container.ListeningSocket;
import java.util.List;
import java.util.stream.Collectors;

/** Explains a refused probe by the sockets that the container does listen on. */
final class ListeningHint {

    private ListeningHint() {}

    static String of(int port, List<ListeningSocket> sockets) {
        if (sockets.stream().anyMatch(s -> s.port() == port && s.loopbackOnly())) {
            return "; it listens on " + port
                    + ", but only on 127.0.0.1 inside of the container: let it listen on 0.0.0.0";
        }
        var others = sockets.stream()
                .filter(s -> s.port() != port && !s.loopbackOnly())
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
}
