package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.tls.TlsOptions;
import io.wunderproxy.proxy.transport.ListenAddress;
import io.wunderproxy.proxy.transport.ProxyStartException;
import io.wunderproxy.testkit.SelfSigned;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@OnEveryLane
class TlsTest {
    @TempDir
    Path directory;

    private TlsOptions.PemFiles certificate(String file, String... names) throws Exception {
        var files = new TlsOptions.PemFiles(directory.resolve(file + ".crt"), directory.resolve(file + ".key"));
        write(files, names);
        return files;
    }

    private void write(TlsOptions.PemFiles files, String... names) throws Exception {
        SelfSigned.write(files.certificate(), files.key(), names);
    }

    private static TlsOptions tls(List<TlsOptions.PemFiles> certificates) {
        return new TlsOptions(
                new ListenAddress.Tcp("127.0.0.1", 0), certificates, false, Duration.ofDays(1), Duration.ofMillis(20));
    }

    private static SSLSocket connect(TestProxy proxy, String name, String... protocols) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustsEverything()}, null);
        var socket = (SSLSocket) context.getSocketFactory()
                .createSocket(
                        new Socket(InetAddress.getLoopbackAddress(), proxy.tlsPort()), name, proxy.tlsPort(), true);
        var parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        if (protocols.length > 0) {
            parameters.setProtocols(protocols);
        }
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static String nameShown(TestProxy proxy, String asked) throws Exception {
        try (var socket = connect(proxy, asked)) {
            var certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return certificate.getSubjectX500Principal().getName();
        }
    }

    private TlsOptions redirecting() throws Exception {
        var files = certificate("a", "a.example");
        return new TlsOptions(
                new ListenAddress.Tcp("127.0.0.1", 0), List.of(files), true, Duration.ZERO, Duration.ofMinutes(1));
    }

    @Test
    void serves_tls_and_tells_the_backend() throws Exception {
        var files = certificate("a", "a.example");
        try (var backend = TestBackend.responding(
                        request -> ok(request.header("X-Forwarded-Proto").orElse("") + " " + request.body()));
                var proxy = TestProxy.start(options -> options.tls(tls(List.of(files))))
                        .to(backend);
                var client = new Wire(connect(proxy, "a.example"))) {
            var response = client.post("/", "hello").read();
            assertThat(response.body()).isEqualTo("https hello");
            assertThat(response.header("Strict-Transport-Security")).contains("max-age=86400");
            assertThat(client.get("/").read().body()).isEqualTo("https ");
            var plain = proxy.get("/");
            assertThat(plain.body()).isEqualTo("http ");
            assertThat(plain.header("Strict-Transport-Security")).isEmpty();
        }
    }

    @Test
    void refuses_what_is_wrong_through_tls_too() throws Exception {
        var files = certificate("a", "a.example");
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.start(options -> options.tls(tls(List.of(files))))
                        .to(backend);
                var client = new Wire(connect(proxy, "a.example"))) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(400);
        }
    }

    @Test
    void chooses_the_certificate_by_the_name_that_is_asked_for() throws Exception {
        var certificates = List.of(
                certificate("a", "a.example"),
                certificate("b", "b.example", "www.b.example"),
                certificate("c", "*.c.example"));
        try (var proxy = TestProxy.start(options -> options.tls(tls(certificates)))) {
            assertThat(nameShown(proxy, "a.example")).isEqualTo("CN=a.example");
            assertThat(nameShown(proxy, "WWW.b.example")).isEqualTo("CN=b.example");
            assertThat(nameShown(proxy, "x.c.example")).isEqualTo("CN=any.c.example");
            assertThat(nameShown(proxy, "y.x.c.example")).isEqualTo("CN=a.example");
            assertThat(nameShown(proxy, "unknown.example")).isEqualTo("CN=a.example");
        }
    }

    @Test
    void uses_replaced_files_without_a_restart_and_keeps_the_old_ones_if_they_are_broken() throws Exception {
        var files = certificate("a", "old.example");
        try (var proxy = TestProxy.start(options -> options.tls(tls(List.of(files))))) {
            assertThat(nameShown(proxy, "x")).isEqualTo("CN=old.example");
            Files.writeString(files.certificate(), "half written");
            assertThat(nameShown(proxy, "x")).isEqualTo("CN=old.example");
            write(files, "new.example");
            await().until(() -> nameShown(proxy, "x").equals("CN=new.example"));
        }
    }

    @Test
    void speaks_no_old_version_of_tls() throws Exception {
        var files = certificate("a", "a.example");
        try (var proxy = TestProxy.start(options -> options.tls(tls(List.of(files))))) {
            connect(proxy, "a.example", "TLSv1.2").close();
            connect(proxy, "a.example", "TLSv1.3").close();
            assertThatThrownBy(() -> connect(proxy, "a.example", "TLSv1.1")).isInstanceOf(SSLException.class);
        }
    }

    @Test
    void redirects_plain_requests() throws Exception {
        var redirecting = redirecting();
        try (var proxy = TestProxy.start(options -> options.tls(redirecting));
                var client = proxy.connect()) {
            client.send("GET /a?b=c HTTP/1.1\r\nHost: shop.example:8080\r\n\r\n");
            var response = client.read();
            assertThat(response.status()).isEqualTo(308);
            assertThat(response.header("Location")).hasValueSatisfying(location -> assertThat(location)
                    .matches("https://shop.example(:[0-9]+)?/a\\?b=c"));
        }
    }

    @Test
    void redirects_to_the_host_of_the_target_and_refuses_a_request_without_one() throws Exception {
        var redirecting = redirecting();
        try (var proxy = TestProxy.start(options -> options.tls(redirecting));
                var url = proxy.connect();
                var hostless = proxy.connect()) {
            url.send("GET http://shop.example:81/a HTTP/1.1\r\nHost: other\r\n\r\n");
            assertThat(url.read().header("Location"))
                    .hasValueSatisfying(location -> assertThat(location).matches("https://shop.example(:[0-9]+)?/a"));
            assertThat(hostless.send("GET / HTTP/1.0\r\n\r\n").read().status()).isEqualTo(400);
        }
    }

    @Test
    void redirects_what_is_asked_of_the_server_as_a_whole_to_its_url() throws Exception {
        var redirecting = redirecting();
        for (var target : List.of("*", "http://shop.example")) {
            try (var proxy = TestProxy.start(options -> options.tls(redirecting));
                    var client = proxy.connect()) {
                client.send("OPTIONS " + target + " HTTP/1.1\r\nHost: shop.example\r\n\r\n");
                assertThat(client.read().header("Location"))
                        .hasValueSatisfying(location -> assertThat(location).matches("https://shop.example(:[0-9]+)?"));
            }
        }
    }

    @Test
    void does_not_redirect_what_came_through_tls_to_a_trusted_proxy() throws Exception {
        var redirecting = redirecting();
        var request = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\n\r\n";
        try (var backend = TestBackend.responding(received -> ok("x"));
                var trusting = TestProxy.start(
                                options -> options.tls(redirecting).trustedProxies(List.of("127.0.0.1")))
                        .to(backend);
                var strict =
                        TestProxy.start(options -> options.tls(redirecting)).to(backend);
                var balancer = trusting.connect();
                var liar = strict.connect()) {
            assertThat(balancer.send(request).read().status()).isEqualTo(200);
            assertThat(balancer.get("/").read().status()).isEqualTo(308);
            assertThat(liar.send(request).read().status()).isEqualTo(308);
        }
    }

    @Test
    void says_which_certificate_cannot_be_used() throws Exception {
        var files = certificate("a", "a.example");
        Files.writeString(files.key(), "no key");
        assertThatThrownBy(() -> TestProxy.start(options -> options.tls(tls(List.of(files)))))
                .isInstanceOf(ProxyStartException.class)
                .hasMessageContaining(files.key().toString());
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
}
