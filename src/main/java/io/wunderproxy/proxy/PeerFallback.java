package io.wunderproxy.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * The other instances that a request may be sent to when it can't be answered here. They are probed by connecting to
 * them; one that does not accept is left out until it does again.
 */
final class PeerFallback implements AutoCloseable {
    /** Marks a request that another instance sent on, with that one's id: it is never sent on again. */
    static final String HEADER = "X-Wunderproxy-Fallback";

    private static final int CONNECT_MILLIS = 1000;

    private static final class Peer {
        private final Backend address;
        private volatile boolean alive;
        private volatile Set<String> ips = Set.of();

        Peer(ListenAddress.Tcp address) {
            this.address = new Backend("peer " + address, address.host(), address.port());
        }

        void probe() {
            try (var socket = new Socket()) {
                ips = Arrays.stream(InetAddress.getAllByName(address.host()))
                        .map(InetAddress::getHostAddress)
                        .collect(Collectors.toSet());
                socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
                alive = true;
            } catch (IOException unreachable) {
                alive = false;
            }
        }
    }

    private final String instanceId;
    private final List<Peer> peers;
    private final AtomicInteger turn = new AtomicInteger();
    private final ScheduledExecutorService prober;

    /** Starts to probe, unless there is nobody to be probed. */
    PeerFallback(PeerOptions options) {
        instanceId = options.instanceId();
        peers = options.peers().stream().map(Peer::new).toList();
        prober = peers.isEmpty()
                ? null
                : Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("peers").factory());
        if (prober != null) {
            var nanos = options.probeInterval().toNanos();
            prober.scheduleWithFixedDelay(() -> peers.forEach(Peer::probe), 0, nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** The id of this instance, which marks what it sends on. */
    String instanceId() {
        return instanceId;
    }

    /** Whether this is the IP address of a peer, whose mark is honoured. */
    boolean isPeer(String ip) {
        for (var peer : peers) {
            if (peer.ips.contains(ip)) {
                return true;
            }
        }
        return false;
    }

    /** A peer that is alive, one after the other; null if there is none. */
    Backend next() {
        var alive = peers.stream().filter(peer -> peer.alive).toList();
        return alive.isEmpty() ? null : alive.get(Math.floorMod(turn.getAndIncrement(), alive.size())).address;
    }

    /** Leaves a peer out that could not be reached. */
    void isDead(Backend address) {
        peers.stream().filter(peer -> peer.address.equals(address)).forEach(peer -> peer.alive = false);
    }

    @Override
    public void close() {
        if (prober != null) {
            prober.shutdownNow();
        }
    }
}
