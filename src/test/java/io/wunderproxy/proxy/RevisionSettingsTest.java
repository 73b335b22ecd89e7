package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.rules.Coding;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.testkit.Patience;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a revision says of the proxying of its requests holds for those that it gets, and for no others. */
@OnEveryLane
class RevisionSettingsTest {
    private static final String TEXT = "the same again and again, ".repeat(1000);

    private static String text() {
        return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + TEXT.length() + "\r\n\r\n" + TEXT;
    }

    private static String encodingFrom(TestProxy proxy) throws Exception {
        try (var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
            return client.read().header("Content-Encoding").orElse("none");
        }
    }

    private static int statusOfPost(TestProxy proxy, int size) throws Exception {
        try (var client = proxy.connect()) {
            return client.post("/", "x".repeat(size)).read().status();
        }
    }

    @Test
    void they_hold_from_the_switch_on_and_go_back_with_the_next() throws Exception {
        try (var old = TestBackend.responding(request -> text());
                var next = TestBackend.responding(request -> text());
                var proxy = TestProxy.before(old)) {
            assertThat(encodingFrom(proxy)).isEqualTo("none");
            assertThat(statusOfPost(proxy, 100)).isEqualTo(200);

            proxy.to(next, new TestSettings().compression(Coding.GZIP).maxBody(99));
            assertThat(encodingFrom(proxy)).isEqualTo("gzip");
            assertThat(statusOfPost(proxy, 100)).isEqualTo(413);

            proxy.to(old);
            assertThat(encodingFrom(proxy)).isEqualTo("none");
            assertThat(statusOfPost(proxy, 100)).isEqualTo(200);
        }
    }

    @Test
    void what_they_leave_out_is_as_the_options_say_and_what_they_say_replaces_these() throws Exception {
        try (var backend = TestBackend.responding(request -> text());
                var proxy = TestProxy.start(
                        options -> options.compression(List.of(Coding.GZIP)).maxRequestBody(10))) {
            proxy.to(backend, new TestSettings().maxBody(1000));
            assertThat(encodingFrom(proxy)).isEqualTo("gzip");
            assertThat(statusOfPost(proxy, 1000)).isEqualTo(200);
            assertThat(statusOfPost(proxy, 1001)).isEqualTo(413);

            proxy.to(backend, new TestSettings().compression());
            assertThat(encodingFrom(proxy)).isEqualTo("none");
            assertThat(statusOfPost(proxy, 11)).isEqualTo(413);
        }
    }

    @Test
    void a_connection_that_is_kept_gets_what_holds_for_each_of_its_requests() throws Exception {
        try (var old = TestBackend.responding(request -> ok("old"));
                var next = TestBackend.responding(request -> ok("next"));
                var proxy = TestProxy.before(old);
                var client = proxy.connect()) {
            assertThat(client.post("/", "12345").read().body()).isEqualTo("old");
            proxy.to(next, new TestSettings().maxBody(4));
            assertThat(client.get("/").read().body()).isEqualTo("next");
            assertThat(client.post("/", "12345").read().status()).isEqualTo(413);
        }
    }

