package io.wunderproxy.proxy.routing;

import io.wunderproxy.options.Bounds;
import io.wunderproxy.options.OutOfBounds;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Where requests go, once, that this instance can't serve: no backend, connection refused or reset before a response began.
 *
 * @param instanceId the id of this instance, sent in {@code X-Wunderproxy-Fallback}
 * @param peers the proxy addresses of the other instances; empty: no fallback
 * @param probeInterval how often each is probed; 1 ms to a year
 */
public record PeerOptions(String instanceId, List<ListenAddress.Tcp> peers, Duration probeInterval) {
    /** No peers. */
    public static final PeerOptions NONE = new PeerOptions("", List.of(), Duration.ofSeconds(2));

    public PeerOptions {
        Objects.requireNonNull(instanceId, "instanceId");
        peers = List.copyOf(peers);
        for (var peer : peers) {
            if (peer.port() == 0) {
                throw new OutOfBounds("peers", "'" + peer + "' has no port that could be asked");
            }
        }
        Bounds.time("probeInterval", probeInterval, Duration.ofMillis(1));
    }
}
