package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What watches the agent: Prometheus with the rules, Grafana with the dashboard, and whoever asks for its health. */
class MonitoringIT {
    private static final Path ALERTS = Path.of("deploy", "monitoring", "alerts.yaml");
    private static final Path DASHBOARD = Path.of("deploy", "monitoring", "grafana-dashboard.json");
    private static final Pattern METRIC = Pattern.compile("\\b(?:wunderproxy|process|jvm)_[a-z_]+\\b");

    @RegisterExtension
    static final Host HOST = Host.withDirectoryStore();

    private static Agent agent;

    @BeforeAll
    static void start() {
        var noTable = Map.of(
                "AWS_ENDPOINT_URL_DYNAMODB",
                "http://127.0.0.1:1",
                "AWS_REGION",
                "eu-central-1",
                "AWS_ACCESS_KEY_ID",
                "local",
                "AWS_SECRET_ACCESS_KEY",
                "local");
        agent = HOST.agent(noTable, "--table", "of-a-fleet").start().awaitUp();
        await("the end of the wait for the table").until(() -> agent.get("/").status() == 404);
    }

    @Test
    void dashboard_and_alerts_name_only_metrics_that_there_are() throws IOException {
        var exported = names(agent.metrics().lines().filter(line -> !line.startsWith("#")));
        var shown = names(Files.readString(DASHBOARD).lines());
        var watched = names(Files.readString(ALERTS).lines());

        assertThat(exported).containsAll(shown).containsAll(watched);
        assertThat(shown)
                .as("the dashboard leaves none of ours out")
                .containsAll(exported.stream()
                        .filter(name -> name.startsWith("wunderproxy_"))
                        .toList());
    }

    private static TreeSet<String> names(Stream<String> lines) {
        return lines.flatMap(line -> METRIC.matcher(line).results().map(match -> match.group()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void the_alerts_fire_when_they_should() {
        Command.run("promtool", "check", "rules", ALERTS.toString());
        Command.run("promtool", "test", "rules", "src/test/resources/alerts-test.yaml");
    }

    @Test
    void prometheus_understands_every_query_of_the_dashboard() throws IOException {
        var queries = Response.JSON.readTree(DASHBOARD.toFile()).findValuesAsText("expr").stream()
                .map(query -> query.replace("$__rate_interval", "5m").replace("$instance", ".*"))
                .toList();
        assertThat(queries).hasSizeGreaterThan(20);
        var rules = new StringBuilder("groups:\n- name: dashboard\n  rules:\n");
        for (var query : queries) {
            rules.append("  - record: query:number")
                    .append(queries.indexOf(query))
                    .append("\n    expr: ")
                    .append(Response.JSON.writeValueAsString(query))
                    .append('\n');
        }

        Command.run(
                "promtool",
                "check",
                "rules",
                HOST.file("dashboard.yaml", rules.toString()).toString());
    }

    @Test
    void traffic_is_remembered_by_status() {
        var before = agent.api("GET", "/traffic").json();
        for (var i = 0; i < 50; i++) {
            agent.get("/"); // there is no backend: 404
        }

        await("the next samples").atMost(LONG).untilAsserted(() -> {
            var traffic = agent.api("GET", "/traffic").json();
            var rates = traffic.at("/RequestsPerSecond/4xx");
            var count = 0.0;
            // The first sample is of the time since the start, which is not quite an interval.
            var from = Instant.parse(traffic.path("Started").asText()).toEpochMilli() / 1000.0;
            for (var i = 0; i < rates.size(); i++) {
                var to = traffic.path("Time").path(i).asDouble();
                count += rates.path(i).asDouble() * (to - from);
                from = to;
            }
            assertThat(count).isCloseTo(50, within(10.0));
            assertThat(traffic.path("Started")).isEqualTo(before.path("Started"));
            assertThat(traffic.at("/ResponseTimes/P99")).hasSameSizeAs(traffic.path("Time"));
            assertThat(traffic.at("/Connections/idle")).hasSameSizeAs(traffic.path("Time"));
        });
    }

    @Test
    void health_checks_say_why() {
        var live = check("/q/health/live", "proxy");
        assertThat(live.path("status").asText()).isEqualTo("UP");
        assertThat(live.at("/data/reason").asText()).isEqualTo("every event loop of the proxy responds");

        var started = check("/q/health/started", "recovery");
        assertThat(started.at("/data/reason").asText()).isNotEmpty();

        var ready = check("/q/health/ready", "backend");
        assertThat(ready.path("status").asText()).isEqualTo("DOWN");
        assertThat(ready.at("/data/reason").asText()).isEqualTo("no configuration is launched and switched to");
    }

    private static JsonNode check(String path, String name) {
        var checks = agent.api("GET", path).json().path("checks");
        return StreamSupport.stream(checks.spliterator(), false)
                .filter(check -> check.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no check " + name + " in " + checks));
    }
}
