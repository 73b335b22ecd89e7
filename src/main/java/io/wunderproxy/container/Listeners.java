package io.wunderproxy.container;

import io.wunderproxy.container.Container.Address;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Finds the listener where a container is expected: the container, another one, or another program. */
final class Listeners {

    private static final Duration CONNECT = Duration.ofSeconds(2);

    private static final Listener UNKNOWN = new Listener(Optional.empty(), "another program");

    private final ContainerCalls containers;
    private final ContainerAddresses addresses;
    private final Processes processes;

    Listeners(ContainerCalls containers, ContainerAddresses addresses, Processes processes) {
        this.containers = containers;
        this.addresses = addresses;
        this.processes = processes;
    }

    /** The TCP sockets on which the container listens; empty when this host can't see that. */
    Optional<List<ListeningSocket>> sockets(Container container) {
        return addresses.engineIsHere() && container.running()
                ? processes.listeningSockets(container.status().processId(), container.id())
                : Optional.empty();
    }

    /** The listener that accepts connections at this address now; empty if there is none. */
    Optional<Listener> at(Address address) throws EngineException {
        if (!accepts(address)) {
            return Optional.empty();
        }
        var publisher = containers.findRunning(running -> addresses.isAt(running, address));
        if (publisher.isPresent()) {
            return publisher.map(Listeners::named);
        }
        var process = addresses.engineIsHere() ? processAt(address) : Optional.<Listener>empty();
        var id = process.flatMap(Listener::containerId);
        var container = id.isPresent() ? containers.find(id.get()) : Optional.<Container>empty();
        return container.map(Listeners::named).or(() -> process).or(() -> Optional.of(UNKNOWN));
    }

    private static Listener named(Container container) {
        return new Listener(
                Optional.of(container.id()), "container " + container.abbreviatedId() + " (" + container.name() + ")");
    }

    /** Whether something listens there: an attempt that is not refused has met a listener, even one too busy to accept it. */
    private boolean accepts(Address address) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.host(), address.port()), (int) CONNECT.toMillis());
            return true;
        } catch (SocketTimeoutException e) {
            // For another machine it means only that there is no way to it.
            return addresses.engineIsHere();
        } catch (IOException e) {
            return false;
        }
    }

    private Optional<Listener> processAt(Address address) {
        try {
            var sockets = ListeningSocket.reachedBy(
                    processes.listeningSockets(), InetAddress.ofLiteral(address.host()), address.port());
            return sockets.stream()
                    .map(processes::holder)
                    .flatMap(Optional::stream)
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The listener other than the container at this port of it; see {@link ContainerRuntime#stranger}. */
    Optional<Listener> stranger(Container container, int port) {
        var address = addresses.address(container, port);
        var sockets = sockets(container);
        if (!container.sharesNetwork() || address.isEmpty() || sockets.isEmpty()) {
            return Optional.empty();
        }
        return ListeningSocket.reachedBy(
                        sockets.get(), InetAddress.ofLiteral(address.get().host()), port)
                .stream()
                .filter(socket -> processes.holder(socket, container.id()) == Processes.Holder.SOMEBODY_ELSE)
                .map(socket -> processes.holder(socket).orElse(UNKNOWN))
                .findFirst();
    }
}
