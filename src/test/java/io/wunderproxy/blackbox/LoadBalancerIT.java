package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.testkit.CodeBlock;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Real load balancers in front: HAProxy, and nginx, which speaks version 1 of the PROXY protocol alone. Among them are those of the
 * page about load balancers, as they are there but for ports and addresses.
 */
class LoadBalancerIT {
    private static final Path PAGE = Path.of("docs/load-balancers.md");

    /** The address of the load balancers, one that no agent trusts, and the client's. */
    private static final String FRONT = "127.0.0.1";

    private static final String STRANGER = "127.0.0.3";
    private static final String CLIENT = "127.0.0.9";

    private static final Pattern OPEN_PORT = Pattern.compile("(bind |listen )(?:\\S*:)?(80|443)\\b");

    /** A block of the page in this language that has these words, for an agent at these ports. */
    private static String ofPage(String language, String words, Map<String, Integer> ports, int proxy, int tls) {
        var block = CodeBlock.of(PAGE).stream()
                .filter(each -> each.language().equals(language) && each.text().contains(words))
                .toList();
        assertThat(block).hasSize(1);
        var text = block.getFirst()
                .text()
                .replace("10.0.1.10:80", FRONT + ":" + proxy)
                .replace("10.0.1.10:443", FRONT + ":" + tls);
        return OPEN_PORT.matcher(text).replaceAll(open -> open.group(1) + FRONT + ":" + ports.get(open.group(2)));
    }

    private static void startHaproxy(Host host, String configuration) {
        var file = host.file("haproxy.cfg", """
                global
                    nbthread 1
                    maxconn 100
                    stats socket %s
                """.formatted(host.directory().resolve("haproxy.sock")) + configuration);
        start(host, "haproxy", "haproxy", "-db", "-f", file.toString());
    }

    private static void startNginx(Host host, String configuration) {
        var directory = host.directory();
        var file = host.file(
                "nginx.conf", """
                load_module /usr/lib/nginx/modules/ngx_stream_module.so;
                daemon off;
                master_process off;
                pid %1$s/nginx.pid;
                error_log %1$s/nginx.log;
                events {}
                """.formatted(directory) + configuration.replace("http {", """
                http {
                    access_log off;
                    client_body_temp_path %1$s/nginx-body;
                    proxy_temp_path %1$s/nginx-proxy;
                    fastcgi_temp_path %1$s/nginx-fastcgi;
                    uwsgi_temp_path %1$s/nginx-uwsgi;
                    scgi_temp_path %1$s/nginx-scgi;
                """.formatted(directory)));
        start(host, "nginx", "nginx", "-e", directory.resolve("nginx.log").toString(), "-c", file.toString());
    }

    private static void start(Host host, String name, String... words) {
        var log = host.directory().resolve(name + ".out");
        host.closeLater(new ServerProcess(name, List.of(words), Map.of(), log));
    }

    private static Command curl(String... words) {
        var all = new ArrayList<>(List.of("curl", "-sS", "--max-time", "20", "--interface", CLIENT));
        all.addAll(List.of(words));
        return Command.of(all.toArray(String[]::new));
    }

    private static void awaitOpen(int port) {
        await("port " + port + " to be open").until(() -> {
            try (var wire = new Wire(port)) {
                return true;
            } catch (IOException notYet) {
                return false;
            }
        });
    }

    private static String problem(Agent agent) {
        return agent.status().path("Problem").asText();
    }

    /** In front of an agent that reads the header of trusted proxies. */
    @Nested
    class WithTheProxyProtocol {
        @RegisterExtension
        static final Host HOST = Host.withDirectoryStore();

        private static final Map<String, Integer> PORTS = new HashMap<>();
        private static Certificates certificates;
        private static Agent agent;
        private static Path accessLog;

        private static int port(String front) {
            return PORTS.computeIfAbsent(front, none -> Ports.free());
        }

