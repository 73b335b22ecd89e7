package io.wunderproxy.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * The other instances that a request may be sent to when it can't be answered here. They are probed side by side; one
 * that can't be reached, or has no backend itself, is left out until that has changed.
 */
final class PeerFallback implements AutoCloseable {
    /** Marks a request that another instance sent on, with that one's id: it is never sent on again. */
    static final String HEADER = "X-Wunderproxy-Fallback";

    private static final int CONNECT_MILLIS = 1000;
    private static final int ANSWER_MILLIS = 1000;
    private static final int STATUS_BYTES = "HTTP/1.1 200".length();
    private static final Set<String> UNABLE = Set.of("HTTP/1.1 502", "HTTP/1.1 503", "HTTP/1.1 504");

    private static final class Peer {
        private final Backend address;
        private volatile boolean alive;
        private volatile Set<String> ips = Set.of();

        Peer(ListenAddress.Tcp address) {
            this.address = new Backend("peer " + address, address.host(), address.port());
        }

        /** Asks the peer, marked so that its proxy answers itself; one that doesn't know this instance asks its backend. */
        void probe(String instanceId) {
            try (var socket = new Socket()) {
                ips = Arrays.stream(InetAddress.getAllByName(address.host()))
                        .map(InetAddress::getHostAddress)
                        .collect(Collectors.toSet());
                socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
                socket.setSoTimeout(ANSWER_MILLIS);
                var question = "OPTIONS * HTTP/1.1\r\nHost: " + address.host() + "\r\nConnection: close\r\n" + HEADER
                        + ": " + instanceId + "\r\n\r\n";
                socket.getOutputStream().write(question.getBytes(StandardCharsets.US_ASCII));
                var answer = new String(socket.getInputStream().readNBytes(STATUS_BYTES), StandardCharsets.US_ASCII);
                alive = answer.startsWith("HTTP/1.1 ") && !UNABLE.contains(answer);
            } catch (IOException unreachable) {
                alive = false;
            }
        }
    }

    private final String instanceId;
    private final List<Peer> peers;
    private final AtomicInteger turn = new AtomicInteger();
    private final List<ScheduledExecutorService> probers;

    /** Starts to probe, unless there is nobody to be probed. */
    PeerFallback(PeerOptions options) {
        instanceId = options.instanceId();
        peers = options.peers().stream().map(Peer::new).toList();
        var nanos = options.probeInterval().toNanos();
        probers = peers.stream()
                .map(peer -> {
                    var prober = Executors.newSingleThreadScheduledExecutor(
                            Thread.ofVirtual().name("peer").factory());
                    prober.scheduleWithFixedDelay(() -> peer.probe(instanceId), 0, nanos, TimeUnit.NANOSECONDS);
                    return prober;
                })
                .toList();
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
        probers.forEach(ExecutorService::shutdownNow);
    }
}
