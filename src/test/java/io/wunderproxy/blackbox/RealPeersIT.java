package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients that other people wrote: curl, a browser, load generators, and one that is slow on purpose. */
class RealPeersIT {
    @RegisterExtension
    static final Host HOST = Host.withDirectoryStore();

    private static Agent agent;
    private static String url;

    @BeforeAll
    static void a_revision_serves() {
        agent = HOST.startAgent("--head-timeout", "2s", "--body-timeout", "2s");
        agent.deploy(HOST.revision("blue").publish());
        url = agent.proxied("").toString();
    }

    private static String run(String... words) {
        return Command.of(InputStream.nullInputStream(), List.of(words)).orFail(String.join(" ", words));
    }

    @Test
    void curl_speaks_http_2_by_prior_knowledge_and_its_wish_to_upgrade_is_ignored() {
        var body = HOST.file("body", "x".repeat(300_000));
        for (var how : List.of("--http2-prior-knowledge", "--http2")) {
            assertThat(run(
                            "curl",
                            "-s",
                            how,
                            "-o",
                            "/dev/null",
                            "-w",
                            "%{http_version} %{size_download}",
                            url + "/bytes/1000000"))
                    .isEqualTo(how.equals("--http2") ? "1.1 1000000" : "2 1000000");
            assertThat(run("curl", "-s", "-m", "20", how, "--data-binary", "@" + body, url + "/echo"))
                    .startsWith("300000 ");
        }
    }

    /** It asks for an upgrade with the first request of each plain connection. */
    @Test
    void the_jdks_client_sends_a_body_first_thing() throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create(url + "/echo"))
                    .POST(HttpRequest.BodyPublishers.ofString("y".repeat(300_000)))
                    .timeout(Duration.ofSeconds(20))
                    .build();
            var response = client.send(request, HttpResponse.BodyHandlers.ofString());

            assertThat(response.body()).startsWith("300000 ");
            assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        }
    }

    @Test
    void h2load_gets_every_response() {
        var report = run("h2load", "-n", "5000", "-c", "10", "-m", "20", url + "/bytes/1000");

        assertThat(report).contains("5000 succeeded, 0 failed, 0 errored, 0 timeout");
    }

    @Test
    void wrk_gets_every_response() {
        var report = run("wrk", "-t", "2", "-c", "50", "-d", "3s", url + "/bytes/1000");

        assertThat(report).containsPattern("[1-9][0-9]* requests in").doesNotContain("Socket errors", "Non-2xx");
    }

    @Test
    void slow_clients_are_cut_off_while_others_are_served() {
        for (var how :
                List.of(List.of("-H"), List.of("-B"), List.of("-X", "-w", "1", "-y", "1", "-n", "30", "-z", "1"))) {
            var words = new ArrayList<>(
                    List.of("slowhttptest", "-c", "200", "-r", "200", "-i", "30", "-l", "12", "-p", "5"));
            words.addAll(how);
            words.addAll(List.of("-u", url + "/bytes/30000000"));
            var served = new ArrayList<Integer>();
            var attack = Thread.ofVirtual().start(() -> Command.of(InputStream.nullInputStream(), words));
            while (attack.isAlive()) {
                served.add(agent.get("/revision").status());
            }

            assertThat(served).as("%s", how).isNotEmpty().containsOnly(200);
            await().until(() -> agent.status().at("/Traffic/InFlight").asLong() == 0);
        }
        var refusals = agent.status().at("/Traffic/Refusals");
        assertThat(refusals.path("head-slow").asLong()).isPositive();
        assertThat(refusals.path("body-slow").asLong()).isPositive();
        assertThat(refusals.path("reader-slow").asLong()).isPositive();
    }

    @Test
    void a_browser_talks_over_a_web_socket() {
        var words = List.of(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-sync",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + HOST.directory().resolve("chromium"),
                url + "/browser");
        var log = HOST.directory().resolve("chromium.log");
        try (var browser = new ServerProcess("chromium", words, Map.of(), log)) {
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(agent.log()).as(browser::log).contains("GET /heard/hello-from-the-browser "));
            assertThat(agent.log()).doesNotContain("/failed");
        }
    }
}
