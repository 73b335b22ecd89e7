package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.management.ManagementFactory;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A connection that has ended, however it has, is held by nothing: neither by a timer that is due later nor by a list. Clients
 * that come and go fast would fill the memory otherwise.
 */
@OnEveryLane
class EndedConnectionsTest {
    private static final int CONNECTIONS = 50;

    /** What is one for each connection, or for each request on it. */
    private static final Pattern HELD = Pattern.compile(
            " (\\d+) +\\d+ +io\\.wunderproxy\\.proxy\\.(?:\\w+\\.)*(?:ClientConnection|Exchange|Tunnel)\\n");

    private interface Visit {
        void by(Wire client) throws Exception;
    }

    static Stream<Named<Visit>> visits() {
        return Stream.of(
                visit("the client closes a kept one", client -> client.get("/").read()),
                visit("closed by the proxy", client -> {
                    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                            .read();
                    client.isClosedByPeer();
                }),
                visit("HTTP/1.0", client -> {
                    client.send("GET / HTTP/1.0\r\n\r\n").read();
                    client.isClosedByPeer();
                }),
                visit("refused", client -> {
                    client.send("GET / HTTP/1.1\r\n\r\n").read();
                    client.isClosedByPeer();
                }),
                visit("left in the middle of a head", client -> client.send("GET / HTTP/1.1\r\nHo")),
                visit("reset in the middle of a body", client -> {
                    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
                    client.abort();
                }),
                visit("left before the response", client -> client.get("/large")),
                visit("reset in the middle of the response", client -> {
                    client.get("/large").readText(10);
                    client.abort();
                }),
                visit("the response comes before the end of the request", client -> client.send(
                                "POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\na")
                        .read()),
                visit("upgraded", client -> {
                    client.send("GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
                            .readHead();
                }),
                visit("upgraded, ended on the client's side alone", client -> {
                    client.send("GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
                            .readHead();
                    client.socket.shutdownOutput();
                    client.isClosedByPeer();
                }));
    }

    private static Named<Visit> visit(String name, Visit visit) {
        return Named.of(name, visit);
    }

    @ParameterizedTest
    @MethodSource("visits")
    void a_connection_that_has_ended_is_held_by_nothing(Visit visit) throws Exception {
        var large = ok("x".repeat(2_000_000));
        try (var backend = TestBackend.running(connection -> {
                    for (var request = connection.readHead(); ; request = connection.readHead()) {
                        if (request.target().equals("/up")) {
                            connection.send(
                                    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
                            connection.isClosedByPeer();
                            return;
                        }
                        connection.send(request.target().equals("/large") ? large : ok("x"));
                    }
                });
                var proxy = TestProxy.streamingTo(backend)) {
            proxy.get("/");
            var before = held();
            for (var i = 0; i < CONNECTIONS; i++) {
                try (var client = proxy.connect()) {
                    visit.by(client);
                }
            }
            await().untilAsserted(() -> assertThat(held()).isLessThan(before + CONNECTIONS / 5));
        }
    }

    /** How many objects of connections are in use, of all proxies of this process. */
    private static long held() throws JMException {
        var classes = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        return HELD.matcher(classes)
                .results()
                .map(MatchResult::group)
                .mapToLong(line -> Long.parseLong(line.strip().split(" +")[0]))
                .sum();
    }
}
