package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.exchange.ExchangeLog;
import io.wunderproxy.proxy.routing.Backend;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The log at level DEBUG explains what became of one request. */
@OnEveryLane
class ExchangeLogTest {
    private static final Logger LOG = Logger.getLogger(ExchangeLog.class.getName());

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Handler collector = new Handler() {
        @Override
        public void publish(LogRecord line) {
            lines.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        collector.setLevel(Level.ALL);
        LOG.addHandler(collector);
        LOG.setUseParentHandlers(false);
        LOG.setLevel(Level.FINE);
    }

    @AfterEach
    void stop() {
        LOG.removeHandler(collector);
        LOG.setUseParentHandlers(true);
        LOG.setLevel(null);
    }

    @Test
    void a_request_is_followed_from_its_backend_to_its_end() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("body"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            assertThat(client.get("/path?secret").read().status()).isEqualTo(200);
            assertThat(client.get("/path").read().status()).isEqualTo(200);
            await().until(() -> lines.size() == 8);
            assertThat(lines).allSatisfy(line -> assertThat(line).matches("[0-9a-f]{32} GET /path from 127.0.0.1: .+"));
            assertThat(lines.stream().map(line -> line.substring(line.indexOf(": ") + 2)))
                    .satisfiesExactly(
                            line -> assertThat(line).startsWith("goes to backend-"),
                            line -> assertThat(line).matches("has a new connection after [0-9]+ us"),
                            line -> assertThat(line).matches("has a response, 200, after [0-9]+ us"),
                            line -> assertThat(line).isEqualTo("ended with 200, 0 bytes in, 4 bytes out"),
                            line -> assertThat(line).startsWith("goes to backend-"),
                            line -> assertThat(line).isEqualTo("takes a connection that was idle"),
                            line -> assertThat(line).matches("has a response, 200, after [0-9]+ us"),
                            line -> assertThat(line).isEqualTo("ended with 200, 0 bytes in, 4 bytes out"));
        }
    }

    @Test
    void a_502_is_explained() throws Exception {
        try (var proxy = TestProxy.start()) {
            proxy.active.switchTo(new Backend("nobody", "127.0.0.1", 1));
            assertThat(proxy.get("/").status()).isEqualTo(502);
            assertThat(lines)
                    .anySatisfy(line ->
                            assertThat(line).contains("gets no connection: ").contains("refused"))
                    .anySatisfy(line -> assertThat(line)
                            .contains("gets the proxy's own response: 502, the application can't be reached"));
        }
    }

    @Test
    void what_is_refused_at_once_has_no_id_and_brings_nothing_into_the_log_that_is_no_text() throws Exception {
        try (var proxy = TestProxy.start();
                var client = proxy.connect()) {
            assertThat(client.send("GET /\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(400);
            assertThat(lines)
                    .anySatisfy(line -> assertThat(line).startsWith("- ").contains("400"));
            assertThat(lines).allSatisfy(line -> assertThat(line).matches("[ -~]*"));
        }
    }

    @Test
    void nothing_is_logged_at_any_other_level() throws Exception {
        LOG.setLevel(Level.INFO);
        try (var proxy = TestProxy.start()) {
            assertThat(proxy.get("/").status()).isEqualTo(503);
            assertThat(lines).isEmpty();
        }
    }
}
