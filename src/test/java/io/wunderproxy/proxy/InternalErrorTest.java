package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.routing.Lease;
import io.wunderproxy.proxy.routing.PeerFallback;
import io.wunderproxy.proxy.routing.PeerOptions;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A mistake in the proxy costs the request that it happens to, and nothing else. */
@OnEveryLane
class InternalErrorTest {
    private static final class Broken extends AppBackends {
        private final AtomicBoolean broken = new AtomicBoolean(true);

        @Override
        public Lease acquire() {
            if (broken.get()) {
                throw new IllegalStateException("broken on purpose");
            }
            return super.acquire();
        }

        @Override
        public Optional<Backend> current() {
            if (broken.get()) {
                throw new IllegalStateException("broken on purpose");
            }
            return super.current();
        }
    }

    @Test
    void an_exchange_that_fails_is_cut_off_and_gives_back_what_it_holds() throws Exception {
        var active = new Broken();
        try (var backend = TestBackend.responding(request -> ok(request.body()));
                var proxy = TestProxy.start(options -> options.maxRequests(1), active)
                        .to(backend)) {
            try (var client = proxy.connect()) {
                assertThat(client.get("/").isClosedByPeer()).isTrue();
                assertThat(proxy.stats.snapshot().refusals()).containsEntry(Refusal.INTERNAL_ERROR, 1L);
            }
            try (var client = proxy.connect()) {
                assertThat(client.post("/", "read first").isClosedByPeer()).isTrue();
            }
            try (var client = Http2Wire.connect(proxy)) {
                client.addRequest(1, "GET", "/", Http2Wire.END_HEADERS | Http2Wire.END_STREAM)
                        .flush();
                assertThat(client.read(Http2Wire.RST_STREAM).errorCode()).isEqualTo(Http2Wire.INTERNAL_ERROR);
            }
            active.broken.set(false);
            assertThat(proxy.get("/").status()).isEqualTo(200);
            await().until(() -> proxy.stats.snapshot().inFlight() == 0);
        }
    }

    @Test
    void a_mistake_before_there_is_an_exchange_closes_the_connection() throws Exception {
        var active = new Broken();
        var peer = new PeerOptions("here", List.of(new ListenAddress.Tcp("127.0.0.1", 1)), Duration.ofMillis(20));
        var probe = "OPTIONS * HTTP/1.1\r\nHost: a\r\n" + PeerFallback.HEADER + ": there\r\n\r\n";
        try (var proxy = TestProxy.start(options -> options.peers(peer), active)) {
            // Who asks is known as a peer when its name has been resolved.
            await().until(() -> {
                var before = proxy.stats.snapshot().sinceStart().requests();
                try (var client = proxy.connect()) {
                    return client.send(probe).isClosedByPeer()
                            && proxy.stats.snapshot().sinceStart().requests() == before;
                }
            });
            active.broken.set(false);
            try (var client = proxy.connect()) {
                assertThat(client.send(probe).read().status()).isEqualTo(503);
            }
        }
    }
}