        @BeforeAll
        static void load_balancers_are_in_front() throws IOException {
            certificates = Certificates.in(HOST.directory().resolve("tls"));
            accessLog = HOST.directory().resolve("access.log");
            var tls = Ports.free();
            agent = HOST.agent(
                            Map.of("WUNDERPROXY_PROXY_PROTOCOL", "true"),
                            "--trusted-proxies",
                            FRONT,
                            "--health-path",
                            "/up-wunderproxy",
                            "--access-log",
                            accessLog.toString(),
                            "--access-log-format",
                            "json",
                            "--tls",
                            FRONT + ":" + tls,
                            "--tls-cert",
                            certificates.serverCertificate().toString(),
                            "--tls-key",
                            certificates.serverKey().toString())
                    .start()
                    .awaitUp();
            agent.deploy(HOST.revision("blue").publish());
            var plain = agent.proxyPort();
            var pem = HOST.file(
                    "haproxy.pem",
                    Files.readString(certificates.serverCertificate()) + Files.readString(certificates.serverKey()));
            startHaproxy(
                    HOST,
                    ofPage("haproxy", "frontend", Map.of("80", port("v2 http"), "443", port("v2 https")), plain, tls)
                            + listen("v1 http", "", plain, "send-proxy check")
                            + listen("v1 https", "", tls, "send-proxy")
                            + listen(
                                    "additions https",
                                    " ssl crt " + pem + " alpn h2,http/1.1",
                                    plain,
                                    "send-proxy-v2-ssl-cn proxy-v2-options crc32c,unique-id,authority")
                            + listen("unchecked http", "", plain, "send-proxy-v2 check inter 1s port " + plain)
                            + listen("stranger http", "", plain, "send-proxy-v2 source " + STRANGER)
                            + listen("stranger https", "", tls, "send-proxy source " + STRANGER));
            startNginx(
                    HOST,
                    ofPage(
                            "nginx",
                            "stream {",
                            Map.of("80", port("nginx http"), "443", port("nginx https")),
                            plain,
                            tls));
            PORTS.values().forEach(LoadBalancerIT::awaitOpen);
        }

        private static String listen(String front, String bind, int to, String options) {
            return """

                    listen %s
                        bind %s:%d%s
                        unique-id-format %%{+X}o%%ci_%%cp
                        option httpchk GET /up-wunderproxy
                        server agent %s:%d %s
                    """.formatted(front.replace(' ', '-'), FRONT, port(front), bind, FRONT, to, options);
        }

        @ParameterizedTest
        @CsvSource({
            "v1 http, http, --http1.1, http",
            "v1 http, http, --http2-prior-knowledge, http",
            "v1 https, https, --http1.1, https",
            "v1 https, https, --http2, https",
            "v2 http, http, --http1.1, http",
            "v2 http, http, --http2-prior-knowledge, http",
            "v2 https, https, --http1.1, https",
            "v2 https, https, --http2, https",
            // HAProxy decrypts, and says so in the header, which says nothing of the scheme to the application.
            "additions https, https, --http1.1, http",
            "additions https, https, --http2, http",
            "nginx http, http, --http1.1, http",
            "nginx http, http, --http2-prior-knowledge, http",
            "nginx https, https, --http1.1, https",
            "nginx https, https, --http2, https",
        })
        void application_and_access_log_get_the_clients_address(
                String front, String scheme, String http, String forwardedProto) throws IOException {
            var name = (front + http).replaceAll("[^a-z0-9]", "") + ".test";
            var url = scheme + "://" + FRONT + ":" + port(front) + "/headers";

            var words = new ArrayList<>(List.of(http, "-w", "\nversion %{http_version}\n"));
            words.addAll(List.of("--cacert", certificates.authority().toString()));
            words.addAll(List.of("-H", "Host: " + name, "-H", "X-Forwarded-For: 6.6.6.6", url));
            // Debian's curl can't use a connection with prior knowledge twice, whatever the server.
            var requests = http.equals("--http2-prior-knowledge") ? 1 : 2;
            if (requests > 1) {
                words.add(url);
            }

            var received = curl(words.toArray(String[]::new));

            assertThat(received.exitCode()).as(received.output()).isZero();
            for (var line : List.of(
                    "X-Forwarded-For: " + CLIENT,
                    "X-Real-IP: " + CLIENT,
                    "X-Forwarded-Proto: " + forwardedProto,
                    http.startsWith("--http2") ? "version 2" : "version 1.1")) {
                assertThat(received.output().lines().filter(line::equalsIgnoreCase))
                        .as("%s in %s", line, received.output())
                        .hasSize(requests);
            }
            assertThat(received.output()).doesNotContain("6.6.6.6");
            await().untilAsserted(() -> assertThat(
                            Files.readAllLines(accessLog).stream().filter(line -> line.contains(name)))
                    .hasSize(requests)
                    .allMatch(line -> line.contains("\"client\":\"" + CLIENT + "\"")));
        }

        @Test
        void checks_of_haproxy_succeed_as_far_as_they_begin_with_the_header() {
            await().untilAsserted(() -> assertThat(checks())
                    .containsEntry("wunderproxy", "L7OK")
                    .containsEntry("v1-http", "L7OK")
                    .containsEntry("unchecked-http", "L7STS"));

            assertThat(problem(agent)).contains(FRONT + " is a trusted proxy, and begins connections without");
        }

