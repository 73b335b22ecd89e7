package io.wunderproxy.proxy.routing;

import io.wunderproxy.proxy.transport.ListenAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The other instances that a request may be sent to when this instance can't serve it. They are probed side by side; one
 * that can't be reached, or has no backend itself, is left out until that has changed.
 *
 * <p>Some are given for good, and name this instance as well. Others are learned while it runs: such a one is left out as long
 * as its response does not show that it knows this instance, since it would not honour the mark, and a request could be passed on forever
 * between instances that do not know each other.
 */
public final class PeerFallback implements AutoCloseable {
    /**
     * Marks a request that another instance sent on, with that one's id: it is never sent on again. In the response to a probe
     * it has the id of the one that responds, and shows that it knows who asks.
     */
    public static final String HEADER = "X-Wunderproxy-Fallback";

    private static final int CONNECT_MILLIS = 1000;
    private static final int RESPONSE_MILLIS = 1000;
    private static final int LONGEST_HEAD = 4096;
    private static final int STATUS_CHARACTERS = "HTTP/1.1 200".length();
    private static final Set<String> UNABLE = Set.of("HTTP/1.1 502", "HTTP/1.1 503", "HTTP/1.1 504");
    private static final Pattern NAMED =
            Pattern.compile("^" + HEADER + ":[ \t]*(\\S+)[ \t]*$", Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);

    /**
     * How long the mark is honoured of a learned peer that has shown last that it knows this instance. It may be too busy to respond
     * a probe, or no longer be a peer and not know that yet.
     */
    private static final Duration FAREWELL = Duration.ofMinutes(1);

    private final class Peer implements AutoCloseable {
        private final ListenAddress.Tcp at;
        private final Backend address;
        private final boolean learned;
        private final ScheduledExecutorService prober = Executors.newSingleThreadScheduledExecutor(
                Thread.ofVirtual().name("peer").factory());
        private volatile boolean alive;
        private volatile Set<String> ips = Set.of();

        /** Until when (of {@link System#nanoTime}) its mark is honoured. */
        private volatile long markedUntil = System.nanoTime();

        Peer(ListenAddress.Tcp at, boolean learned) {
            this.at = at;
            this.address = new Backend("peer " + at, at.host(), at.port());
            this.learned = learned;
            prober.scheduleWithFixedDelay(this::probe, 0, probeInterval.toNanos(), TimeUnit.NANOSECONDS);
        }

        /** Asks the peer, marked so that its proxy responds itself; one that doesn't know this instance asks its backend. */
        private void probe() {
            try (var socket = new Socket()) {
                ips = Arrays.stream(InetAddress.getAllByName(at.host()))
                        .map(InetAddress::getHostAddress)
                        .collect(Collectors.toSet());
                socket.connect(new InetSocketAddress(at.host(), at.port()), CONNECT_MILLIS);
                socket.setSoTimeout(RESPONSE_MILLIS);
                var question = "OPTIONS * HTTP/1.1\r\nHost: " + at.host() + "\r\nConnection: close\r\n" + HEADER + ": "
                        + instanceId + "\r\n\r\n";
                socket.getOutputStream().write(question.getBytes(StandardCharsets.US_ASCII));
                var head = head(socket.getInputStream());
                var acknowledged = isAcknowledgement(head);
                if (acknowledged) {
                    markedUntil = System.nanoTime() + FAREWELL.toNanos();
                }
                alive = isAble(head) && (acknowledged || !learned);
            } catch (IOException unreachable) {
                alive = false;
            }
        }

        private boolean isAble(String head) {
            return head.length() >= STATUS_CHARACTERS
                    && head.startsWith("HTTP/1.1 ")
                    && !UNABLE.contains(head.substring(0, STATUS_CHARACTERS));
        }

        /** Whether another instance says so that knows this one, whether or not that one can serve. */
        private boolean isAcknowledgement(String head) {
            var name = NAMED.matcher(head);
            return name.find() && !name.group(1).equals(instanceId);
        }

        /** The operator's word is enough; what others have written into a table is not. */
        boolean isMarkHonoured() {
            return !learned || markedUntil - System.nanoTime() > 0;
        }

        @Override
        public void close() {
            prober.shutdownNow();
            alive = false;
        }
    }

