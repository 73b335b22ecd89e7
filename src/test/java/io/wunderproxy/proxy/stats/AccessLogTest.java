package io.wunderproxy.proxy.stats;

import static io.wunderproxy.proxy.TestBackend.ok;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.wunderproxy.proxy.OnEveryLane;
import io.wunderproxy.proxy.TestBackend;
import io.wunderproxy.proxy.TestProxy;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.transport.ProxyStartException;
import io.wunderproxy.testkit.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@OnEveryLane
class AccessLogTest {
    @TempDir
    Path directory;

    private final List<String> written = new CopyOnWriteArrayList<>();

    private static AccessLogEntry entry(String target) {
        return entry(target, 0);
    }

    private static AccessLogEntry entry(String target, long ended) {
        return new AccessLogEntry(
                ended,
                "192.0.2.7",
                "shop",
                "GET",
                target,
                "HTTP/1.1",
                200,
                1_234_567,
                3,
                4,
                null,
                "id",
                Refusal.PAUSED);
    }

    private static String text(AccessLogFormat format, AccessLogEntry entry) {
        var record = new LogRecord();
        entry.fill(record);
        return text(format, record);
    }

    private static String text(AccessLogFormat format, LogRecord record) {
        var text = new LogText();
        format.append(text, record);
        return new String(text.bytes(), 0, text.length(), US_ASCII);
    }

    @Test
    void writes_one_line_of_text_a_request() {
        assertThat(text(new AccessLogFormat(LogFormat.TEXT, true), entry("/a?b=c")))
                .isEqualTo("1970-01-01T00:00:00Z 192.0.2.7 GET /a?b=c 200 4 1.234ms paused\n");
    }

    @Test
    void writes_no_control_character_of_a_method() {
        var evil =
                new AccessLogEntry(0, "192.0.2.7", "shop", "G\u0085T", "/", "HTTP/1.1", 200, 0, 0, 0, null, "id", null);
        assertThat(text(new AccessLogFormat(LogFormat.TEXT, false), evil)).contains(" G%85T / ");
    }

    @Test
    void leaves_the_query_out_unless_it_is_asked_for() {
        assertThat(text(new AccessLogFormat(LogFormat.TEXT, false), entry("/a?token=secret")))
                .contains(" /a ")
                .doesNotContain("secret");
        assertThat(text(new AccessLogFormat(LogFormat.JSON, false), entry("/a?token=secret")))
                .doesNotContain("secret");
    }

    @Test
    void writes_no_control_character_of_a_client() throws Exception {
        var evil = entry("/a\nb\u001b\u00e4\"\u007f\u009b");
        assertThat(text(new AccessLogFormat(LogFormat.TEXT, false), evil)).contains(" /a%0Ab%1B%E4\"%7F%9B ");
        var line = text(new AccessLogFormat(LogFormat.JSON, false), evil);
        assertThat(line.strip()).hasLineCount(1).doesNotContain("\u001b", "\u007f", "\u009b");
        assertThat(new ObjectMapper().readTree(line).path("path").asText())
                .isEqualTo("/a\nb\u001b\u00e4\"\u007f\u009b");
    }

    @ParameterizedTest
    @CsvSource({
        "http://user:hush@shop.example/a?b, http://***@shop.example/a",
        "http://user:hu/sh@shop.example/a, http://***@shop.example/a",
        "http://user:hu?sh@shop.example/a, http://***@shop.example/a",
        "ftp://hush@shop.example, ftp://***@shop.example",
        "user:hush@shop.example:443, ***@shop.example:443",
        "/a@b//c, /a@b//c",
    })
    void writes_no_password_of_a_target_that_was_refused(String target, String shown) throws Exception {
        assertThat(text(new AccessLogFormat(LogFormat.TEXT, false), entry(target)))
                .contains(" " + shown + " ")
                .doesNotContain("hu");
        var line = text(new AccessLogFormat(LogFormat.JSON, true), entry(target));
        assertThat(new ObjectMapper().readTree(line).path("path").asText())
                .startsWith(shown)
                .doesNotContain("hu");
    }

