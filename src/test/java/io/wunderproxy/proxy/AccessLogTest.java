package io.wunderproxy.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class AccessLogTest {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Test
    void writesOneLineARequest() {
        try (var log = new AccessLog(lines::add)) {
            log.log(new AccessLog.Entry("GET", "/a?b=c", 200, 1_234_567));
        }
        assertThat(lines).containsExactly("GET /a?b=c 200 1.234ms");
    }

    @Test
    void writesNoControlCharacterOfAClient() {
        try (var log = new AccessLog(lines::add)) {
            log.log(new AccessLog.Entry("GET", "/a\nb\u001b\u00e4", 200, 0));
        }
        assertThat(lines).containsExactly("GET /a%0Ab%1B%E4 200 0.0ms");
    }

    @Test
    void dropsAndCountsWhatASlowLogCannotTake() {
        var go = new CountDownLatch(1);
        try (var log = new AccessLog(line -> {
            try {
                go.await();
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
            }
            lines.add(line);
        })) {
            for (var i = 0; i < 10_000; i++) {
                log.log(new AccessLog.Entry("GET", "/", 200, 0));
            }
            go.countDown();
        }
        assertThat(lines).hasSizeLessThan(10_000).anyMatch(line -> line.matches(".*too slow: [0-9]+ lines dropped"));
    }
}