        /** The result of the last check of each backend that has any. */
        private Map<String, String> checks() throws IOException {
            try (var socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                socket.connect(UnixDomainSocketAddress.of(HOST.directory().resolve("haproxy.sock")));
                socket.write(ByteBuffer.wrap("show stat -1 4 -1\n".getBytes(StandardCharsets.US_ASCII)));
                var table = new String(Channels.newInputStream(socket).readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> !line.isBlank())
                        .map(line -> line.split(",", -1))
                        .toList();
                var column = List.of(table.getFirst()).indexOf("check_status");
                return table.stream()
                        .skip(1)
                        .filter(row -> !row[column].isEmpty())
                        .collect(Collectors.toMap(row -> row[0], row -> row[column]));
            }
        }

        @ParameterizedTest
        @CsvSource({"stranger http, http", "stranger https, https"})
        void a_load_balancer_that_is_not_trusted_is_refused_and_named(String front, String scheme) {
            // HAProxy's checks without the header are named, too.
            await().untilAsserted(() -> {
                var refused = curl("-k", "-w", "%{http_code}", scheme + "://" + FRONT + ":" + port(front) + "/headers");
                assertThat(refused.output()).matches("(?s).*(400|000)");
                assertThat(problem(agent)).contains(STRANGER + " speaks the PROXY protocol and is no trusted proxy");
            });
        }
    }

    /** In front of an agent that trusts it, and does not await the header. */
    @Nested
    class WithoutTheProxyProtocol {
        @RegisterExtension
        static final Host HOST = Host.withDirectoryStore();

        private static Agent agent;
        private static int http;
        private static int tcp;
        private static int secure;
        private static int haproxy;

        @BeforeAll
        static void load_balancers_are_in_front() {
            var certificates = Certificates.in(HOST.directory().resolve("tls"));
            var tls = Ports.free();
            agent = HOST.startAgent(
                    "--trusted-proxies",
                    FRONT,
                    "--client-ip-header",
                    "CF-Connecting-IP",
                    "--tls",
                    FRONT + ":" + tls,
                    "--tls-cert",
                    certificates.serverCertificate().toString(),
                    "--tls-key",
                    certificates.serverKey().toString());
            agent.deploy(HOST.revision("blue").publish());
            http = Ports.free();
            tcp = Ports.free();
            secure = Ports.free();
            haproxy = Ports.free();
            var plain = agent.proxyPort();
            startNginx(
                    HOST,
                    ofPage("nginx", "http {", Map.of("80", http), plain, tls)
                            + ofPage("nginx", "stream {", Map.of("80", tcp, "443", secure), plain, tls));
            startHaproxy(HOST, ofPage("haproxy", "frontend", Map.of("80", haproxy, "443", Ports.free()), plain, tls));
            List.of(http, tcp, secure, haproxy).forEach(LoadBalancerIT::awaitOpen);
        }

        @Test
        void the_header_of_a_proxy_that_speaks_http_names_the_client() {
            var received = curl("http://" + FRONT + ":" + http + "/headers").output();

            assertThat(received)
                    .containsIgnoringCase("X-Forwarded-For: " + CLIENT + ", " + FRONT)
                    .containsIgnoringCase("X-Real-IP: " + CLIENT);
        }

        @Test
        void a_header_of_its_own_names_the_client_and_nobody_else_may_send_it() {
            var named = "CF-Connecting-IP: 192.0.2.7";
            var ofFront = curl(
                    "--interface", FRONT, "-H", named, agent.proxied("/headers").toString());
            var ofClient = curl("-H", named, agent.proxied("/headers").toString());

            assertThat(ofFront.output())
                    .containsIgnoringCase("X-Real-IP: 192.0.2.7")
                    .containsIgnoringCase(named);
            assertThat(ofClient.output())
                    .containsIgnoringCase("X-Real-IP: " + CLIENT)
                    .doesNotContain("192.0.2.7");
        }

        @Test
        void log_and_status_say_that_everything_is_refused_since_the_front_speaks_the_proxy_protocol() {
            var word =
                    FRONT + " speaks the PROXY protocol, which is off here, so its connections are refused: start the "
                            + "agent with --proxy-protocol";
            assertThat(curl("-w", "%{http_code}", "http://" + FRONT + ":" + tcp).output())
                    .contains("400");
            // HAProxy stops to send clients here once its checks are refused.
            assertThat(curl("-w", "%{http_code}", "http://" + FRONT + ":" + haproxy)
                            .output())
                    .matches("(?s).*(400|000)");
            assertThat(curl("-k", "https://" + FRONT + ":" + secure).exitCode()).isNotZero();

            assertThat(problem(agent)).contains(word);
            assertThat(new CommandLine(HOST, agent).run("status").out()).contains(word);
            assertThat(agent.log().lines().filter(line -> line.contains(word)))
                    .as("once a minute")
                    .hasSize(1);
        }
    }
}
