package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether a connection is kept, said by lists of options on either side, and that what is said is what is done. */
@OnEveryLane
class KeepAliveTest {
    private static final String LENGTHLESS =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1|Connection: close",
                "1.1|Connection: Close",
                "1.1|Connection: TE, close",
                "1.1|Connection: close,TE",
                "1.1|Connection: TE,\tCLOSE\t,",
                "1.1|Connection: TE|Connection: X-A, close",
                "1.1|Connection: keep-alive, close",
                "1.0",
                "1.0|Connection: TE",
                "1.0|Connection: keep-alive, close",
                "1.0|Connection: close|Connection: keep-alive",
            })
    void closes_and_says_so_when_the_client_asks_for_it(String request) throws Exception {
        try (var backend = TestBackend.responding(received -> ok("x"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/" + request.replace("|", "\r\n") + "\r\nHost: a\r\n\r\n");
            var response = client.read();
            if (request.startsWith("1.1")) {
                assertThat(response.headers("Connection")).containsExactly("close");
            } else {
                assertThat(response.headers("Connection")).doesNotContain("keep-alive");
            }
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1",
                "1.1|Connection: TE, X-Closed",
                "1.1|Connection: c, clos, closed",
                "1.0|Connection: keep-alive",
                "1.0|Connection: TE, Keep-Alive",
                "1.0|Connection: TE|Connection: keep-alive",
            })
    void keeps_the_connection_otherwise(String request) throws Exception {
        try (var backend = TestBackend.responding(received -> ok("x"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            for (var i = 0; i < 2; i++) {
                client.send("GET / HTTP/" + request.replace("|", "\r\n") + "\r\nHost: a\r\n\r\n");
                var response = client.read();
                assertThat(response.body()).isEqualTo("x");
                assertThat(response.header("Connection").orElse("kept"))
                        .isEqualTo(request.startsWith("1.0") ? "keep-alive" : "kept");
            }
        }
    }

    @Test
    void says_that_it_closes_after_a_response_without_a_length_to_an_http10_client() throws Exception {
        try (var backend = TestBackend.responding(received -> LENGTHLESS);
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            var response = client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    .read();
            assertThat(response.body()).isEqualTo("abc");
            assertThat(response.headers("Connection")).containsExactly("close");
        }
    }

    @Test
    void removes_what_is_named_in_a_list_that_also_closes() throws Exception {
        var received = new AtomicReference<Message>();
        try (var backend = TestBackend.responding(request -> {
                    received.set(request);
                    return "HTTP/1.1 103 Early Hints\r\nConnection: X-Hop, close\r\nX-Hop: 1\r\nLink: a\r\n\r\n"
                            + ok("x");
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nTE: gzip\r\nTE: trailers\r\nX-A: 1\r\nX-B: 2\r\nX-C: 3\r\n"
                    + "Connection: X-A, close, TE\r\nConnection: X-B\r\n\r\n");
            var interim = client.readHead();
            assertThat(interim.headers("X-Hop")).isEmpty();
            assertThat(interim.headers("Link")).containsExactly("a");
            assertThat(client.read().body()).isEqualTo("x");
            assertThat(received.get().headers("X-A")).isEmpty();
            assertThat(received.get().headers("X-B")).isEmpty();
            assertThat(received.get().headers("X-C")).containsExactly("3");
            assertThat(received.get().headers("Connection")).containsExactly("te");
            assertThat(received.get().headers("TE")).containsExactly("trailers");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1|Connection: X-Hop, close",
                "1.1|Connection: X-Hop,\tclose",
                "1.1|Connection: X-Hop|Connection: close",
                "1.0|Connection: X-Hop",
                "1.0|Connection: close, keep-alive",
            })
    void uses_no_connection_again_that_the_backend_closes(String head) throws Exception {
        assertThat(connectionsForTwoRequests(head)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1|Connection: X-Hop, c", "1.0|Connection: X-Hop, keep-alive"})
    void uses_a_connection_again_that_the_backend_keeps(String head) throws Exception {
        assertThat(connectionsForTwoRequests(head)).isOne();
    }

    private static int connectionsForTwoRequests(String head) throws Exception {
        var response =
                "HTTP/" + head.replaceFirst("\\|", " 200 OK|").replace("|", "\r\n") + "\r\nContent-Length: 0\r\n\r\n";
        try (var backend = TestBackend.responding(request -> response);
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            for (var i = 0; i < 2; i++) {
                assertThat(client.get("/").read().status()).isEqualTo(200);
            }
            await().until(() -> proxy.active.leases(backend.backend()) == 0);
            return backend.accepted();
        }
    }
}