    /** The head of the response, or at least its beginning. */
    private static String head(InputStream in) throws IOException {
        var head = new StringBuilder();
        var bytes = new byte[LONGEST_HEAD];
        while (head.length() < LONGEST_HEAD && head.indexOf("\r\n\r\n") < 0) {
            var length = in.read(bytes);
            if (length < 0) {
                break;
            }
            head.append(new String(bytes, 0, length, StandardCharsets.US_ASCII));
        }
        return head.toString();
    }

    /** Addresses of a former peer, and until when (of {@link System#nanoTime}) its mark is honoured. */
    private record Former(Set<String> ips, long untilNanos) {
        boolean isRemembered() {
            return untilNanos - System.nanoTime() > 0;
        }
    }

    private final String instanceId;
    private final Duration probeInterval;
    private final AtomicInteger turn = new AtomicInteger();

    /** Replaced whole, under the lock of this object. */
    private volatile List<Peer> peers;

    private volatile List<Former> formers = List.of();
    private boolean closed;
    private volatile Runnable onStranger = () -> {};

    /** Starts to probe, unless there is nobody to be probed. */
    public PeerFallback(PeerOptions options) {
        instanceId = options.instanceId();
        probeInterval = options.probeInterval();
        peers = options.peers().stream().map(at -> new Peer(at, false)).toList();
    }

    /** The id of this instance, which marks what it sends on. */
    public String instanceId() {
        return instanceId;
    }

    /** Replaces the peers that were learned by these; those that stay keep their state. */
    public synchronized void learn(Collection<ListenAddress.Tcp> addresses) {
        if (closed) {
            return;
        }
        var next = new ArrayList<Peer>();
        for (var peer : peers) {
            if (!peer.learned || addresses.contains(peer.at)) {
                next.add(peer);
            } else {
                peer.close();
                rememberFormer(peer);
            }
        }
        addresses.stream()
                .distinct()
                .filter(at -> next.stream().noneMatch(peer -> peer.at.equals(at)))
                .map(at -> new Peer(at, true))
                .forEach(next::add);
        peers = List.copyOf(next);
    }

    private void rememberFormer(Peer peer) {
        formers = Stream.concat(
                        formers.stream().filter(Former::isRemembered),
                        Stream.of(new Former(peer.ips, peer.markedUntil)).filter(Former::isRemembered))
                .toList();
    }

    /** The peers that were learned, and whether each may get requests now. */
    public Map<ListenAddress.Tcp, Boolean> learned() {
        var learned = new LinkedHashMap<ListenAddress.Tcp, Boolean>();
        peers.stream().filter(peer -> peer.learned).forEach(peer -> learned.put(peer.at, peer.alive));
        return learned;
    }

    /** Calls this when somebody probes this instance who is no peer of it, on an event loop. */
    public void onStranger(Runnable listener) {
        onStranger = listener;
    }

    /** Somebody who is no peer asks as if it were one. */
    public void askedByStranger() {
        onStranger.run();
    }

    /** Whether a peer has this IP address, as far as known; that gives it the right to a response to its probes, and no other. */
    public boolean isPeer(String ip) {
        for (var peer : peers) {
            if (peer.ips.contains(ip)) {
                return true;
            }
        }
        return isFormer(ip);
    }

    /**
     * Whether a request from this IP address is not sent on if it is marked. A learned peer must have shown that it knows this
     * instance: anybody could be named as a peer.
     */
    public boolean honoursMarkOf(String ip) {
        for (var peer : peers) {
            if (peer.isMarkHonoured() && peer.ips.contains(ip)) {
                return true;
            }
        }
        return isFormer(ip);
    }

    private boolean isFormer(String ip) {
        for (var former : formers) {
            if (former.isRemembered() && former.ips.contains(ip)) {
                return true;
            }
        }
        return false;
    }

    /** A peer that is alive, one after the other; null if there is none. */
    public Backend next() {
        var alive = peers.stream().filter(peer -> peer.alive).toList();
        return alive.isEmpty() ? null : alive.get(Math.floorMod(turn.getAndIncrement(), alive.size())).address;
    }

    /** Leaves a peer out that could not be reached. */
    public void isDead(Backend address) {
        peers.stream().filter(peer -> peer.address.equals(address)).forEach(peer -> peer.alive = false);
    }

    @Override
    public synchronized void close() {
        closed = true;
        peers.forEach(Peer::close);
    }
}