    @Test
    void writes_no_password_of_a_refused_request() throws Exception {
        var file = directory.resolve("access.log");
        try (var proxy =
                TestProxy.start(options -> options.accessLog(new AccessLogOptions(file, LogFormat.TEXT, true)))) {
            for (var start : List.of("GET http://user:hush@shop.example/", "CONNECT user:hush@shop.example:443")) {
                try (var client = proxy.connect()) {
                    client.send(start + " HTTP/1.1\r\nHost: a\r\n\r\n").read();
                }
            }
        }
        assertThat(file).content().contains("***@shop.example").doesNotContain("hush");
    }

    @Test
    void tells_about_a_request_in_json() throws Exception {
        var file = directory.resolve("access.log");
        try (var backend = TestBackend.responding(request -> ok("hello"))) {
            try (var proxy = TestProxy.start(
                                    options -> options.accessLog(new AccessLogOptions(file, LogFormat.JSON, false)))
                            .to(backend);
                    var client = proxy.connect()) {
                client.send("POST /cart?secret=1 HTTP/1.1\r\nHost: shop.example\r\nAuthorization: Bearer hush\r\n"
                        + "Cookie: hush=1\r\nContent-Length: 3\r\n\r\nabc");
                client.read();
            }
            var line = Files.readString(file);
            var logged = new ObjectMapper().readTree(line);
            assertThat(line).doesNotContain("hush", "secret");
            assertThat(logged.path("host").asText()).isEqualTo("shop.example");
            assertThat(logged.path("method").asText()).isEqualTo("POST");
            assertThat(logged.path("path").asText()).isEqualTo("/cart");
            assertThat(logged.path("status").asInt()).isEqualTo(200);
            assertThat(logged.path("bytes_in").asInt()).isEqualTo(3);
            assertThat(logged.path("bytes_out").asInt()).isEqualTo(5);
            assertThat(logged.path("client").asText()).isEqualTo("127.0.0.1");
            assertThat(logged.path("backend").asText())
                    .contains(backend.backend().id());
            assertThat(logged.path("request_id").asText()).hasSize(32);
            assertThat(logged.has("refusal")).isFalse();
        }
    }

    @Test
    void opens_the_file_again_when_asked() throws Exception {
        var file = directory.resolve("access.log");
        try (var log = new AccessLog(new AccessLogFormat(LogFormat.TEXT, false), new LogFile(file))) {
            var loop = log.forLoop();
            entry("/before").logTo(loop);
            await().until(() -> Files.readString(file).contains("/before"));
            Files.move(file, directory.resolve("old.log"));
            log.reopen();
            await().until(() -> Files.exists(file));
            entry("/after").logTo(loop);
            await().until(() -> Files.readString(file).contains("/after"));
        }
        assertThat(directory.resolve("old.log")).content().contains("/before").doesNotContain("/after");
    }

    @Test
    void says_at_the_start_that_the_file_cannot_be_written() {
        assertThatThrownBy(() -> new LogFile(directory.resolve("missing/access.log")))
                .isInstanceOf(ProxyStartException.class)
                .hasMessageContaining("missing/access.log");
    }

    @Test
    void drops_and_counts_what_a_slow_log_cannot_take() throws Exception {
        var go = new CountDownLatch(1);
        try (var log = new AccessLog(new AccessLogFormat(LogFormat.TEXT, false), (lines, length) -> {
            try {
                Patience.await(go);
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
            }
            written.add(new String(lines, 0, length, US_ASCII));
        })) {
            var loop = log.forLoop();
            for (var i = 0; i < 10_000; i++) {
                entry("/").logTo(loop);
            }
            assertThat(log.dropped()).isPositive();
            go.countDown();
        }
        var lines = String.join("", written).lines().toList();
        assertThat(lines).hasSizeLessThan(10_000).anyMatch(line -> line.matches(".*too slow: [0-9]+ lines dropped"));
    }

    @Test
    void counts_what_cannot_be_written() {
        try (var log = new AccessLog(new AccessLogFormat(LogFormat.TEXT, false), (lines, length) -> {
            throw new IOException("no space left");
        })) {
            entry("/").logTo(log.forLoop());
            await().until(() -> log.dropped() == 1);
        }
    }

