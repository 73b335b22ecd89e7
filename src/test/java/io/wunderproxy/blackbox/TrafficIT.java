package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.testkit.SelfSigned;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an operator does to traffic, and sees of it: pause, maintenance, TLS, logs, pages, compression, numbers. */
class TrafficIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    private Agent serving(String... options) {
        var agent = host.startAgent(options);
        agent.deploy(host.revision("blue").publish());
        return agent;
    }

    @Test
    void requests_wait_in_a_pause_that_outlives_a_restart() throws Exception {
        var agent = serving();

        assertThat(agent.post("/pause", "{\"MaxWait\": \"60s\", \"MaxRequests\": 5}")
                        .status())
                .isEqualTo(200);
        agent.kill();
        agent.restart().awaitReady();
        assertThat(agent.status().at("/Gate/State").asText()).isEqualTo("paused");
        var waiting = new ArrayList<Thread>();
        var responses = java.util.Collections.synchronizedList(new ArrayList<Response>());
        for (var i = 0; i < 5; i++) {
            waiting.add(Thread.ofVirtual().start(() -> responses.add(agent.get("/revision"))));
        }
        await().until(() -> agent.status().at("/Gate/Waiting").asInt() == 5);
        assertThat(agent.get("/revision").status()).isEqualTo(503);
        assertThat(agent.metrics()).contains("wunderproxy_gate_waiting 5.0");

        agent.post("/resume", "");

        for (var thread : waiting) {
            thread.join();
        }
        assertThat(responses).hasSize(5).allSatisfy(response -> assertThat(response.status())
                .isEqualTo(200));
    }

    @Test
    void maintenance_shows_the_operators_page_until_it_is_ended() {
        var agent = serving();

        agent.post("/maintenance", "<h1>back at noon</h1>");
        agent.restart();

        assertThat(agent.get("/").status()).isEqualTo(503);
        assertThat(agent.get("/").body()).contains("<h1>back at noon</h1>");
        assertThat(agent.status().at("/Gate/Page").asText()).isEqualTo("<h1>back at noon</h1>");
        agent.post("/resume", "");
        agent.awaitReady();
        assertThat(agent.get("/").status()).isEqualTo(200);
    }

    @Test
    void only_the_operator_holds_traffic_back() {
        var agent = host.startAgent();

        for (var call : List.of("/pause", "/maintenance", "/resume")) {
            assertThat(agent.api("POST", call).status()).isEqualTo(401);
        }
        assertThat(agent.post("/pause", "{\"MaxWait\": \"forever\"}").status()).isEqualTo(400);
        assertThat(agent.post("/pause", "{\"Wait\": \"1s\"}").status()).isEqualTo(400);
        assertThat(agent.post("/pause", "30").status()).isEqualTo(400);
        assertThat(agent.status().at("/Gate/State").asText()).isEqualTo("open");
    }

    @Test
    void proxy_and_manager_speak_tls_and_use_a_new_certificate_without_a_restart() throws Exception {
        var certificate = host.directory().resolve("a.crt");
        var key = host.directory().resolve("a.key");
        SelfSigned.write(certificate, key, "first.example");
        var tls = Ports.free();
        var api = Ports.free();
        var agent = host.agent(
                        Map.of("WUNDERPROXY_TLS_REDIRECT", "true"),
                        "--tls",
                        "127.0.0.1:" + tls,
                        "--tls-cert",
                        certificate.toString(),
                        "--tls-key",
                        key.toString(),
                        "--hsts",
                        "24h",
                        "--api",
                        "127.0.0.1:" + api,
                        "--api-tls-cert",
                        certificate.toString(),
                        "--api-tls-key",
                        key.toString())
                .start();
        await().atMost(LONG)
                .until(() -> Command.of("curl", "-skf", "https://127.0.0.1:" + api + "/status")
                                .exitCode()
                        == 0);

        assertThat(Command.of("curl", "-sf", "http://127.0.0.1:" + api + "/status")
                        .exitCode())
                .as("the manager no longer responds in the clear")
                .isNotZero();
        assertThat(curl("-sk", "-o", "/dev/null", "-w", "%{http_version}", "https://127.0.0.1:" + tls))
                .isEqualTo("2");
        assertThat(curl("-sk", "--http1.1", "-o", "/dev/null", "-w", "%{http_version}", "https://127.0.0.1:" + tls))
                .isEqualTo("1.1");
        assertThat(curl(
                        "-s",
                        "-o",
                        "/dev/null",
                        "-w",
                        "%{redirect_url}",
                        agent.proxied("/a").toString()))
                .isEqualTo("https://127.0.0.1:" + tls + "/a");
        assertThatThrownBy(() -> shakeHandsTwice(tls, certificate))
                .isInstanceOf(SSLException.class)
                .hasMessageContaining("handshake_failure");

        SelfSigned.write(certificate, key, "second.example");

        for (var port : List.of(tls, api)) {
            await().atMost(LONG)
                    .until(() -> curl("-skv", "https://127.0.0.1:" + port + "/").contains("second.example"));
        }
    }

    /** Speaks TLS 1.2, the last version in which a client can ask for another handshake. */
    private static void shakeHandsTwice(int port, Path certificate) throws Exception {
        var known = KeyStore.getInstance(KeyStore.getDefaultType());
        known.load(null);
        try (var pem = Files.newInputStream(certificate)) {
            known.setCertificateEntry(
                    "own", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        var believed = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        believed.init(known);
        var context = SSLContext.getInstance("TLSv1.2");
        context.init(null, believed.getTrustManagers(), null);
        try (var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.startHandshake();
            assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
            socket.startHandshake();
            socket.getInputStream().read();
        }
    }

    private static String curl(String... options) {
        var words = new ArrayList<>(List.of("curl"));
        words.addAll(List.of(options));
        return Command.of(java.io.InputStream.nullInputStream(), words).output().strip();
    }

    @Test
    void the_access_log_goes_to_a_file_that_is_opened_again() throws Exception {
        var file = host.directory().resolve("access.log");
        var agent = host.startAgent("--access-log", file.toString(), "--access-log-format", "json");

        agent.get("/first?token=secret");
        await().until(() -> Files.exists(file) && Files.readString(file).contains("/first"));
        Files.move(file, host.directory().resolve("old.log"));
        Command.run("kill", "-HUP", String.valueOf(agent.process().pid()));
        await().until(() -> Files.exists(file));
        agent.get("/second");

        await().until(() -> Files.readString(file).contains("/second"));
        assertThat(agent.log()).doesNotContain("/second");
        assertThat(host.directory().resolve("old.log")).content().doesNotContain("secret");
    }

    @Test
    void error_pages_replace_the_proxys_own_words() throws Exception {
        var pages = Files.createDirectory(host.directory().resolve("pages"));
        Files.writeString(pages.resolve("503.html"), "<h1>one moment</h1>");
        var agent = host.startAgent("--error-pages", pages.toString());

        assertThat(agent.get("/").body()).isIn("<h1>one moment</h1>", "no application is configured on this host\n");
        agent.post("/pause", "{\"MaxWait\": \"1ms\"}");
        await().until(() -> agent.get("/").body().equals("<h1>one moment</h1>"));
    }

    @Test
    void responses_are_compressed_in_both_codings() {
        var agent = serving("--compression", "zstd,gzip", "--compression-min", "1k");
        var url = agent.proxied("/text/100000").toString();

        for (var coding : List.of("zstd", "gzip")) {
            var file = host.directory().resolve("body." + coding);
            var type = curl("-s", "-H", "Accept-Encoding: " + coding, "-o", file.toString(), "-D", "-", url);
            assertThat(type).containsIgnoringCase("content-encoding: " + coding);
            assertThat(Command.run("sh", "-c", coding + " -dc " + file + " | wc -c")
                            .strip())
                    .isEqualTo("100000");
        }
    }

    @Test
    void status_and_metrics_tell_what_passed() {
        var agent = serving();
        agent.get("/status/418");
        agent.request("/echo", request -> request.POST(java.net.http.HttpRequest.BodyPublishers.ofString("abc")));

        var traffic = agent.status().path("Traffic");

        assertThat(traffic.at("/SinceSwitch/Requests").asLong()).isEqualTo(2);
        assertThat(traffic.at("/SinceSwitch/BytesIn").asLong()).isEqualTo(3);
        assertThat(traffic.at("/Statuses/418").asLong()).isEqualTo(1);
        assertThat(traffic.at("/Methods/POST").asLong()).isEqualTo(1);
        for (var window : List.of("switch", "1m", "5m", "60m")) {
            assertThat(traffic.path("Times").path(window).path("P99").asDouble())
                    .isPositive();
            assertThat(traffic.at("/Backend/FirstByteTimes")
                            .path(window)
                            .path("Count")
                            .asLong())
                    .isEqualTo(2);
        }
        assertThat(traffic.at("/Backend/ConnectTimes/switch/Count").asLong()).isPositive();
        assertThat(agent.metrics())
                .contains("wunderproxy_requests_by_method_total{method=\"POST\"} 1.0")
                .contains("wunderproxy_refusals_total{reason=\"body-too-large\"} 0.0")
                .containsPattern(
                        "wunderproxy_request_duration_seconds\\{quantile=\"0.99\",window=\"5m\"} ([0-9.]*[1-9]|[1-9][0-9.]*E-[0-9]+)")
                .contains("wunderproxy_backend_connections{state=\"idle\"}");
    }
}
