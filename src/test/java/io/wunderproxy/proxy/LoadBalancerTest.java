package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.options.OutOfBounds;
import io.wunderproxy.proxy.rules.FrontOptions;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.stats.AccessLogOptions;
import io.wunderproxy.proxy.stats.LogFormat;
import io.wunderproxy.proxy.tls.TlsOptions;
import io.wunderproxy.proxy.transport.ListenAddress;
import io.wunderproxy.testkit.SelfSigned;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How load balancers in front are served: the PROXY protocol, a header with the client's address, questions about health. */
@OnEveryLane
class LoadBalancerTest {
    private static final byte[] SIGNATURE = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
    private static final String REQUEST = "GET /a HTTP/1.1\r\nHost: test\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n";
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int TCP4 = 0x11;
    private static final int TCP6 = 0x21;

    @TempDir
    Path directory;

    private static UnaryOperator<TestOptions> trusting(String network) {
        return options -> options.proxyProtocol(true).trustedProxies(List.of(network));
    }

    private static TestBackend echo() throws Exception {
        return TestBackend.responding(
                request -> ok(request.startLine() + "\n" + String.join("\n", request.headerLines()) + "\n"));
    }

    /** A header of version 2, with an addition of this length. */
    private static byte[] version2(int command, int family, String from, String to, int addition) throws Exception {
        var addresses = new ByteArrayOutputStream();
        if (!from.isEmpty()) {
            addresses.write(InetAddress.getByName(from).getAddress());
            addresses.write(InetAddress.getByName(to).getAddress());
            addresses.write(new byte[] {0x12, 0x34, 0x00, 0x50});
        }
        if (addition > 0) {
            addresses.write(new byte[] {0x04, (byte) (addition >> 8), (byte) addition});
            addresses.write(new byte[addition]);
        }
        return ByteBuffer.allocate(16 + addresses.size())
                .put(SIGNATURE)
                .put((byte) command)
                .put((byte) family)
                .putShort((short) addresses.size())
                .put(addresses.toByteArray())
                .array();
    }

    private static byte[] version1(String line) {
        return (line + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static String seen(TestProxy proxy, byte[] header) throws Exception {
        try (var client = proxy.connect()) {
            client.send(header).send(REQUEST);
            return client.read().body();
        }
    }

    private static String whose(String address) {
        return "X-Forwarded-For: " + address + "\n";
    }

    @Test
    void the_client_that_the_header_names_is_the_client() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(trusting("127.0.0.1")).to(backend)) {
            assertThat(seen(proxy, version1("PROXY TCP4 192.0.2.7 198.51.100.1 4660 80")))
                    .contains(whose("192.0.2.7"), "X-Real-IP: 192.0.2.7\n")
                    .doesNotContain("6.6.6.6", "127.0.0.1");
            assertThat(seen(proxy, version1("PROXY TCP6 2001:db8::7 2001:db8::1 4660 80")))
                    .contains(whose("2001:db8:0:0:0:0:0:7"));
            assertThat(seen(proxy, version2(PROXY, TCP4, "192.0.2.8", "198.51.100.1", 0)))
                    .contains(whose("192.0.2.8"));
            assertThat(seen(proxy, version2(PROXY, TCP6, "2001:db8::8", "2001:db8::1", 100)))
                    .contains(whose("2001:db8:0:0:0:0:0:8"));
        }
    }

