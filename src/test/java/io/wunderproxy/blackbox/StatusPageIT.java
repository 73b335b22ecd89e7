package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The status page in a real browser, with a real agent and real containers behind it. */
class StatusPageIT {
    private static final Path PICTURES = Path.of("target", "status-page");

    @RegisterExtension
    static final Host HOST = Host.withDirectoryStore();

    private static Agent agent;
    private static Browser browser;

    @BeforeAll
    static void start() throws IOException {
        Files.createDirectories(PICTURES);
        agent = HOST.startAgent("--drain-timeout", "60s");
        browser = HOST.closeLater(Browser.start(HOST.directory()));
    }

    @AfterAll
    static void nothing_came_from_elsewhere() {
        assertThat(browser.requested()).isNotEmpty().allSatisfy(url -> assertThat(url)
                .matches(u -> u.startsWith(origin()) || u.startsWith("data:")));
    }

    /** As a new visitor: without a token, in a window of usual size. */
    @BeforeEach
    void openPage() {
        browser.size(1280, 900).prefer("light").open(origin());
        browser.evaluate("sessionStorage.clear(); localStorage.clear()");
        browser.open(origin() + "?");
        browser.forgetComplaints();
        browser.open(origin());
        awaitText("#link", "live");
    }

    private static String origin() {
        return "http://127.0.0.1:" + agent.apiPort() + "/";
    }

