package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.Http2Wire.DATA;
import static io.wunderproxy.proxy.Http2Wire.END_HEADERS;
import static io.wunderproxy.proxy.Http2Wire.END_STREAM;
import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes behind a body, and what comes before the final response, between both versions of HTTP. */
@OnEveryLane
class TrailersTest {
    private static final String REQUEST =
            "POST / HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3\r\nabc\r\n0\r\nX-Sum: 42\r\nX-Forwarded-For: 6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n"
                    + "X_Forwarded_For: 6.6.6.6\r\nAuthorization: forged\r\nCookie: a=forged\r\nContent-Type: a/b\r\n"
                    + "If-Match: *\r\nHost: b\r\n\r\n";

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void forwards_the_trailers_of_a_request(boolean buffered) throws Exception {
        var received = new AtomicReference<Message>();
        try (var backend = TestBackend.responding(request -> {
                    received.set(request);
                    return ok(request.body());
                });
                var proxy = TestProxy.start(options -> options.requestBuffer(buffered))
                        .to(backend);
                var client = proxy.connect()) {
            for (var i = 0; i < 2; i++) {
                assertThat(client.send(REQUEST).read().body()).isEqualTo("abc");
                assertThat(received.get().trailerLines()).containsExactly("X-Sum: 42");
                assertThat(received.get().headers("Content-Length")).isEmpty();
                assertThat(received.get().headers("Trailer")).containsExactly("X-Sum");
            }
            assertThat(client.post("/", "plain").read().body()).isEqualTo("plain");
            assertThat(received.get().trailerLines()).isEmpty();
        }
    }

    @Test
    void keeps_the_trailers_of_pipelined_requests_apart() throws Exception {
        try (var backend = TestBackend.responding(
                        request -> ok(request.trailerLines().toString()));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send(REQUEST + REQUEST.replace("42", "43") + REQUEST.replace("X-Sum: 42\r\n", ""));
            assertThat(client.read().body()).isEqualTo("[X-Sum: 42]");
            assertThat(client.read().body()).isEqualTo("[X-Sum: 43]");
            assertThat(client.read().body()).isEqualTo("[]");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void forwards_the_trailers_of_an_http2_request_to_an_http1_backend(boolean buffered) throws Exception {
        var received = new CompletableFuture<Message>();
        try (var backend = TestBackend.responding(request -> {
                    received.complete(request);
                    return ok("x");
                });
                var proxy = TestProxy.start(options -> options.requestBuffer(buffered))
                        .to(backend);
                var client = Http2Wire.connect(proxy)) {
            client.addRequest(1, "POST", "/", END_HEADERS)
                    .add(DATA, 0, 1, 'a', 'b', 'c')
                    .addHeaders(1, END_HEADERS | END_STREAM, "x-sum", "42", "x-real-ip", "6.6.6.6", "range", "a=0-1")
                    .flush();
            var message = received.get(20, TimeUnit.SECONDS);
            assertThat(message.body()).isEqualTo("abc");
            assertThat(message.trailerLines()).containsExactly("x-sum: 42");
        }
    }

    @Test
    void forwards_the_trailers_of_a_response_to_an_http2_client() throws Exception {
        try (var backend = TestBackend.responding(request ->
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 42\r\n\r\n");
                var proxy = TestProxy.before(backend);
                var client = Http2Wire.connect(proxy)) {
            client.addRequest(1, "GET", "/", END_HEADERS | END_STREAM).flush();
            assertThat(client.read(Http2Wire.HEADERS).flags() & END_STREAM).isZero();
            assertThat(client.read(DATA).payload()).asString().isEqualTo("abc");
            assertThat(client.read(Http2Wire.HEADERS).flags() & END_STREAM).isOne();
        }
    }

    @Test
    void forwards_trailers_both_ways_between_an_http1_client_and_an_http2_backend() throws Exception {
        var sums = new CompletableFuture<String>();
        try (var backend = Http2Echo.start(sums::complete);
                var proxy = TestProxy.start();
                var client = proxy.connect()) {
            proxy.active.switchTo(backend.backend());
            var response = client.send(REQUEST).read();
            assertThat(response.body()).isEqualTo("abc");
            assertThat(response.trailerLines()).containsExactly("x-answer-sum: 7");
            assertThat(sums.get(20, TimeUnit.SECONDS)).isEqualTo("42");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "DELETE", "POST"})
    void forwards_the_body_of_an_http2_request_without_a_length_whatever_its_method(String method) throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.method() + " " + request.body()));
                var proxy = TestProxy.before(backend);
                var client = Http2Wire.connect(proxy)) {
            client.addRequest(1, method, "/", END_HEADERS)
                    .add(DATA, END_STREAM, 1, 'a', 'b', 'c')
                    .flush();
            assertThat(client.read(DATA).payload()).asString().isEqualTo(method + " abc");
        }
    }

    @Test
    void invents_no_body_for_an_http2_request_that_ends_with_empty_data() throws Exception {
        try (var backend = TestBackend.responding(
                        request -> ok(request.headers("Content-Length") + "" + request.headers("Transfer-Encoding")));
                var proxy = TestProxy.before(backend);
                var client = Http2Wire.connect(proxy)) {
            client.addRequest(1, "GET", "/", END_HEADERS).flush();
            client.add(DATA, END_STREAM, 1).flush();
            assertThat(client.read(DATA).payload()).asString().isEqualTo("[][]");
        }
    }

    @Test
    void forwards_any_interim_response() throws Exception {
        var interim = "HTTP/1.1 102 Processing\r\nX-Step: 1\r\nConnection: X-Hop\r\n\r\n"
                + "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
        try (var backend = TestBackend.responding(request -> interim + ok("done"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect();
                var http2 = Http2Wire.connect(proxy)) {
            client.get("/");
            var first = client.readHead();
            assertThat(first.status()).isEqualTo(102);
            assertThat(first.header("X-Step")).contains("1");
            assertThat(first.header("Connection")).isEmpty();
            assertThat(client.readHead().status()).isEqualTo(103);
            assertThat(client.read().body()).isEqualTo("done");
            http2.addRequest(1, "GET", "/", END_HEADERS | END_STREAM).flush();
            for (var i = 0; i < 3; i++) {
                assertThat(http2.read(Http2Wire.HEADERS).flags() & END_STREAM).isZero();
            }
            assertThat(http2.read(DATA).payload()).asString().isEqualTo("done");
            client.send("GET / HTTP/1.0\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(200);
        }
    }
}