    @Test
    void a_load_balancer_may_speak_for_itself_or_of_clients_that_it_does_not_know() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(trusting("127.0.0.1")).to(backend)) {
            // It is trusted, and so is what it says of others.
            assertThat(seen(proxy, version1("PROXY UNKNOWN"))).contains(whose("6.6.6.6, 127.0.0.1"));
            assertThat(seen(proxy, version2(LOCAL, 0, "", "", 0))).contains(whose("6.6.6.6, 127.0.0.1"));
        }
    }

    @Test
    void the_header_may_come_in_pieces_and_requests_follow_as_ever() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(trusting("127.0.0.1")).to(backend);
                var client = proxy.connect()) {
            for (var piece : version2(PROXY, TCP4, "192.0.2.8", "198.51.100.1", 3)) {
                client.send(new byte[] {piece});
            }
            for (var i = 0; i < 3; i++) {
                client.send(REQUEST);
                assertThat(client.read().body()).contains(whose("192.0.2.8"));
            }
        }
    }

    @Test
    void the_access_log_has_the_client_that_the_header_names() throws Exception {
        var log = directory.resolve("access.log");
        try (var backend = echo();
                var proxy = TestProxy.start(options -> trusting("127.0.0.1")
                                .apply(options)
                                .accessLog(new AccessLogOptions(log, LogFormat.JSON, false)))
                        .to(backend)) {
            seen(proxy, version1("PROXY TCP4 192.0.2.7 198.51.100.1 4660 80"));
            await().untilAsserted(() -> assertThat(Files.readString(log)).contains("192.0.2.7"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                "PROXY TCP4 192.0.2.7 198.51.100.1 99999 80\r\n",
                "PROXY TCP4 nobody 198.51.100.1 4660 80\r\n",
                "PROXY TCP4 192.0.2.7 198.51.100.1 4660 80 and much more than can ever be in a line of this kind, since "
                        + "nobody has such a long address\r\n"
            })
    void a_trusted_proxy_without_a_valid_header_is_refused_and_named(String begin) throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(trusting("127.0.0.1")).to(backend);
                var client = proxy.connect()) {
            client.send(begin);
            var response = client.read();
            assertThat(response.status()).isEqualTo(400);
            assertThat(response.body()).contains("PROXY protocol");
            assertThat(client.isClosedByPeer()).isTrue();
            assertThat(proxy.stats.snapshot().refusals().get(Refusal.PROXY_PROTOCOL))
                    .isEqualTo(1);
            assertThat(proxy.stats.front().recent()).hasValueSatisfying(text -> assertThat(text)
                    .contains("127.0.0.1 is a trusted proxy", "send-proxy"));
        }
    }

    @Test
    void a_header_with_more_than_it_may_have_is_refused() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(trusting("127.0.0.1")).to(backend);
                var client = proxy.connect()) {
            client.send(version2(PROXY, TCP4, "192.0.2.8", "198.51.100.1", 30_000));
            assertThat(client.read().status()).isEqualTo(400);
        }
    }

    @Test
    void a_header_that_does_not_come_in_time_is_refused() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(
                                options -> trusting("127.0.0.1").apply(options).headTimeout(Duration.ofMillis(50)))
                        .to(backend);
                var client = proxy.connect()) {
            client.send("PROXY TCP4 192.0.2.7");
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void a_connection_on_which_nothing_comes_is_closed_and_nobodys_fault() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(
                                options -> trusting("127.0.0.1").apply(options).headTimeout(Duration.ofMillis(50)))
                        .to(backend);
                var client = proxy.connect()) {
            assertThat(client.isClosedByPeer()).isTrue();
            assertThat(proxy.stats.front().recent()).isEmpty();
            assertThat(proxy.stats.snapshot().refusals()).containsEntry(Refusal.PROXY_PROTOCOL, 0L);
        }
    }

    @Test
    void of_others_the_header_is_never_read() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(trusting("10.0.0.0/8")).to(backend);
                var plain = proxy.connect();
                var client = proxy.connect()) {
            plain.send(REQUEST);
            assertThat(plain.read().body()).contains(whose("127.0.0.1"));
            client.send(version1("PROXY TCP4 192.0.2.7 198.51.100.1 4660 80")).send(REQUEST);
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(proxy.stats.front().recent())
                    .hasValueSatisfying(text -> assertThat(text).contains("is no trusted proxy", "--trusted-proxies"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 20})
    void a_connection_that_ends_before_its_header_is_nobodys_fault(int length) throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(trusting("127.0.0.1")).to(backend)) {
            for (var header : List.of(
                    version1("PROXY TCP4 192.0.2.7 198.51.100.1 4660 80"),
                    version2(PROXY, TCP4, "192.0.2.8", "198.51.100.1", 0))) {
                try (var client = proxy.connect()) {
                    client.send(Arrays.copyOf(header, length));
                    client.socket.shutdownOutput();
                    assertThat(client.isClosedByPeer()).isTrue();
                }
            }
            // As the probes of load balancers do that only connect.
            assertThat(proxy.stats.front().recent()).isEmpty();
            assertThat(proxy.stats.snapshot().refusals()).containsEntry(Refusal.PROXY_PROTOCOL, 0L);
        }
    }

    @Test
    void a_front_that_speaks_the_protocol_unasked_is_named() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start().to(backend)) {
            for (var header : List.of(
                    version1("PROXY TCP4 192.0.2.7 198.51.100.1 4660 80"),
                    version2(PROXY, TCP4, "192.0.2.8", "198.51.100.1", 0))) {
                try (var client = proxy.connect()) {
                    client.send(header).send(REQUEST);
                    assertThat(client.read().status()).isEqualTo(400);
                }
                assertThat(proxy.stats.front().recent()).hasValueSatisfying(text -> assertThat(text)
                        .startsWith("127.0.0.1 speaks the PROXY protocol, which is off here")
                        .contains("--proxy-protocol"));
            }
        }
    }

    private TlsOptions tls() throws Exception {
        var files = new TlsOptions.PemFiles(directory.resolve("a.crt"), directory.resolve("a.key"));
        SelfSigned.write(files.certificate(), files.key(), "a.example");
        return new TlsOptions(
                new ListenAddress.Tcp("127.0.0.1", 0), List.of(files), false, Duration.ZERO, Duration.ofMinutes(1));
    }

    private static final class TrustsEverything implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    void the_header_comes_before_tls() throws Exception {
        var options = tls();
        try (var backend = echo();
                var proxy = TestProxy.start(
                                given -> trusting("127.0.0.1").apply(given).tls(options))
                        .to(backend);
                var socket = new Socket(InetAddress.getLoopbackAddress(), proxy.tlsPort())) {
            socket.getOutputStream().write(version2(PROXY, TCP4, "192.0.2.8", "198.51.100.1", 0));
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustsEverything()}, null);
            var secure = (SSLSocket) context.getSocketFactory().createSocket(socket, "a.example", 443, true);
            try (var client = new Wire(secure)) {
                client.send(REQUEST);
                assertThat(client.read().body()).contains(whose("192.0.2.8"), "X-Forwarded-Proto: https\n");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void a_front_that_speaks_the_protocol_unasked_before_tls_is_named(int version) throws Exception {
        var options = tls();
        try (var backend = echo();
                var proxy = TestProxy.start(given -> given.tls(options)).to(backend);
                var client = Wire.connect(proxy.tlsPort())) {
            client.send(
                    version == 1
                            ? version1("PROXY TCP4 192.0.2.7 198.51.100.1 4660 80")
                            : version2(PROXY, TCP4, "192.0.2.8", "198.51.100.1", 0));
            assertThat(client.isClosedByPeer()).isTrue();
            assertThat(proxy.stats.front().recent()).isPresent();
        }
    }

    // ---- the header with the client's address ----

    private static String named(TestProxy proxy, String lines) throws Exception {
        try (var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n");
            return client.read().body();
        }
    }

    @Test
    void a_trusted_proxy_may_name_the_client_in_a_header() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(options ->
                                options.clientIpHeader("CF-Connecting-IP").trustedProxies(List.of("127.0.0.1")))
                        .to(backend)) {
            assertThat(named(proxy, "CF-Connecting-IP: 192.0.2.7\r\n"))
                    .contains("X-Real-IP: 192.0.2.7\n", whose("192.0.2.7, 127.0.0.1"));
            assertThat(named(proxy, "CF-Connecting-IP: 2001:db8::7\r\nX-Forwarded-For: 192.0.2.9\r\n"))
                    .contains("X-Real-IP: 2001:db8::7\n", whose("192.0.2.9, 127.0.0.1"));
            assertThat(named(proxy, "CF-Connecting-IP: nobody\r\nX-Forwarded-For: 192.0.2.9\r\n"))
                    .contains("X-Real-IP: 192.0.2.9\n");
            assertThat(named(proxy, "CF-Connecting-IP: 192.0.2.7\r\nCF-Connecting-IP: 192.0.2.8\r\n"))
                    .contains("X-Real-IP: 127.0.0.1\n");
        }
    }

    @Test
    void what_a_trusted_proxy_does_not_say_clearly_is_kept_from_the_application() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(
                                options -> options.clientIpHeader("My-Address").trustedProxies(List.of("127.0.0.1")))
                        .to(backend)) {
            assertThat(named(proxy, "My-Address: 192.0.2.7\r\n")).containsIgnoringCase("My-Address: 192.0.2.7\n");
            assertThat(named(proxy, "My-Address: nobody\r\n")).doesNotContainIgnoringCase("My-Address");
            assertThat(named(proxy, "My-Address: 192.0.2.7\r\nmy-address: 192.0.2.8\r\n"))
                    .doesNotContainIgnoringCase("My-Address");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"CF-Connecting-IP", "My-Address", "X-Real-IP"})
    void nobody_else_may_name_the_client_in_a_header(String header) throws Exception {
        var log = directory.resolve("access.log");
        try (var backend = echo();
                var proxy = TestProxy.start(options -> options.clientIpHeader(header)
                                .underscoreHeaders(true)
                                .accessLog(new AccessLogOptions(log, LogFormat.JSON, false)))
                        .to(backend);
                var client = proxy.connect()) {
            // The second time the rules have seen the name before.
            for (var i = 0; i < 2; i++) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\n" + header + ": 192.0.2.7\r\n"
                        + header.toLowerCase(Locale.ROOT) + ": 192.0.2.7\r\n" + header.replace('-', '_')
                        + ": 192.0.2.7\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + header
                        + ": 192.0.2.7\r\n\r\n");
                assertThat(client.read().body())
                        .contains("X-Real-IP: 127.0.0.1\n", whose("127.0.0.1"))
                        .doesNotContain("192.0.2.7");
            }
            await().untilAsserted(() -> assertThat(Files.readAllLines(log)).hasSize(2));
            assertThat(Files.readString(log)).contains("127.0.0.1").doesNotContain("192.0.2.7");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host", "content-length", "Connection", "X-Forwarded-For", "Forwarded", "a b", ""})
    void a_header_that_means_something_else_can_not_name_the_client(String header) {
        assertThatThrownBy(() -> new FrontOptions(false, Optional.of(header), Optional.empty()))
                .isInstanceOf(OutOfBounds.class);
    }

    // ---- health ----

    @Test
    void health_is_asked_for_behind_the_header_unless_the_address_is_not_trusted() throws Exception {
        var question = "GET /up-here HTTP/1.1\r\nHost: lb\r\n\r\n";
        try (var backend = echo();
                var proxy = TestProxy.start(
                                options -> trusting("127.0.0.1").apply(options).healthPath("/up-here"))
                        .to(backend)) {
            for (var header : List.of(
                    version1("PROXY UNKNOWN"),
                    version2(LOCAL, 0, "", "", 0),
                    version2(LOCAL, TCP4, "192.0.2.8", "198.51.100.1", 0),
                    version2(PROXY, TCP4, "192.0.2.8", "198.51.100.1", 0))) {
                try (var client = proxy.connect()) {
                    client.send(header).send(question);
                    assertThat(client.read().body()).isEqualTo("ok\n");
                }
            }
            try (var other = Wire.connect(proxy.port(), "127.0.0.9")) {
                assertThat(other.send(question).read().body()).isEqualTo("ok\n");
            }
            assertThat(proxy.stats.front().recent()).isEmpty();
            try (var client = proxy.connect()) {
                assertThat(client.send(question).read().status()).isEqualTo(400);
            }
            assertThat(proxy.stats.front().recent()).isPresent();
        }
    }

    @Test
    void the_health_path_says_whether_the_proxy_can_serve() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(options -> options.healthPath("/up-here"))) {
            assertThat(proxy.get("/up-here").status()).isEqualTo(503);
            assertThat(proxy.get("/up-here").body()).isEqualTo("nothing to serve\n");
            proxy.to(backend);
            var healthy = proxy.get("/up-here?from=lb");
            assertThat(healthy.status()).isEqualTo(200);
            assertThat(healthy.body()).isEqualTo("ok\n");
            assertThat(proxy.get("/up-here/deeper").body()).contains("GET /up-here/deeper");
            assertThat(proxy.get("/").status()).isEqualTo(200);
            proxy.gate.maintenance("later");
            assertThat(proxy.get("/up-here").status()).isEqualTo(503);
            assertThat(proxy.stats.snapshot().byMethod()).containsEntry("GET", 2L);
        }
    }

    @Test
    void a_kept_connection_may_ask_for_health_again_and_again() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.start(options -> options.healthPath("/up-here"))
                        .to(backend);
                var client = proxy.connect()) {
            for (var i = 0; i < 3; i++) {
                client.get("/up-here");
                assertThat(client.read().body()).isEqualTo("ok\n");
                client.get("/other");
                assertThat(client.read().status()).isEqualTo(200);
                proxy.pass(Duration.ofSeconds(20));
            }
        }
    }

    @Test
    void without_a_health_path_the_application_gets_the_request() throws Exception {
        try (var backend = echo();
                var proxy = TestProxy.before(backend)) {
            assertThat(proxy.get("/up-here").body()).contains("GET /up-here");
        }
    }
}