    private static void awaitText(String selector, String expected) {
        await(selector + " to show " + expected)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> browser.text(selector), text -> text.contains(expected));
    }

    private static String row(Revision.Published revision) {
        return "#deployments [data-hash=\"" + revision.hash() + "\"]";
    }

    private static void awaitState(Revision.Published revision, String state) {
        awaitText(row(revision) + " .chip", state);
    }

    @Test
    void a_deployment_is_watched_live_from_launch_to_drained() throws Exception {
        var blue = HOST.revision("watched-blue").publish();
        var green = HOST.revision("watched-green").env("START_DELAY", "2").publish();
        agent.deploy(blue);
        awaitText("#serving-revision", blue.revision());
        awaitText("#serving-health", "healthy");
        try (var stream = new Wire(agent.proxyPort())) {
            stream.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n").readHead();

            browser.click("#launch-button");
            browser.type(green.hash());
            browser.click("#launch-switch");
            browser.click("#confirm-token");
            browser.type(agent.token());
            browser.press("Enter");

            awaitState(green, "launching");
            awaitText(row(green) + " .now", "GET /up");
            awaitState(green, "active");
            awaitText("#serving-revision", green.revision());
            awaitState(blue, "draining");
            awaitText(row(blue) + " .now", "draining: 1 request is open");
            awaitText("#operations", "switched proxy to port");
        }
        awaitState(blue, "gone");
        assertThat(browser.text(row(blue) + " .timeline"))
                .containsSubsequence("launched", "healthy", "switched", "gone");
        assertThat(browser.evaluate("[...document.querySelectorAll('#events li')].reverse()"
                                + ".map(e => e.dataset.type).join(' ')")
                        .asText())
                .containsSubsequence("fetching", "created", "started", "confirmed", "switched", "draining", "removed");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void a_click_switches_back_to_what_served_before() {
        var good = HOST.revision("good").pushed().publish();
        var bad = HOST.revision("bad").publish();
        agent.deploy(good).deploy(bad);
        awaitState(good, "gone");
        awaitText("#serving-revision", bad.revision());

        browser.click("#back-button");
        assertThat(browser.text("#confirm"))
                .contains("Switch back to " + good.revision())
                .contains("all new requests go to it");
        browser.click("#confirm-token");
        browser.type(agent.token());
        browser.click("#confirm-yes");

        awaitText("#serving-revision", good.revision());
        assertThat(agent.get("/revision").revision()).isEqualTo(good.revision());
        awaitState(bad, "gone");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void a_wrong_token_changes_nothing_and_is_asked_for_again() {
        browser.click("#pause-button");
        browser.type("0123456789abcdef");
        browser.press("Enter");

        awaitText("#operations", "did not accept the token");
        assertThat(agent.status().at("/Gate/State").asText()).isEqualTo("open");
        browser.click("#pause-button");
        awaitText("#confirm", "API token");
        browser.press("Escape");
        assertThat(browser.evaluate("byId('confirm').open").asBoolean()).isFalse();
    }

    @Test
    void traffic_is_held_back_and_let_go_by_clicks() {
        browser.click("#maintenance-button");
        browser.type("back at noon");
        browser.click("#confirm-token");
        browser.type(agent.token());
        browser.click("#confirm-yes");

        awaitText("#notices", "In maintenance");
        assertThat(agent.get("/").body()).contains("back at noon");
        browser.click("#resume-button");
        browser.press("Enter");

        await().until(() -> agent.status().at("/Gate/State").asText().equals("open"));
        awaitText("#operations", "resumed");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void what_a_container_prints_is_followed() {
        var chatty = HOST.revision("chatty").argument("LOG_LINES", "40").publish();
        agent.deploy(chatty);
        awaitState(chatty, "active");

        browser.click(row(chatty) + " .buttons .plain");
        browser.type(agent.token());
        browser.press("Enter");

        await("its lines")
                .until(() -> browser.evaluate("byId('logs').childElementCount").asInt() >= 40);
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void a_restart_of_the_agent_is_shown_and_survived() {
        var before = HOST.revision("before").publish();
        var after = HOST.revision("after").publish();
        agent.deploy(before);
        awaitText("#serving-revision", before.revision());

        agent.kill();
        awaitText("#link", "no response since");
        agent.restart();

        awaitText("#link", "live");
        awaitText("#events", "the agent was restarted");
        agent.deploy(after);
        awaitText("#serving-revision", after.revision());
        awaitText("#events", "switched");
        assertThat(browser.complaints())
                .as("nothing but that there was nobody to respond")
                .allSatisfy(text -> assertThat(text).contains("net::ERR_"));
    }

    @Test
    void a_thousand_events_a_minute_leave_it_usable() {
        for (var i = 0; i < 500; i++) {
            agent.post("/pause", "");
            agent.post("/resume", "");
        }

        await("the last of them").until(() -> browser.evaluate("document.querySelector('#events li').dataset.type")
                .asText()
                .equals("resumed"));
        assertThat(browser.evaluate("byId('events').childElementCount").asInt()).isEqualTo(500);
        var delay = browser.evaluate("new Promise(done => { const began = performance.now();"
                + " requestAnimationFrame(() => setTimeout(() => done(performance.now() - began))); })");
        assertThat(delay.asDouble()).as("ms until the next frame").isLessThan(1000);
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void everybody_can_use_it_in_both_themes_and_in_every_size() {
        var blue = HOST.revision("seen-blue").publish();
        var green = HOST.revision("seen-green").publish();
        agent.deploy(blue);
        agent.deploy(green);
        agent.launch(HOST.revision("seen-red")
                .argument("UP_STATUS", "500")
                .deadline("2s")
                .publish());
        IntStream.range(0, 200).forEach(i -> agent.get(i % 20 == 0 ? "/status/404" : "/bytes/1000"));
        awaitState(blue, "gone");
        await("two samples")
                .atMost(LONG)
                .until(() -> agent.api("GET", "/traffic").json().path("Time").size() >= 2);
        browser.open(origin());
        await("the charts to be drawn")
                .until(() -> browser.evaluate("document.querySelector('#chart-requests .plot').ariaLabel")
                        .asText()
                        .contains("Now: 2xx"));
        browser.evaluate(Browser.script("/axe.min.js"));

        var violations = new ArrayList<String>();
        for (var theme : List.of("light", "dark")) {
            browser.prefer(theme);
            for (var width : new int[] {390, 1280, 2560}) {
                browser.size(width, width == 390 ? 844 : width * 10 / 16);
                assertThat(browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
                                .asBoolean())
                        .as("nothing sticks out at %s px", width)
                        .isTrue();
                violations.addAll(violations());
                browser.screenshot(PICTURES.resolve(theme + "-" + width + ".png"), true);
            }
            browser.size(1280, 900).click("#launch-button");
            violations.addAll(violations());
            browser.screenshot(PICTURES.resolve(theme + "-dialog.png"), false);
            browser.press("Escape");
        }
        assertThat(violations).isEmpty();
        assertThat(browser.complaints()).isEmpty();
    }

    private static List<String> violations() {
        var found = browser.evaluate("axe.run({resultTypes: ['violations']}).then(result => result.violations.flatMap("
                + "rule => rule.nodes.map(node => rule.id + ': ' + node.target + ' ' + node.failureSummary)))");
        return StreamSupport.stream(found.spliterator(), false)
                .map(violation -> violation.asText())
                .toList();
    }

    @Test
    void the_theme_can_be_chosen_and_is_remembered() {
        browser.click("#theme-button");
        browser.click("#theme-button");
        awaitText("#theme-button", "dark");
        var dark = browser.evaluate("getComputedStyle(document.body).backgroundColor");

        browser.open(origin());

        awaitText("#theme-button", "dark");
        assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
                .isEqualTo(dark);
        assertThat(dark.asText()).isEqualTo("rgb(13, 17, 23)");
    }

    @Test
    void it_is_one_document_that_is_sent_again_only_when_it_has_changed() {
        var page = agent.api("GET", "/", request -> request.header("Accept", "text/html"));

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type").orElseThrow()).startsWith("text/html");
        assertThat(page.header("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'", "script-src 'sha256-")
                .doesNotContain("unsafe");
        assertThat(page.body()).contains("Copyright (c) 2022 Leon Sorokin").doesNotContain("{{");
        var again = agent.api(
                "GET",
                "/",
                request -> request.header("If-None-Match", page.header("ETag").orElseThrow()));
        assertThat(again.status()).isEqualTo(304);
    }
}