    @Test
    void a_request_keeps_the_time_of_the_revision_that_has_it() throws Exception {
        var received = new CountDownLatch(1);
        try (var old = TestBackend.running(connection -> {
                    connection.read();
                    received.countDown();
                    connection.isClosedByPeer();
                });
                var next = TestBackend.responding(request -> ok("next"));
                var proxy = TestProxy.start();
                var client = proxy.connect()) {
            proxy.to(old, new TestSettings().responseTimeout(Duration.ofHours(2)));
            client.get("/");
            assertThat(received.await(Patience.LONG.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            proxy.to(next, new TestSettings().responseTimeout(Duration.ofMinutes(1)));

            proxy.pass(Duration.ofMinutes(90));
            assertThat(proxy.get("/").body()).isEqualTo("next");
            assertThat(old.open()).isEqualTo(1);
            await().until(() -> {
                proxy.pass(Duration.ofMinutes(31));
                return old.open() == 0;
            });
            assertThat(client.read().status()).isEqualTo(504);
        }
    }

    @Test
    void a_client_may_pause_in_its_body_for_as_long_as_the_revision_says() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("all"));
                var proxy = TestProxy.start();
                var client = proxy.connect()) {
            proxy.to(backend, new TestSettings().bodyTimeout(Duration.ofMinutes(10)));
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1");
            proxy.responds().get(Patience.LONG.toSeconds(), TimeUnit.SECONDS);
            proxy.pass(Duration.ofMinutes(9));
            assertThat(client.send("2").read().body()).isEqualTo("all");

            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1");
            await().until(() -> {
                proxy.pass(Duration.ofMinutes(11));
                return client.socket.getInputStream().available() > 0;
            });
            assertThat(client.read().status()).isEqualTo(408);
        }
    }

    @Test
    void a_body_goes_through_as_it_comes_where_the_revision_wants_it() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    connection.send(ok("early"));
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.start();
                var client = proxy.connect()) {
            proxy.to(backend, new TestSettings().requestBuffering(false));
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n1");
            assertThat(client.read().body()).isEqualTo("early");
        }
    }

    private static String response(String headers) {
        return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: 2\r\n\r\nok";
    }

    @Test
    void headers_of_the_response_are_set_in_place_of_the_applications_and_removed() throws Exception {
        try (var backend = TestBackend.responding(request -> response(
                        "Server: app\r\nX-Frame-Options: SAMEORIGIN\r\nx-frame-options: ALLOW\r\nX-Kept: 1\r\n"));
                var proxy = TestProxy.start()) {
            proxy.to(
                    backend,
                    new TestSettings().responseHeader("X-Frame-Options", "DENY").withoutResponseHeaders("SERVER"));
            var response = proxy.get("/");
            assertThat(response.headers("X-Frame-Options")).containsExactly("DENY");
            assertThat(response.header("Server")).isEmpty();
            assertThat(response.header("X-Kept")).contains("1");
            assertThat(response.body()).isEqualTo("ok");

            try (var client = Http2Wire.connect(proxy)) {
                client.addRequest(1, "GET", "/", Http2Wire.END_STREAM | Http2Wire.END_HEADERS)
                        .flush();
                assertThat(client.readHeaders())
                        .containsEntry("x-frame-options", "DENY")
                        .doesNotContainKey("server");
            }

            proxy.to(backend);
            assertThat(proxy.get("/").header("Server")).contains("app");
        }
    }

    @Test
    void the_proxys_own_responses_have_no_header_of_the_revision() throws Exception {
        try (var backend = TestBackend.running(connection -> connection.read());
                var proxy = TestProxy.start()) {
            proxy.to(backend, new TestSettings().responseHeader("X-Frame-Options", "DENY"));
            var response = proxy.get("/");
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.header("X-Frame-Options")).isEmpty();
        }
    }

    private static Message ask(TestProxy proxy, String request) throws Exception {
        try (var client = proxy.connect()) {
            client.send(request.replace("|", "\r\n") + "\r\n\r\n");
            return request.startsWith("HEAD") ? client.readHead() : client.read();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET /a?b=c HTTP/1.1|Host: shop.example,                            301, http://www.shop.example/a?b=c",
        "GET / HTTP/1.1|Host: shop.example:8080,                            301, http://www.shop.example:8080/",
        "HEAD /a HTTP/1.1|Host: [::1]:81,                                   301, http://www.shop.example:81/a",
        "POST /a HTTP/1.1|Host: shop.example|Content-Length: 0,             308, http://www.shop.example/a",
        "GET http://shop.example/a HTTP/1.1|Host: www.shop.example,         301, http://www.shop.example/a",
        "GET /a HTTP/1.1|Host: shop.example|X-Forwarded-Proto: https,       301, https://www.shop.example/a",
        "GET /a HTTP/1.1|Host: origin|X-Forwarded-Host: shop.example,       301, http://www.shop.example/a",
        "GET /a HTTP/1.1|Host: origin|X-Forwarded-Host: www.shop.example,   200, ''",
        "GET /a HTTP/1.1|Host: WWW.shop.example:8080,                       200, ''",
        "GET /.well-known/acme-challenge/x HTTP/1.1|Host: shop.example,     200, ''",
        "GET /up HTTP/1.1|Host: shop.example,                               200, ''",
        "GET /a HTTP/1.0,                                                   200, ''"
    })
    void other_hosts_are_redirected_to_the_canonical_one(String request, int status, String url) throws Exception {
        try (var backend = TestBackend.responding(asked -> ok(""));
                var proxy = TestProxy.start(
                        options -> options.trustedProxies(List.of("127.0.0.1")).healthPath("/up"))) {
            proxy.to(backend, new TestSettings().canonicalHost("www.shop.example"));

            var response = ask(proxy, request);

            assertThat(response.status()).isEqualTo(status);
            assertThat(response.header("Location").orElse("")).isEqualTo(url);
        }
    }

    @Test
    void a_redirect_of_the_revision_costs_no_connection() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("here"));
                var proxy = TestProxy.start();
                var client = proxy.connect()) {
            proxy.to(backend, new TestSettings().canonicalHost("b"));
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
            assertThat(client.read().status()).isEqualTo(308);
            client.send("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("here");
            assertThat(backend.accepted()).isEqualTo(1);
        }
    }

    @Test
    void who_is_in_no_allowed_network_gets_403_and_is_counted() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(""));
                var proxy = TestProxy.start()) {
            proxy.to(backend, new TestSettings().allowedNetworks("10.0.0.0/8", "::1"));
            var response = proxy.get("/");
            assertThat(response.status()).isEqualTo(403);
            assertThat(response.body()).isEqualTo("this address is not allowed in\n");
            assertThat(proxy.stats.snapshot().refusals()).containsEntry(Refusal.NOT_ALLOWED, 1L);
            assertThat(backend.accepted()).isZero();

            proxy.to(backend, new TestSettings().allowedNetworks("10.0.0.0/8", "127.0.0.1"));
            assertThat(proxy.get("/").status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "X-Forwarded-For: 10.1.2.3,            200",
        "X-Forwarded-For: 11.1.2.3,            403",
        "'X-Forwarded-For: 10.1.2.3, 9.9.9.9', 403",
        "X-Forwarded-For: nonsense,            403",
        "X-Real-IP: 10.1.2.3,                  200",
        "X-None: 1,                            403"
    })
    void the_client_is_the_one_that_trusted_proxies_name(String header, int status) throws Exception {
        try (var backend = TestBackend.responding(request -> ok(""));
                var trusting = TestProxy.start(options -> options.trustedProxies(List.of("127.0.0.1")));
                var naming = TestProxy.start(
                        options -> options.trustedProxies(List.of("127.0.0.1")).clientIpHeader("X-Named"));
                var doubting = TestProxy.start()) {
            var settings = new TestSettings().allowedNetworks("10.0.0.0/8");
            trusting.to(backend, settings);
            naming.to(backend, settings);
            doubting.to(backend, settings);

            var request = "GET / HTTP/1.1|Host: a|" + header;
            assertThat(ask(trusting, request).status()).isEqualTo(status);
            assertThat(ask(naming, request + "|X-Named: 10.9.9.9").status()).isEqualTo(200);
            assertThat(ask(doubting, request).status()).isEqualTo(403);
        }
    }

    @Test
    void a_request_that_waited_during_a_switch_is_let_in_by_the_revision_that_it_goes_to() throws Exception {
        try (var old = TestBackend.responding(request -> ok("old"));
                var next = TestBackend.responding(request -> ok("next"));
                var proxy = TestProxy.before(old);
                var client = proxy.connect()) {
            proxy.gate.pause(Duration.ofMinutes(5), 10);
            client.get("/");
            await().until(() -> proxy.gate.waiting() == 1);
            proxy.to(next, new TestSettings().allowedNetworks("10.0.0.0/8"));
            proxy.gate.resume();

            assertThat(client.read().status()).isEqualTo(403);
        }
    }

    @Test
    void an_unused_connection_is_kept_for_as_long_as_the_revision_says() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(""));
                var proxy = TestProxy.start()) {
            proxy.to(backend, new TestSettings().backendIdleTimeout(Duration.ofMinutes(5)));
            assertThat(proxy.get("/").status()).isEqualTo(200);
            proxy.pass(Duration.ofMinutes(4));
            assertThat(backend.open()).isEqualTo(1);
            proxy.pass(Duration.ofMinutes(2));
            await().until(() -> backend.open() == 0);
        }
    }
}
