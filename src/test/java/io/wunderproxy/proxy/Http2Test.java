package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.stats.ConnectionState;
import io.wunderproxy.testkit.Patience;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 from clients with prior knowledge, and to backends that speak it, as gRPC does. */
@OnEveryLane
class Http2Test {
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = vertx.createHttpClient(new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false)
            .setHttp2MaxPoolSize(1));

    @AfterEach
    void stop() {
        done(vertx.close());
    }

    private static <T> T done(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw new AssertionError(failed.getCause());
        } catch (Exception other) {
            throw new AssertionError(other);
        }
    }

    private static String body(Future<HttpClientResponse> response) {
        return done(response.compose(HttpClientResponse::body)).toString();
    }

    private HttpClientRequest request(TestProxy proxy, HttpMethod method, String path) {
        return done(client.request(method, proxy.port(), "127.0.0.1", path));
    }

    private Backend http2Backend(io.vertx.core.Handler<HttpServerRequest> handler) {
        HttpServer server =
                done(vertx.createHttpServer().requestHandler(handler).listen(0, "127.0.0.1"));
        return new Backend("h2-" + server.actualPort(), "127.0.0.1", server.actualPort(), Backend.Protocol.HTTP_2);
    }

    @Test
    void forwards_requests_to_an_http1_backend() throws Exception {
        var received = new AtomicReference<Message>();
        try (var backend = TestBackend.responding(request -> {
                    received.set(request);
                    return "HTTP/1.1 200 OK\r\nX-A: 1\r\nConnection: X-B\r\nX-B: 2\r\nContent-Length: 2\r\n\r\nok";
                });
                var proxy = TestProxy.before(backend)) {
            var get = request(proxy, HttpMethod.GET, "/a?b=c");
            get.headers().add("cookie", "a=1").add("cookie", "b=2");
            var response = done(get.send().compose(head -> head.body().map(body -> head)));
            assertThat(response.version()).isEqualTo(HttpVersion.HTTP_2);
            assertThat(done(response.body())).hasToString("ok");
            assertThat(response.getHeader("x-a")).isEqualTo("1");
            assertThat(response.getHeader("x-b")).isNull();
            assertThat(received.get().startLine()).isEqualTo("GET /a?b=c HTTP/1.1");
            assertThat(received.get().headers("Host")).containsExactly("127.0.0.1:" + proxy.port());
            assertThat(received.get().headers("Cookie")).containsExactly("a=1; b=2");
            assertThat(received.get().headers("Transfer-Encoding")).isEmpty();
        }
    }

    @Test
    void forwards_bodies_with_and_without_length() throws Exception {
        try (var backend =
                        TestBackend.responding(request -> ok(request.body() + request.headers("Transfer-Encoding")));
                var proxy = TestProxy.streamingTo(backend)) {
            var withLength = request(proxy, HttpMethod.POST, "/").send("hello");
            assertThat(body(withLength)).isEqualTo("hello[]");
            var chunked = request(proxy, HttpMethod.POST, "/").setChunked(true);
            chunked.write("hel");
            chunked.end("lo");
            assertThat(body(chunked.response())).isEqualTo("hello[chunked]");
        }
    }

    @Test
    void loses_no_part_of_a_body_that_is_faster_than_the_file_it_is_stored_in() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.bytes().length + ""));
                var proxy = TestProxy.before(backend)) {
            for (var length = 250_000; length < 550_000; length += 1000) {
                var response = request(proxy, HttpMethod.POST, "/").send(Buffer.buffer(new byte[length]));
                assertThat(body(response)).isEqualTo(length + "");
            }
        }
    }

    @Test
    void loses_no_body_that_is_stored_in_a_file_and_ends_with_an_empty_frame() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.bytes().length + ""));
                var proxy =
                        TestProxy.start(options -> options.requestMemory(1024)).to(backend);
                var client = Http2Wire.connect(proxy)) {
            for (var stream = 1; stream < 20; stream += 2) {
                client.addRequest(stream, "POST", "/", Http2Wire.END_HEADERS)
                        .add(Http2Wire.DATA, 0, stream, new int[3000])
                        .add(Http2Wire.DATA, Http2Wire.END_STREAM, stream)
                        .flush();
                assertThat(new String(client.read(Http2Wire.DATA).payload())).isEqualTo("3000");
            }
        }
    }

    @Test
    void carries_many_requests_on_one_connection() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.target()));
                var proxy = TestProxy.before(backend)) {
            var responses = new ArrayList<Future<Buffer>>();
            for (var i = 0; i < 300; i++) {
                responses.add(client.request(HttpMethod.GET, proxy.port(), "127.0.0.1", "/" + i)
                        .compose(HttpClientRequest::send)
                        .compose(HttpClientResponse::body));
            }
            for (var i = 0; i < responses.size(); i++) {
                assertThat(done(responses.get(i))).hasToString("/" + i);
            }
            await().untilAsserted(() ->
                    assertThat(proxy.stats.snapshot().connections()).containsEntry(ConnectionState.IDLE, 1L));
        }
    }

    @Test
    void tells_the_backend_when_the_client_resets_its_stream() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend)) {
            var request = request(proxy, HttpMethod.GET, "/");
            request.send();
            await().until(() -> backend.open() == 1);
            request.reset(8);
            await().until(() -> backend.open() == 0);
            await().until(() -> proxy.active.leases(backend.backend()) == 0);
        }
    }

    @Test
    void resets_the_stream_when_the_response_is_cut_off() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
                });
                var proxy = TestProxy.before(backend)) {
            assertThatThrownBy(() ->
                            done(request(proxy, HttpMethod.GET, "/").send().compose(HttpClientResponse::body)))
                    .isInstanceOf(AssertionError.class);
        }
    }

    @Test
    void shutdown_lets_open_streams_finish() throws Exception {
        var go = new java.util.concurrent.CountDownLatch(1);
        try (var backend = TestBackend.responding(request -> {
                    Patience.await(go);
                    return ok("finished");
                });
                var proxy = TestProxy.before(backend)) {
            var response = request(proxy, HttpMethod.GET, "/").send().compose(HttpClientResponse::body);
            await().until(() -> proxy.active.leases(backend.backend()) == 1);
            var shutdown = Thread.ofVirtual().start(() -> proxy.shutdown(Duration.ofMinutes(1)));
            await().untilAsserted(
                            () -> assertThatThrownBy(proxy::connect).isInstanceOf(java.net.ConnectException.class));
            go.countDown();
            assertThat(done(response)).hasToString("finished");
            shutdown.join();
        }
    }

    @Test
    void carries_a_grpc_call_end_to_end() {
        var received = new AtomicReference<HttpServerRequest>();
        var backend = http2Backend(request -> {
            received.set(request);
            request.response().putHeader("content-type", "application/grpc").setChunked(true);
            request.handler(
                    part -> request.response().write(Buffer.buffer("got ").appendBuffer(part)));
            request.endHandler(end -> {
                request.response().putTrailer("grpc-status", "0");
                request.response().end();
            });
        });
        try (var proxy = TestProxy.start()) {
            proxy.active.switchTo(backend);
            var call = request(proxy, HttpMethod.POST, "/shop.Cart/Add");
            call.putHeader("te", "trailers").putHeader("content-type", "application/grpc");
            call.setChunked(true);
            var parts = new StringBuffer();
            var ended = call.response()
                    .compose(head -> head.handler(parts::append).end().map(head));
            done(call.write("1"));
            await().untilAsserted(() -> assertThat(parts).hasToString("got 1"));
            done(call.write("2"));
            await().untilAsserted(() -> assertThat(parts).hasToString("got 1got 2"));
            done(call.end());
            var response = done(ended);
            assertThat(response.getTrailer("grpc-status")).isEqualTo("0");
            assertThat(received.get().version()).isEqualTo(HttpVersion.HTTP_2);
            assertThat(received.get().getHeader("te")).isEqualTo("trailers");
            assertThat(received.get().authority().toString()).isEqualTo("127.0.0.1:" + proxy.port());
            assertThat(proxy.active.leases(backend)).isZero();
        }
    }

    @Test
    void forwards_a_grpc_error_that_has_only_trailers() {
        var backend = http2Backend(
                request -> request.response().putHeader("grpc-status", "12").end());
        try (var proxy = TestProxy.start()) {
            proxy.active.switchTo(backend);
            var response = done(request(proxy, HttpMethod.POST, "/").send().compose(head -> head.end()
                    .map(head)));
            assertThat(response.getHeader("grpc-status")).isEqualTo("12");
        }
    }

    @Test
    void forwards_http1_requests_to_an_http2_backend() throws Exception {
        var backend = http2Backend(request -> request.body()
                .onSuccess(body -> request.response().end(request.method() + " " + request.uri() + " " + body)));
        try (var proxy = TestProxy.start()) {
            proxy.active.switchTo(backend);
            try (var one = proxy.connect()) {
                assertThat(one.get("/a").read().body()).isEqualTo("GET /a ");
                assertThat(one.post("/b", "xyz").read().body()).isEqualTo("POST /b xyz");
            }
        }
    }

    @Test
    void responds_at_once_when_an_http2_backend_goes_away_in_the_middle_of_a_call() throws Exception {
        var connections = new AtomicInteger();
        try (var dying = TestBackend.running(connection -> {
                    connections.incrementAndGet();
                    Http2Wire.accept(connection).read(Http2Wire.HEADERS);
                });
                var proxy = TestProxy.start();
                var one = proxy.connect()) {
            proxy.active.switchTo(
                    new Backend("dying", "127.0.0.1", dying.backend().port(), Backend.Protocol.HTTP_2));
            assertThat(one.post("/", "x").read().status()).isEqualTo(502);
            assertThat(one.post("/", "x").read().status()).isEqualTo(502);
            assertThat(connections).hasValue(2);
        }
    }

    @Test
    void sends_a_request_again_that_an_http2_backend_has_refused_unseen() throws Exception {
        var requests = new AtomicInteger();
        var backend = http2Backend(request -> {
            switch (requests.incrementAndGet()) {
                case 1 -> request.response().reset(Http2Wire.REFUSED_STREAM);
                case 3 -> request.connection().goAway(0, 0);
                default -> request.body().onSuccess(body -> request.response().end(body));
            }
        });
        try (var proxy = TestProxy.start(options -> options.requestBuffer(false));
                var one = proxy.connect()) {
            proxy.active.switchTo(backend);
            assertThat(one.post("/", "refused").read().body()).isEqualTo("refused");
            assertThat(one.post("/", "left out").read().body()).isEqualTo("left out");
            assertThat(requests).hasValue(4);
        }
    }

    @Test
    void responds_502_when_an_http2_backend_resets_the_stream() throws Exception {
        var backend = http2Backend(request -> request.response().reset(2));
        try (var proxy = TestProxy.start()) {
            proxy.active.switchTo(backend);
            try (var one = proxy.connect()) {
                assertThat(one.post("/", "x").read().status()).isEqualTo(502);
            }
        }
    }

    /** Whoever chose the connection for a request before it heard of the end gets a response (RFC 9113, section 6.8). */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_request_that_crosses_the_word_of_the_end_gets_a_response(boolean anotherTakesOver) throws Exception {
        try (var backend = TestBackend.responding(request -> ok("in time"));
                var proxy = TestProxy.before(backend);
                var client = Http2Wire.connect(proxy)) {
            client.read(Http2Wire.SETTINGS);
            var ending = Thread.ofVirtual().start(() -> {
                if (anotherTakesOver) {
                    proxy.leave(LONG);
                } else {
                    proxy.shutdown(LONG);
                }
            });
            assertThat(client.read(Http2Wire.GOAWAY).lastStream()).isEqualTo(Integer.MAX_VALUE);
            var ping = client.read(Http2Wire.PING);
            client.addRequest(1, "GET", "/", Http2Wire.END_HEADERS | Http2Wire.END_STREAM)
                    .flush();
            assertThat(client.readHeaders()).containsEntry(":status", "200");
            assertThat(client.read(Http2Wire.DATA).payload()).asString().isEqualTo("in time");

            client.addAcknowledgement(ping)
                    .addRequest(3, "GET", "/", Http2Wire.END_HEADERS | Http2Wire.END_STREAM)
                    .flush();
            assertThat(client.read(Http2Wire.DATA).payload()).asString().isEqualTo("in time");
            var last = client.read(Http2Wire.GOAWAY);
            assertThat(last.lastStream()).isEqualTo(3);
            assertThat(last.errorCode()).isZero();
            assertThat(client.read()).isNull();
            ending.join();
        }
    }

    /** Else such a client would keep a process that ends for as long as it may. */
    @Test
    void a_client_that_does_not_acknowledge_the_end_is_closed_after_some_seconds() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(""));
                var proxy = TestProxy.before(backend);
                var client = Http2Wire.connect(proxy)) {
            client.read(Http2Wire.SETTINGS);
            proxy.shutdown(LONG);
            assertThat(client.read(Http2Wire.GOAWAY).lastStream()).isEqualTo(Integer.MAX_VALUE);
            assertThat(client.read(Http2Wire.GOAWAY).lastStream()).isZero();
            assertThat(client.read()).isNull();
        }
    }

    /** Windows are for DATA alone (RFC 9113, section 5.2.1). */
    @Test
    void a_head_waits_for_no_window_even_behind_an_interim_response() throws Exception {
        var hinted = new Semaphore(0);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n");
                    hinted.acquire();
                    connection.send(TestBackend.ok("abc"));
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend);
                var client = Http2Wire.connect(proxy)) {
            // SETTINGS_INITIAL_WINDOW_SIZE: 0
            client.add(Http2Wire.SETTINGS, 0, 0, 0, 4, 0, 0, 0, 0)
                    .addRequest(1, "GET", "/", Http2Wire.END_HEADERS | Http2Wire.END_STREAM)
                    .flush();
            assertThat(client.readHeaders()).containsEntry(":status", "103");
            hinted.release();
            assertThat(client.readHeaders()).containsEntry(":status", "200");
            client.add(Http2Wire.WINDOW_UPDATE, 0, 1, 0, 0, 0, 3).flush();
            assertThat(client.read(Http2Wire.DATA).payload()).hasSize(3);
        }
    }
}
