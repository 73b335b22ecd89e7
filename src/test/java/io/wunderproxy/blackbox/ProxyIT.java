package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a client of the proxy sees. */
class ProxyIT {
    @RegisterExtension
    static final Host HOST = Host.withDirectoryStore();

    private static Agent agent;
    private static Revision.Published blue;

    @BeforeAll
    static void a_revision_serves() {
        agent = HOST.startAgent();
        blue = HOST.revision("blue").publish();
        agent.deploy(blue);
    }

    @Test
    void forwards_responses_of_any_size_and_status() {
        assertThat(agent.get("/bytes/0").bytes()).isEmpty();
        assertThat(agent.get("/bytes/1048576").bytes()).isEqualTo(Load.alphabets(1 << 20));
        assertThat(agent.get("/bytes/20000000").bytes()).isEqualTo(Load.alphabets(20_000_000));
        assertThat(agent.get("/status/503").status()).isEqualTo(503);
        assertThat(agent.get("/status/204").status()).isEqualTo(204);
        assertThat(agent.get("/nothing").status()).isEqualTo(404);
    }

    @Test
    void forwards_bodies_with_a_length_and_in_chunks() {
        var body = Load.alphabets(3_000_000);
        var expected = body.length + " " + Load.fnv1a(body) + "\n";

        var whole = agent.request(
                "/echo", request -> request.POST(java.net.http.HttpRequest.BodyPublishers.ofByteArray(body)));
        var chunked = agent.request(
                "/echo",
                request -> request.POST(java.net.http.HttpRequest.BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(body))));

        assertThat(whole.body()).isEqualTo(expected);
        assertThat(chunked.body()).isEqualTo(expected);
    }

    @Test
    void serves_pipelined_requests_in_their_order() throws Exception {
        try (var wire = new Wire(agent.proxyPort())) {
            wire.send("GET /wait/0.2 HTTP/1.1\r\nHost: a\r\n\r\n"
                    + "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
                    + "GET /bytes/5 HTTP/1.1\r\nHost: a\r\n\r\n");

            assertThat(new String(wire.readBody(wire.readHead()))).isEqualTo(blue.revision());
            assertThat(new String(wire.readBody(wire.readHead()))).startsWith("2 ");
            assertThat(new String(wire.readBody(wire.readHead()))).isEqualTo("abcde");
        }
    }

    @Test
    void tells_the_application_who_asked() {
        var received = agent.request("/headers", request -> request.header("X-Mine", "kept")
                        .header("X_Real_IP", "6.6.6.6")
                        .header("True-Client-IP", "6.6.6.6"))
                .body();

        assertThat(received)
                .containsIgnoringCase("X-Mine: kept")
                .containsIgnoringCase("X-Forwarded-For: 127.0.0.1")
                .containsIgnoringCase("X-Forwarded-Proto: http")
                .containsIgnoringCase("X-Forwarded-Host: 127.0.0.1:" + agent.proxyPort())
                .containsIgnoringCase("X-Forwarded-Port: " + agent.proxyPort())
                .containsIgnoringCase("X-Real-IP: 127.0.0.1")
                .doesNotContain("6.6.6.6")
                .containsIgnoringCase("X-Request-Id: ")
                .containsIgnoringCase("X-Request-Start: ");
    }

    @Test
    void writes_a_line_for_each_request() {
        agent.get("/status/418");

        await().untilAsserted(() -> assertThat(agent.log().lines())
                .anySatisfy(line ->
                        assertThat(line).contains("GET").contains("/status/418").contains(" 418 ")));
    }

    @Test
    void passes_server_sent_events_on_as_they_come() throws Exception {
        try (var wire = new Wire(agent.proxyPort())) {
            wire.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n").readHead();

            assertThat(new String(wire.readChunk())).startsWith("id: 1\n");
            assertThat(new String(wire.readChunk())).startsWith("id: 2\n");
        }
    }

    @Test
    void connects_web_sockets() throws Exception {
        var echoed = new CompletableFuture<String>();

        var socket = agent.http()
                .newWebSocketBuilder()
                .buildAsync(agent.webSocket("/ws"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
                        echoed.complete(text.toString());
                        return null;
                    }
                })
                .get(10, java.util.concurrent.TimeUnit.SECONDS);
        socket.sendText("hello", true);

        assertThat(echoed).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("hello");
        socket.abort();
    }

    @Test
    void speaks_to_the_container_at_its_own_address() {
        var container = HOST.containers().getFirst();

        assertThat(agent.status().at("/Active/Address").asText()).startsWith(container.address());
    }
}
