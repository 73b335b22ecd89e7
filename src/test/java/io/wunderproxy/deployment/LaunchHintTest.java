package io.wunderproxy.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.container.ListeningSocket;
import io.wunderproxy.health.HealthCheck;
import io.wunderproxy.health.HealthCheck.Question;
import io.wunderproxy.health.ProbeResult;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LaunchHintTest {

    private static final HealthCheck CHECK = check(new Question.Http("/up", Set.of(200), Map.of(), false));

    private static HealthCheck check(Question question) {
        return new HealthCheck(question, 9292, Duration.ofSeconds(1), Duration.ofSeconds(2), 2, Duration.ofMinutes(5));
    }

    private static String of(ProbeResult last, List<String> log, ListeningSocket... sockets) {
        return LaunchHint.of(CHECK, last, log, () -> Optional.of(List.of(sockets)));
    }

    private static String ofResponse(int status, String body, String... log) {
        return of(new ProbeResult.WrongStatus(status, Optional.empty(), body), List.of(log));
    }

    private static String ofRedirect(String location) {
        return of(new ProbeResult.WrongStatus(302, Optional.of(location), ""), List.of());
    }

    private static ListeningSocket listening(String address, int port) {
        return new ListeningSocket(InetAddress.ofLiteral(address), port, 1);
    }

    @Test
    void a_host_that_rails_does_not_know_is_recognised_by_the_page_or_the_log() {
        assertThat(List.of(
                        ofResponse(403, "<h1>Blocked host: 10.0.0.1:9292</h1>"),
                        ofResponse(403, "", "[HostAuthorization::DefaultResponseApp] Blocked hosts: 10.0.0.1:9292")))
                .allSatisfy(hint -> assertThat(hint).contains("config.hosts", "HealthCheck.Headers"));
    }

    @Test
    void a_host_that_django_does_not_know_is_recognised_by_the_page_or_the_log() {
        assertThat(List.of(
                        ofResponse(400, "<title>DisallowedHost at /up</title>"),
                        ofResponse(400, "<h1>Bad Request (400)</h1><p></p>"),
                        ofResponse(400, "", "Invalid HTTP_HOST header: '10.0.0.1:9292'.")))
                .allSatisfy(hint -> assertThat(hint).contains("ALLOWED_HOSTS", "HealthCheck.Headers"));
    }

    @Test
    void words_about_hosts_in_the_log_mean_nothing_to_a_good_response() {
        assertThat(ofResponse(204, "", "Blocked hosts: evil.example"))
                .contains("HealthCheck.Status")
                .doesNotContain("Rails");
    }

    @Test
    void a_redirect_to_https_is_another_matter_than_one_to_a_page() {
        assertThat(ofRedirect("https://shop.example/up")).contains("X-Forwarded-Proto");
        assertThat(ofRedirect("/up/")).contains("HealthCheck.Path");
    }

    @Test
    void credentials_and_a_wrong_path_are_named() {
        assertThat(ofResponse(401, "")).contains("credentials");
        assertThat(ofResponse(403, "go away")).contains("credentials");
        assertThat(ofResponse(404, "")).contains("nothing at /up");
        assertThat(ofResponse(503, "starting")).isEmpty();
    }

    @Test
    void what_speaks_grpc_is_to_be_asked_by_grpc_and_what_does_not_is_not() {
        var http2 = check(new Question.Http("/up", Set.of(200), Map.of(), true));
        var grpc = check(new Question.Grpc("", Map.of()));
        var refused = new ProbeResult.WrongStatus(415, Optional.empty(), "");

        assertThat(LaunchHint.of(http2, refused, List.of(), Optional::empty)).contains("HealthCheck.Kind grpc");
        assertThat(LaunchHint.of(CHECK, refused, List.of(), Optional::empty)).isEmpty();
        assertThat(LaunchHint.of(grpc, refused, List.of(), Optional::empty)).contains("nobody speaks gRPC there");
    }

    @Test
    void who_listens_on_loopback_alone_is_recognised_in_either_family() {
        assertThat(of(new ProbeResult.Refused(), List.of(), listening("127.0.0.1", 9292)))
                .contains("only on 127.0.0.1");
        assertThat(of(new ProbeResult.Refused(), List.of(), listening("::1", 9292)))
                .contains("only on ::1");
    }

    @Test
    void who_listens_for_ipv6_only_is_named_where_that_is_certain() {
        var six = listening("::", 9292);

        assertThat(of(new ProbeResult.Refused(), List.of(), six)).contains("for IPv6 only");
        assertThat(of(new ProbeResult.Broken("closed"), List.of(), six)).isEmpty();
    }

    @Test
    void who_listens_elsewhere_or_nowhere_is_recognised() {
        assertThat(of(new ProbeResult.Refused(), List.of(), listening("0.0.0.0", 3000)))
                .contains("something does on 3000");
        assertThat(of(new ProbeResult.Refused(), List.of())).contains("no process in the container listens");
    }

    @Test
    void a_program_that_the_kernel_can_not_run_is_recognised_by_the_last_words() {
        assertThat(LaunchHint.ofEnd(List.of("starting", "exec /app: exec format error")))
                .contains("kind of processor");
        assertThat(LaunchHint.ofEnd(List.of("no such table"))).isEmpty();
    }
}
