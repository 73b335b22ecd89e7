package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import io.wunderproxy.proxy.backend.BackendConnection;
import io.wunderproxy.proxy.backend.BackendOptions;
import io.wunderproxy.proxy.backend.BackendPool;
import io.wunderproxy.proxy.backend.RequestFraming;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.transport.ProxyTransport;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a request ends is the same for client, proxy and backend, whatever its head says beside that. */
@OnEveryLane
class RequestFramingTest {
    private static final TestProxy BUFFERING = TestProxy.start();
    private static final TestProxy STREAMING = TestProxy.start(options -> options.requestBuffer(false));
    private static final String SETTINGS = "HTTP2-Settings: AAMAAABkAAQAAP__\r\n";

    /** Complete and incomplete wishes to continue in HTTP/2. */
    private static final List<String> UPGRADES = List.of(
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" + SETTINGS,
            "Connection: Upgrade, HTTP2-Settings, X-Named\r\nUpgrade: H2C\r\n" + SETTINGS,
            "Connection: Upgrade\r\nConnection: HTTP2-Settings\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n" + SETTINGS,
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: ???\r\n",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n",
            "Connection: Upgrade\r\nUpgrade: h2c\r\n",
            "Upgrade: h2c\r\n",
            SETTINGS);

    private static final List<String> BODIES = List.of(
            "\r\n",
            "Content-Length: 0\r\n\r\n",
            "Content-Length: 5\r\n\r\nhello",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");

    @AfterAll
    static void stop() {
        BUFFERING.close();
        STREAMING.close();
    }

    static List<Arguments> upgrades() {
        var all = new ArrayList<Arguments>();
        for (var upgrade : UPGRADES) {
            for (var body : BODIES) {
                all.add(Arguments.of(upgrade, body, false));
                all.add(Arguments.of(upgrade, body, true));
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("upgrades")
    void an_upgrade_to_http2_is_ignored(String upgrade, String body, boolean streaming) throws Exception {
        var received = new CopyOnWriteArrayList<Message>();
        try (var backend = TestBackend.responding(request -> {
                    received.add(request);
                    return ok(request.body());
                });
                var client = (streaming ? STREAMING : BUFFERING).to(backend).connect()) {
            // The first request of a connection, and a later one.
            for (var i = 0; i < 2; i++) {
                client.send(
                        "POST / HTTP/1.1\r\nHost: a\r\nX-Twice: 1\r\nX-Twice: 2\r\nX-Named: 3\r\n" + upgrade + body);
                var response = client.read();
                assertThat(response.startLine()).isEqualTo("HTTP/1.1 200 OK");
                assertThat(response.body()).isEqualTo(body.contains("hello") ? "hello" : "");
                var request = received.getLast();
                assertThat(request.headers("X-Twice")).containsExactly("1", "2");
                assertThat(request.headers("X-Named")).hasSize(upgrade.contains("X-Named") ? 0 : 1);
                assertThat(request.headers("Upgrade")).isEmpty();
                assertThat(request.headers("Connection")).isEmpty();
                assertThat(request.headers("HTTP2-Settings")).isEmpty();
            }
            assertThat(received).hasSize(2);
        }
    }

    /** The attack that the upgrade was good for: the head of somebody else's request taken for the body of this one. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void no_request_is_taken_for_the_body_of_the_one_before_it(boolean streaming) throws Exception {
        var seen = new CopyOnWriteArrayList<String>();
        try (var backend = TestBackend.running(connection -> {
                    for (var head = connection.readHead(); head != null; head = connection.readHead()) {
                        var response = ok(head.target());
                        if (head.header("Content-Length").isPresent()) {
                            // Answers before it reads the body, as many do that refuse a request.
                            connection.send(response);
                            seen.add(connection.readText(Integer.parseInt(
                                    head.header("Content-Length").get())));
                        } else {
                            connection.send(response);
                        }
                    }
                });
                var proxy = TestProxy.start(options -> options.eventLoops(1).requestBuffer(!streaming))
                        .to(backend);
                var attacker = proxy.connect()) {
            var body = "0123456789012345678901234567890123456789";
            attacker.send("POST /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + SETTINGS + "Content-Length: 40\r\n\r\n" + body);
            assertThat(attacker.read().body()).isEqualTo("/a");
            assertThat(proxy.get("/victim").body()).isEqualTo("/victim");
            await().untilAsserted(() -> assertThat(seen).containsExactly(body));
        }
    }

    /** Keys of a draft of WebSockets, where eight bytes without a name followed such a head. */
    @Test
    void only_length_and_chunks_announce_a_body() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.target() + request.body()));
                var client = BUFFERING.to(backend).connect()) {
            for (var upgrade : List.of("", "Connection: Upgrade\r\nUpgrade: WebSocket\r\n")) {
                client.send("GET /a HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\n" + upgrade
                        + "\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
                assertThat(client.read().body()).isEqualTo("/a");
                assertThat(client.read().body()).isEqualTo("/b");
            }
        }
    }

    static List<Arguments> mistakes() {
        return List.of(
                Arguments.of("no body", false, false, "Content-Length: 5", "", false),
                Arguments.of("no body", false, true, "Content-Length: 5", "", false),
                Arguments.of("no body", false, false, "Transfer-Encoding: chunked", "", false),
                Arguments.of("not announced", true, false, "X: y", "", false),
                Arguments.of("both", true, false, "Content-Length: 5\nTransfer-Encoding: chunked", "hello", true),
                Arguments.of("two", true, false, "Content-Length: 5\nContent-Length: 5", "hello", true),
                Arguments.of("a list", true, false, "Content-Length: 5, 5", "hello", true),
                Arguments.of("a sign", true, false, "Content-Length: +5", "hello", true),
                Arguments.of("no number", true, true, "Content-Length: ", "hello", true),
                Arguments.of("another coding", true, false, "Transfer-Encoding: gzip, chunked", "hello", true),
                Arguments.of("too long", true, false, "Content-Length: 4", "hello", false),
                Arguments.of("too long", true, true, "Content-Length: 4", "hello", false),
                Arguments.of("too short", true, false, "Content-Length: 6", "hello", true),
                Arguments.of("too short", true, true, "Content-Length: 6", "hello", true),
                Arguments.of("no end", true, false, "Content-Length: 1", "", true));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void no_connection_survives_a_request_that_is_not_framed_as_announced(
            String name, boolean hasBody, boolean http2, String headers, String body, boolean ends) {
        var channel = new EmbeddedChannel();
        var connection = backendConnection(channel, http2);

        assertThatThrownBy(() -> send(connection, hasBody, headers, body, ends))
                .as(name)
                .isInstanceOf(RequestFraming.Mistake.class);
        assertThat(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }

    static List<Arguments> rightOnes() {
        return List.of(
                Arguments.of(false, false, "X: y", ""),
                Arguments.of(false, false, "Content-Length: 0", ""),
                Arguments.of(false, true, "X: y", ""),
                Arguments.of(true, false, "Content-Length: 5", "hello"),
                Arguments.of(true, false, "Content-Length: 0", ""),
                Arguments.of(true, false, "Transfer-Encoding: chunked", "hello"),
                Arguments.of(true, true, "Content-Length: 5", "hello"),
                Arguments.of(true, true, "Transfer-Encoding: chunked", "hello"),
                Arguments.of(true, true, "X: y", "hello"));
    }

    @ParameterizedTest
    @MethodSource("rightOnes")
    void a_request_that_is_framed_as_announced_goes_out(boolean hasBody, boolean http2, String headers, String body) {
        var channel = new EmbeddedChannel();

        send(backendConnection(channel, http2), hasBody, headers, body, true);
        channel.runPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        assertThat(channel.outboundMessages()).isNotEmpty();
        channel.finishAndReleaseAll();
    }

    private static BackendConnection backendConnection(EmbeddedChannel channel, boolean http2) {
        var pool = new BackendPool(
                new Backend("none", "127.0.0.1", 1),
                BackendOptions.DEFAULT,
                BUFFERING.stats.forLoop(),
                new ProxyTransport(false),
                channel.eventLoop(),
                DefaultAddressResolverGroup.INSTANCE,
                System::nanoTime);
        return http2 ? BackendConnection.http2(pool, channel) : BackendConnection.http1(pool, channel, 0);
    }

    private static void send(BackendConnection to, boolean hasBody, String headerLines, String body, boolean ends) {
        var headers = HeadersMultiMap.httpHeaders();
        headers.add("host", "a");
        for (var line : headerLines.split("\n")) {
            headers.add(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2));
        }
        to.send(null, HttpMethod.POST, "/", headers, hasBody, false);
        if (!body.isEmpty()) {
            to.write(Unpooled.copiedBuffer(body, StandardCharsets.US_ASCII));
        }
        if (hasBody && ends) {
            to.end(EmptyHttpHeaders.INSTANCE);
        }
    }
}