    @Test
    void writes_the_lines_of_all_event_loops_in_the_order_in_which_requests_ended() {
        var requests = 3000;
        var random = new SplittableRandom(1);
        try (var log = new AccessLog(
                new AccessLogFormat(LogFormat.TEXT, false),
                (lines, length) -> written.add(new String(lines, 0, length, US_ASCII)))) {
            // Nothing is taken before all are there, so that there is an order.
            var loops = Stream.generate(() -> new LoopLog(log)).limit(3).toList();
            for (var i = 0; i < requests; i++) {
                entry("/" + i, i).logTo(loops.get(random.nextInt(3)));
            }
            log.add(loops);
        }
        assertThat(String.join("", written).lines().map(line -> line.split(" ")[3]))
                .containsExactlyElementsOf(
                        IntStream.range(0, requests).mapToObj(i -> "/" + i).toList());
    }

    @Test
    void a_place_in_the_log_is_used_again_without_anything_of_the_request_before() {
        var record = new LogRecord();
        entry("/long/path?with=query").fill(record);
        record.clear();
        entry("/").fillBytes(record);
        assertThat(text(new AccessLogFormat(LogFormat.JSON, true), record)).contains("\"path\":\"/\"");
        record.clear();
        entry("/again").fill(record);
        assertThat(text(new AccessLogFormat(LogFormat.JSON, true), record)).contains("\"path\":\"/again\"");
    }

    @Test
    void lines_are_those_of_the_JDK_and_Jackson() {
        var random = new SplittableRandom(1);
        for (var i = 0; i < 20_000; i++) {
            var entry = random(random);
            for (var format : LogFormat.values()) {
                var query = random.nextBoolean();
                var expected = new StringBuilder();
                new ReferenceFormat(format, query).append(expected, entry);
                var actual = new AccessLogFormat(format, query);
                assertThat(text(actual, entry)).isEqualTo(expected.toString());
                if (isBytes(entry)) {
                    var record = new LogRecord();
                    entry.fillBytes(record);
                    assertThat(text(actual, record)).isEqualTo(expected.toString());
                    record.clear();
                    entry.fillBytes(record);
                    assertThat(text(actual, record.named(entry.requestId()))).isEqualTo(expected.toString());
                }
            }
        }
    }

    private static AccessLogEntry random(SplittableRandom random) {
        var refusals = Refusal.values();
        return new AccessLogEntry(
                number(random, 60) * (random.nextInt(10) == 0 ? 1000 : 1),
                random.nextInt(5) == 0 ? null : "192.0.2." + random.nextInt(256),
                random.nextInt(5) == 0 ? null : text(random),
                text(random),
                random.nextInt(3) == 0 ? text(random) : "/" + text(random) + "?" + text(random),
                "HTTP/1.1",
                100 + random.nextInt(500),
                number(random, 62),
                number(random, 62),
                number(random, 62),
                random.nextInt(3) == 0 ? null : new Backend(text(random), "192.0.2.1", 1 + random.nextInt(65535)),
                random.nextInt(5) == 0 ? null : text(random),
                random.nextBoolean() ? null : refusals[random.nextInt(refusals.length)]);
    }

    /** Small ones as well as large ones. */
    private static long number(SplittableRandom random, int bits) {
        return random.nextLong(1L << 1 + random.nextInt(bits));
    }

    private static String text(SplittableRandom random) {
        var text = new StringBuilder();
        for (var length = random.nextInt(12); length > 0; length--) {
            text.append((char) random.nextInt(
                    switch (random.nextInt(8)) {
                        case 0 -> 0x10000;
                        case 1, 2 -> 0x100;
                        default -> 0x80;
                    }));
        }
        return text.toString();
    }

    /** Whether the lean lane could have forwarded such a request. */
    private static boolean isBytes(AccessLogEntry entry) {
        return entry.target().startsWith("/")
                && entry.host() != null
                && entry.requestId() != null
                && (entry.target() + entry.host() + entry.requestId()).chars().allMatch(c -> c < 0x100);
    }
}
