package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.Http2Wire.CONTINUATION;
import static io.wunderproxy.proxy.Http2Wire.DATA;
import static io.wunderproxy.proxy.Http2Wire.END_HEADERS;
import static io.wunderproxy.proxy.Http2Wire.END_STREAM;
import static io.wunderproxy.proxy.Http2Wire.ENHANCE_YOUR_CALM;
import static io.wunderproxy.proxy.Http2Wire.GOAWAY;
import static io.wunderproxy.proxy.Http2Wire.HEADERS;
import static io.wunderproxy.proxy.Http2Wire.PING;
import static io.wunderproxy.proxy.Http2Wire.PRIORITY;
import static io.wunderproxy.proxy.Http2Wire.RST_STREAM;
import static io.wunderproxy.proxy.Http2Wire.SETTINGS;
import static io.wunderproxy.proxy.Http2Wire.WINDOW_UPDATE;
import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.rules.Refusal;
import java.io.IOException;
import java.util.function.ObjIntConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that send far more of something than any needs (the attacks of CVE-2019-9511 to 9518, 2023-44487 and alike). */
@OnEveryLane
class Http2FloodTest {
    private static final int FRAMES = 20_000;

    private static TestBackend backend;
    private static TestProxy proxy;

    @BeforeAll
    static void start() throws Exception {
        backend = TestBackend.responding(request -> ok("x"));
        proxy = TestProxy.before(backend);
    }

    @AfterAll
    static void stop() throws Exception {
        proxy.close();
        backend.close();
    }

    private static void assertCutOff(ObjIntConsumer<Http2Wire> flood) throws Exception {
        var before = proxy.stats.snapshot().refusals().get(Refusal.HTTP2_FLOOD);
        try (var client = Http2Wire.connect(proxy)) {
            var sender = Thread.ofVirtual().start(() -> {
                try {
                    for (var i = 0; i < FRAMES; i++) {
                        flood.accept(client, i);
                        if (i % 100 == 0) {
                            client.flush();
                        }
                    }
                    client.flush();
                } catch (IOException cut) {
                    // As it should be.
                }
            });
            try {
                var goodbye = client.read(GOAWAY);
                assertThat(goodbye).isNotNull();
                assertThat(goodbye.errorCode()).isEqualTo(ENHANCE_YOUR_CALM);
                assertThat(client.read(GOAWAY)).isNull();
            } catch (IOException reset) {
                // Closed with unread frames: the goodbye may be lost.
            }
            sender.join();
        }
        await().until(() -> proxy.stats.snapshot().refusals().get(Refusal.HTTP2_FLOOD) == before + 1);
        await().until(() -> proxy.stats.snapshot().inFlight() == 0);
        assertThat(proxy.active.leases(backend.backend())).isZero();
        assertThat(proxy.get("/").status()).isEqualTo(200);
    }

    @Test
    void rapid_reset() throws Exception {
        assertCutOff((client, i) -> client.addRequest(2 * i + 1, "GET", "/", END_HEADERS | END_STREAM)
                .add(RST_STREAM, 0, 2 * i + 1, 0, 0, 0, 8));
    }

    @Test
    void settings() throws Exception {
        assertCutOff((client, i) -> client.add(SETTINGS, 0, 0));
    }

    @Test
    void pings() throws Exception {
        assertCutOff((client, i) -> client.add(PING, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8));
    }

    @Test
    void priorities() throws Exception {
        assertCutOff((client, i) -> client.add(PRIORITY, 0, 2 * i + 1, 0, 0, 0, 0, 1));
    }

    @Test
    void tiny_window_updates() throws Exception {
        assertCutOff((client, i) -> client.add(WINDOW_UPDATE, 0, 0, 0, 0, 0, 1));
    }

    @Test
    void empty_data() throws Exception {
        assertCutOff((client, i) -> {
            if (i == 0) {
                client.addRequest(1, "POST", "/", END_HEADERS);
            }
            client.add(DATA, 0, 1);
        });
    }

    @Test
    void continuations() throws Exception {
        assertCutOff((client, i) -> {
            if (i == 0) {
                client.add(HEADERS, END_STREAM, 1);
            }
            client.add(CONTINUATION, 0, 1);
        });
    }

    @Test
    void headers_without_an_end() throws Exception {
        try (var client = Http2Wire.connect(proxy)) {
            client.add(HEADERS, END_STREAM, 1, 0, 1, 'a', 1, 'b');
            try {
                for (var i = 0; i < 1000; i++) {
                    // A literal of 120 bytes, a hundred times a frame.
                    var block = new int[100 * 126];
                    for (var at = 0; at < block.length; at += 126) {
                        block[at + 1] = 3;
                        block[at + 2] = 'x';
                        block[at + 3] = 'y';
                        block[at + 4] = 'z';
                        block[at + 5] = 120;
                        java.util.Arrays.fill(block, at + 6, at + 126, 'v');
                    }
                    client.add(CONTINUATION, 0, 1, block).flush();
                }
                assertThat(client.read(GOAWAY)).isNotNull();
            } catch (IOException cut) {
                // As it should be.
            }
        }
        assertThat(proxy.get("/").status()).isEqualTo(200);
    }

    @Test
    void an_ordinary_client_may_ping_and_reset_now_and_then() throws Exception {
        try (var client = Http2Wire.connect(proxy)) {
            for (var i = 0; i < 100; i++) {
                client.add(PING, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)
                        .addRequest(2 * i + 1, "GET", "/", END_HEADERS | END_STREAM)
                        .add(RST_STREAM, 0, 2 * i + 1, 0, 0, 0, 8)
                        .flush();
            }
            client.addRequest(1001, "GET", "/", END_HEADERS | END_STREAM).flush();
            var response = client.read(HEADERS);
            while (response.stream() != 1001) {
                response = client.read(HEADERS);
            }
        }
    }
}
