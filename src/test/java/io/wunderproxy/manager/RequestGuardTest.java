package io.wunderproxy.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.wunderproxy.deployment.TestApplication;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventType;
import io.wunderproxy.manager.ApiOptions.Authentication;
import io.wunderproxy.testkit.Patience;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The manager's routes and what stands before them, over HTTP. */
class RequestGuardTest {

    private static final String TOKEN = "a-token-that-nobody-guesses";

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = HttpClient.newHttpClient();
    private TestApplication shop;
    private int port;

    @BeforeEach
    void start() throws Exception {
        shop = TestApplication.in(directory.resolve("shop"));
        port = listen(guard(Authentication.TOKEN));
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        shop.close();
    }

    private RequestGuard guard(Authentication authentication) throws Exception {
        var file = Files.writeString(directory.resolve("api-token"), TOKEN + "\n");
        return new RequestGuard(new ApiOptions(authentication, file, List.of()), shop.state);
    }

    private int listen(RequestGuard guard) throws Exception {
        var router = Router.router(vertx);
        var filters = new Filters();
        guard.register(filters);
        filters.getFilters().forEach(filter -> router.route().handler(filter.getHandler()));
        new EventRoute(shop.events).register(router);
        new LogRoute(shop.deployments(), guard).register(router);
        router.route().handler(context -> context.response().end("let in"));
        return vertx.createHttpServer()
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(Patience.SOON.toSeconds(), TimeUnit.SECONDS)
                .actualPort();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder post(HttpRequest.Builder request) {
        return request.POST(BodyPublishers.ofString("hash"));
    }

    private static HttpRequest.Builder withToken(HttpRequest.Builder request) {
        return request.header("Authorization", "Bearer " + TOKEN);
    }

    @Test
    void who_only_looks_needs_no_token() throws Exception {
        assertThat(send(request("/status")).body()).isEqualTo("let in");
    }

    @Test
    void who_changes_something_shows_the_token() throws Exception {
        assertThat(send(withToken(post(request("/launch")))).body()).isEqualTo("let in");
        assertThat(send(post(request("/launch")).header("Authorization", "bearer  " + TOKEN))
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer", "Bearer wrong", "Basic " + TOKEN, TOKEN, "Bearer " + TOKEN + "x"})
    void another_token_or_none_is_refused(String authorization) throws Exception {
        var response = send(post(request("/launch")).header("Authorization", authorization));

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.headers().firstValue("WWW-Authenticate")).contains("Bearer realm=\"wunderproxy\"");
        assertThat(response.body())
                .isEqualTo("not allowed: send the token from the agent's api-token file as 'Authorization: Bearer"
                        + " <token>'\n");
    }

    @Test
    void a_refusal_of_http_1_ends_the_connection() throws Exception {
        var http1 = post(request("/launch")).version(HttpClient.Version.HTTP_1_1);

        assertThat(send(http1).headers().firstValue("Connection")).contains("close");
    }

    @Test
    void a_refusal_is_a_problem_for_who_accepts_json() throws Exception {
        var response = send(post(request("/launch")).header("Accept", "application/json"));

        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(response.body()).contains("\"status\":401");
    }

    @Test
    void without_authentication_everybody_may() throws Exception {
        port = listen(guard(Authentication.NONE));

        assertThat(send(post(request("/launch"))).statusCode()).isEqualTo(200);
    }

    @Test
    void a_body_beyond_64_kib_is_refused() throws Exception {
        var most = "x".repeat(64 * 1024);
        assertThat(send(withToken(request("/launch").POST(BodyPublishers.ofString(most))))
                        .statusCode())
                .isEqualTo(200);

        var response = send(withToken(request("/launch").POST(BodyPublishers.ofString(most + "x"))));

        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(response.body()).isEqualTo("the body is larger than 65536 bytes; send only the hash\n");
    }

    @Test
    void a_page_of_another_site_is_refused_whatever_it_shows() throws Exception {
        var response = send(withToken(post(request("/launch"))).header("Origin", "https://evil.example"));

        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(response.body()).startsWith("not allowed: a page of another site sent this");
    }

    @Test
    void a_token_file_that_can_not_be_used_keeps_the_agent_from_starting() throws Exception {
        var manager =
                new ApiOptions(Authentication.TOKEN, Files.writeString(directory.resolve("short"), "abc"), List.of());

        assertThatThrownBy(() -> new RequestGuard(manager, shop.state))
                .hasMessageContaining("cannot use the API token file")
                .hasMessageEndingWith("the token is shorter than 16 characters; remove the file to get a new one");
    }

    @Test
    void a_token_file_that_is_not_there_is_made() throws Exception {
        var file = directory.resolve("new-token");

        new RequestGuard(new ApiOptions(Authentication.TOKEN, file, List.of()), shop.state);

        assertThat(Files.readString(file).strip()).matches("[0-9a-f]{64}");
    }

    @Test
    void a_log_needs_the_token_though_it_changes_nothing() throws Exception {
        var blue = shop.launched("blue");
        shop.engine.writes(TestApplication.container(blue), "one", "two");
        var path = "/deployments/" + blue.hash().value() + "/logs";

        assertThat(send(request(path)).statusCode()).isEqualTo(401);
        var response = send(withToken(request(path)));
        assertThat(response.headers().firstValue("Content-Type")).contains("text/plain;charset=utf-8");
        assertThat(response.body()).isEqualTo("one\ntwo\n");
    }

    @Test
    void a_log_of_what_nobody_knows_is_not_found() throws Exception {
        var response = send(withToken(request("/deployments/0123456789abcdef0123456789abcdef/logs")));

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).startsWith("this host knows no deployment of configuration 01234567");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tail=-1", "tail=10001", "tail=many", "follow=yes"})
    void a_log_has_bounds(String query) throws Exception {
        var blue = shop.launched("blue");

        var response = send(withToken(request("/deployments/" + blue.hash().value() + "/logs?" + query)));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).startsWith(query.substring(0, query.indexOf('=')) + ": must be");
    }

    @Test
    void events_are_an_array_for_who_accepts_json() throws Exception {
        shop.events.add(Event.of(EventType.PAUSED, "first"));
        shop.events.add(Event.of(EventType.RESUMED, "second"));

        var response = send(request("/events?recent=1").header("Accept", "application/json"));

        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.body()).startsWith("[{").contains("second").doesNotContain("first");
    }

    @Test
    void how_many_events_are_wanted_has_bounds() throws Exception {
        var response = send(request("/events?recent=1001").header("Accept", "application/json"));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("recent: must be a number from 0 to 1000");
    }

    @Test
    void who_listens_to_events_gets_those_that_it_has_missed_and_those_that_follow() throws Exception {
        var first = shop.events.add(Event.of(EventType.PAUSED, "first"));
        shop.events.add(Event.of(EventType.RESUMED, "second"));

        var response = client.send(
                request("/events").header("Last-Event-ID", first.id()).build(), BodyHandlers.ofInputStream());

        assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
        try (var lines = new Scanner(response.body())) {
            assertThat(lines.nextLine()).isEqualTo("retry: 1000");
            assertThat(lines.nextLine()).isEmpty();
            assertThat(lines.nextLine()).startsWith("id: ");
            assertThat(lines.nextLine()).startsWith("data: {").contains("second");
            shop.events.add(Event.of(EventType.PAUSED, "third"));
            assertThat(lines.nextLine()).isEmpty();
            assertThat(lines.nextLine()).startsWith("id: ");
            assertThat(lines.nextLine()).contains("third");
        }
    }
}
