package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.routing.PeerOptions;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users and passwords that a revision asks for. */
@OnEveryLane
class BasicAuthTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void ann_may_come_in() throws Exception {
        file = directory.resolve("htpasswd");
        allow("ann", "right", 4);
    }

    private void allow(String user, String password, int cost) throws IOException {
        var hash = OpenBSDBCrypt.generate("2y", password.toCharArray(), new byte[16], cost);
        Files.writeString(file, user + ":" + hash + "\n");
    }

    private static String get(String credentials) {
        return request("GET / HTTP/1.1\r\n", credentials) + "\r\n";
    }

    private static String request(String line, String credentials) {
        return line + "Host: a\r\nAuthorization: Basic "
                + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)) + "\r\n";
    }

    private static Message ask(TestProxy proxy, String request) throws Exception {
        try (var client = proxy.connect()) {
            return client.send(request).read();
        }
    }

    private TestProxy guarded(TestBackend backend) {
        return TestProxy.start().to(backend, new TestSettings().basicAuth(file));
    }

    @Test
    void only_who_has_the_right_password_comes_in() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("in"));
                var proxy = guarded(backend);
                var client = proxy.connect()) {
            var without = client.get("/").read();
            assertThat(without.status()).isEqualTo(401);
            assertThat(without.header("WWW-Authenticate")).contains("Basic realm=\"shop\", charset=\"UTF-8\"");
            assertThat(without.body()).isEqualTo("a user and the right password are needed\n");
            assertThat(client.send(get("ann:wrong")).read().status()).isEqualTo(401);
            assertThat(client.send(get("bob:right")).read().status()).isEqualTo(401);
            assertThat(backend.accepted()).isZero();
            assertThat(proxy.stats.snapshot().refusals()).containsEntry(Refusal.UNAUTHORIZED, 3L);

            assertThat(client.send(get("ann:right")).read().body()).isEqualTo("in");
            assertThat(client.send(get("ann:right")).read().body()).isEqualTo("in");
            assertThat(client.send(get("ann:wrong")).read().status()).isEqualTo(401);
        }
    }

    @Test
    void the_password_is_not_for_the_application() throws Exception {
        try (var backend = TestBackend.responding(
                        request -> ok(request.header("Authorization").orElse("none")));
                var proxy = guarded(backend)) {
            assertThat(ask(proxy, get("ann:right")).body()).isEqualTo("none");
            proxy.to(backend);
            assertThat(ask(proxy, get("ann:right")).body()).startsWith("Basic ");
        }
    }

    @Test
    void a_body_waits_for_the_check_of_the_password() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.body()));
                var proxy = guarded(backend);
                var client = proxy.connect()) {
            client.send(request("POST / HTTP/1.1\r\n", "ann:right") + "Content-Length: 6\r\n\r\nabc");
            assertThat(client.send("def").read().body()).isEqualTo("abcdef");
            client.send(request("POST / HTTP/1.1\r\n", "ann:wrong") + "Content-Length: 6\r\n\r\nabc");
            assertThat(client.send("def").read().status()).isEqualTo(401);
            assertThat(client.send(get("ann:right")).read().status()).isEqualTo(200);
        }
    }

    @Test
    void a_body_that_is_not_buffered_waits_too() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.body()));
                var proxy = TestProxy.start()
                        .to(backend, new TestSettings().basicAuth(file).requestBuffering(false))) {
            var request = request("POST / HTTP/1.1\r\n", "ann:right") + "Transfer-Encoding: chunked\r\n\r\n";
            assertThat(ask(proxy, request + "3\r\nabc\r\n0\r\n\r\n").body()).isEqualTo("abc");
        }
    }

    @Test
    void http_2_asks_for_the_password_as_well() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(""));
                var proxy = guarded(backend);
                var client = Http2Wire.connect(proxy)) {
            client.addRequest(1, "GET", "/", Http2Wire.END_STREAM | Http2Wire.END_HEADERS)
                    .flush();
            assertThat(client.readHeaders()).containsEntry(":status", "401").containsKey("www-authenticate");
        }
    }

    @Test
    void a_file_that_changes_is_read_again() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(""));
                var proxy = guarded(backend)) {
            assertThat(ask(proxy, get("ann:right")).status()).isEqualTo(200);

            allow("robert", "new", 4);
            proxy.pass(Duration.ofSeconds(3));
            assertThat(ask(proxy, get("ann:right")).status()).isEqualTo(401);
            assertThat(ask(proxy, get("robert:new")).status()).isEqualTo(200);

            Files.writeString(file, "nonsense");
            proxy.pass(Duration.ofSeconds(3));
            assertThat(ask(proxy, get("robert:new")).status()).isEqualTo(200);
        }
    }

    @Test
    void nobody_comes_in_while_the_file_has_never_been_readable() throws Exception {
        Files.delete(file);
        try (var backend = TestBackend.responding(request -> ok(""));
                var proxy = guarded(backend)) {
            var response = ask(proxy, get("ann:right"));
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.body()).isEqualTo("the password can't be checked now, try again\n");

            allow("ann", "right", 4);
            assertThat(ask(proxy, get("ann:right")).status()).isEqualTo(200);
        }
    }

    @Test
    void a_peer_gets_the_password_to_check_it_itself() throws Exception {
        try (var backend = TestBackend.responding(
                        request -> ok(request.header("Authorization").orElse("none")));
                var peer = TestProxy.start().to(backend);
                var proxy = TestProxy.start(
                        options -> options.peers(new PeerOptions(
                                "a", List.of(new ListenAddress.Tcp("127.0.0.1", peer.port())), Duration.ofMillis(50))),
                        new AppBackends())) {
            var gone = TestBackend.notListening();
            proxy.active.switchTo(new Backend(
                    gone.id(),
                    gone.host(),
                    gone.port(),
                    gone.protocol(),
                    new TestSettings().basicAuth(file).build()));

            await().untilAsserted(() ->
                    assertThat(ask(proxy, get("ann:right")).body()).startsWith("Basic "));
            assertThat(ask(proxy, get("ann:wrong")).status()).isEqualTo(401);
        }
    }
}
