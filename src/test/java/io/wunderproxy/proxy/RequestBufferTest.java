package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.stats.ConnectionState;
import io.wunderproxy.testkit.NothingLeaks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A slow client holds no worker of the application: its request is read whole first. */
@OnEveryLane
class RequestBufferTest {
    @TempDir
    Path temporary;

    private TestProxy proxy(TestBackend backend) {
        return TestProxy.start(options -> options.temporary(temporary)).to(backend);
    }

    /** The file is deleted as soon as it is open, so that not even a crash leaves it behind. */
    private boolean hasNoFiles() throws IOException {
        try (var names = Files.list(temporary)) {
            return names.findAny().isEmpty() && !hasOpenFileIn(temporary);
        }
    }

    /** Whether this process has opened a file that is or was in a directory. */
    static boolean hasOpenFileIn(Path directory) throws IOException {
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            return open.anyMatch(descriptor -> targetOf(descriptor).startsWith(directory + "/"));
        }
    }

    private static String targetOf(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }

    @Test
    void the_backend_hears_of_a_request_when_its_body_is_complete() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.body()));
                var proxy = proxy(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234");
            await().until(() -> proxy.stats.snapshot().connections().get(ConnectionState.ACTIVE) == 1);
            assertThat(backend.accepted()).isZero();
            assertThat(proxy.active.leases(backend.backend())).isZero();
            client.send("56789");
            assertThat(client.read().body()).isEqualTo("0123456789");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64 * 1024, 64 * 1024 + 1, 5_000_000})
    void forwards_bodies_of_any_size_unchanged_and_leaves_no_file(int size) throws Exception {
        var body = new StringBuilder();
        for (var i = 0; body.length() < size; i++) {
            body.append(i).append(' ');
        }
        body.setLength(size);
        try (var backend = TestBackend.responding(
                        request -> ok(request.header("Content-Length").orElse("") + " " + request.body()));
                var proxy = proxy(backend);
                var client = proxy.connect()) {
            for (var i = 0; i < 3; i++) {
                assertThat(client.post("/", body.toString()).read().body()).isEqualTo(size + " " + body);
            }
            await().until(this::hasNoFiles);
        }
    }

    @Test
    void requests_share_the_memory_for_bodies() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.bytes().length + ""));
                var proxy = TestProxy.start(
                                options -> options.temporary(temporary).bufferMemory(50_000))
                        .to(backend);
                var first = proxy.connect();
                var second = proxy.connect()) {
            first.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40001\r\n\r\n" + "x".repeat(40_000));
            await().until(() -> proxy.stats.snapshot().connections().get(ConnectionState.ACTIVE) == 1);
            second.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40001\r\n\r\n" + "x".repeat(40_000));
            await().until(() -> !hasNoFiles());
            assertThat(first.send("x").read().body()).isEqualTo("40001");
            assertThat(second.send("x").read().body()).isEqualTo("40001");
            await().until(this::hasNoFiles);
            first.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40001\r\n\r\n" + "x".repeat(40_000));
            await().until(() -> proxy.stats.snapshot().connections().get(ConnectionState.ACTIVE) == 1);
            assertThat(first.send("x").read().body()).isEqualTo("40001");
            assertThat(hasNoFiles()).isTrue();
        }
    }

    @Test
    void requests_share_the_space_for_temporary_files() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.bytes().length + ""));
                var proxy = TestProxy.start(
                                options -> options.temporary(temporary).temporarySpace(1_000_000))
                        .to(backend);
                var first = proxy.connect();
                var second = proxy.connect()) {
            first.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n" + "x".repeat(899_999));
            await().until(() -> !hasNoFiles());
            assertThat(second.post("/", "x".repeat(900_000)).read().status()).isEqualTo(507);
            assertThat(first.send("x").read().body()).isEqualTo("900000");
            assertThat(first.post("/", "x".repeat(900_000)).read().body()).isEqualTo("900000");
        }
    }

    @Test
    void tells_the_backend_the_length_of_a_chunked_body() throws Exception {
        try (var backend = TestBackend.responding(request ->
                        ok(request.body() + request.headers("Transfer-Encoding") + request.headers("Content-Length")));
                var proxy = proxy(backend);
                var client = proxy.connect()) {
            client.send(
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("abcde[][5]");
        }
    }

    @Test
    @NothingLeaks.Sampled
    void copes_with_a_body_in_millions_of_parts() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.bytes().length + ""));
                var proxy = proxy(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var i = 0; i < 1000; i++) {
                client.send("1\r\nx\r\n".repeat(1000));
            }
            assertThat(client.send("0\r\n\r\n").read().body()).isEqualTo("1000000");
            await().until(this::hasNoFiles);
        }
    }

    @Test
    void asks_for_the_body_of_a_client_that_waits_for_100_continue() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.body() + request.headers("Expect")));
                var proxy = proxy(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(100);
            assertThat(client.send("abc").read().body()).isEqualTo("abc[]");
        }
    }

    @Test
    void sends_no_100_to_a_client_of_http10() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.body()));
                var proxy = proxy(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closes_the_connection_of_a_client_that_got_its_response_before_it_was_asked_for_its_body(boolean byTheProxy)
            throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    connection.send(ok("no"));
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            if (byTheProxy) {
                proxy.gate.maintenance("closed");
            }
            client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
            var response = client.read();
            assertThat(response.status()).isEqualTo(byTheProxy ? 503 : 200);
            assertThat(response.header("Connection")).contains("close");
            client.get("/");
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void leaves_nothing_behind_when_the_client_goes_away() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = proxy(backend)) {
            try (var client = proxy.connect()) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + "x".repeat(1_000_000));
                await().until(() -> !hasNoFiles());
                client.abort();
            }
            await().until(this::hasNoFiles);
            assertThat(backend.accepted()).isZero();
        }
    }

    @Test
    void responds_507_when_the_body_cannot_be_stored() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = proxy(backend);
                var client = proxy.connect()) {
            Files.delete(temporary);
            assertThat(client.post("/", "x".repeat(1_000_000)).read().status()).isEqualTo(507);
            Files.createDirectory(temporary);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/x-ndjson",
                "Application/JSONL; charset=utf-8",
                "application/connect+proto",
                "application/grpc-web+proto",
                "text/event-stream"
            })
    void the_backend_gets_the_parts_of_a_stream_as_they_come(String type) throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + connection.readText(1));
                    connection.send(connection.readText(1));
                });
                var proxy = proxy(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: " + type + "\r\nContent-Length: 2\r\n\r\na");
            client.readHead();
            assertThat(client.readText(1)).isEqualTo("a");
            assertThat(client.send("b").readText(1)).isEqualTo("b");
        }
    }

    @Test
    void puts_parts_together_that_are_there_at_the_same_time() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    connection.send(ok(Message.readLine(connection.in) + connection.readText(3)));
                });
                var proxy = proxy(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("3abc");
        }
    }

    /** Its end may depend on what is answered. */
    @ParameterizedTest
    @ValueSource(ints = {1, 70_000, 1_000_000})
    void a_body_of_unknown_length_that_does_not_end_goes_through(int size) throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    var chunks = chunkedText(connection, size);
                    connection.send(
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n" + chunks.charAt(0) + "\r\n");
                    connection.send("3\r\n" + chunkedText(connection, 3) + "\r\n0\r\n\r\n");
                    connection.readText(5);
                    connection.send(ok(connection.read().target()));
                });
                var proxy = proxy(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            client.send(Integer.toHexString(size) + "\r\n" + "x".repeat(size) + "\r\n");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readText(6)).isEqualTo("1\r\nx\r\n");
            client.send("3\r\nabc\r\n0\r\n\r\n");
            assertThat(client.readText(13)).isEqualTo("3\r\nabc\r\n0\r\n\r\n");
            await().until(this::hasNoFiles);
            assertThat(client.get("/next").read().body()).isEqualTo("/next");
        }
    }

    private static String chunkedText(Wire connection, int size) throws IOException {
        var text = new StringBuilder();
        while (text.length() < size) {
            text.append(connection.readText(Integer.parseInt(Message.readLine(connection.in), 16)));
            connection.readText(2);
        }
        return text.toString();
    }

    @Test
    void a_body_of_unknown_length_goes_through_over_http2() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n" + chunkedText(connection, 3));
                    connection.send(chunkedText(connection, 3));
                });
                var proxy = proxy(backend);
                var client = Http2Wire.connect(proxy)) {
            client.addRequest(1, "POST", "/", Http2Wire.END_HEADERS)
                    .add(Http2Wire.DATA, 0, 1, 'a', 'b', 'c')
                    .flush();
            assertThat(client.read(Http2Wire.DATA).payload()).isEqualTo(new byte[] {'a', 'b', 'c'});
            client.add(Http2Wire.DATA, Http2Wire.END_STREAM, 1, 'd', 'e', 'f').flush();
            assertThat(client.read(Http2Wire.DATA).payload()).isEqualTo(new byte[] {'d', 'e', 'f'});
        }
    }

    @Test
    void streams_when_it_is_switched_off() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
                    connection.send(ok(connection.readText(4)));
                });
                var proxy =
                        TestProxy.start(options -> options.requestBuffer(false)).to(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
            assertThat(client.readHead().status()).isEqualTo(100);
            assertThat(client.send("cd").read().body()).isEqualTo("abcd");
        }
    }
}
