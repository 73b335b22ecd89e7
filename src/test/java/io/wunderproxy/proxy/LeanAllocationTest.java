package io.wunderproxy.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.stats.AccessLogOptions;
import io.wunderproxy.proxy.stats.LogFormat;
import io.wunderproxy.testkit.NothingLeaks;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a request on the lean lane leaves to the garbage collector: that is what the slowest requests wait for. Counted on the event loop
 * alone, with all that Netty does there.
 */
class LeanAllocationTest {
    private static final int REQUESTS = 2000;
    private static final String REQUEST =
            "GET /some/path?with=query HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Mon, 30 Nov 2026 12:00:00 GMT\r\n"
            + "Content-Type: text/plain\r\nContent-Length: 1024\r\nLast-Modified: Mon, 30 Nov 2026 11:00:00 GMT\r\n"
            + "Connection: keep-alive\r\nETag: \"6a-400\"\r\nAccept-Ranges: bytes\r\n\r\n" + "x".repeat(1024);
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    Path directory;

    /** Code that is not compiled yet allocates what compiled code does not; on a busy machine the compiler takes a while. */
    private static final int ROUNDS = 10;

    /** How many bytes a request allocates, in the best of some rounds. */
    private static long bytesARequest(AccessLogOptions log) throws Exception {
        try (var backend = TestBackend.responding(request -> RESPONSE);
                var proxy = TestProxy.start(
                                Lane.LEAN, options -> options.eventLoops(1).accessLog(log), new AppBackends())
                        .to(backend);
                var client = proxy.connect()) {
            // Afterwards everything has its final size.
            send(client);
            var least = Long.MAX_VALUE;
            for (var round = 1; round <= ROUNDS; round++) {
                var before = allocated(proxy);
                send(client);
                least = Math.min(least, (allocated(proxy) - before) / REQUESTS);
                assertThat(proxy.leanRequests()).isEqualTo((round + 1) * REQUESTS);
            }
            return least;
        }
    }

    private static void send(Wire client) throws Exception {
        for (var i = 0; i < REQUESTS; i++) {
            assertThat(client.send(REQUEST).read().status()).isEqualTo(200);
        }
    }

    private static long allocated(TestProxy proxy) {
        var allocated = new long[1];
        proxy.onEachLoop(() -> allocated[0] = THREADS.getCurrentThreadAllocatedBytes());
        return allocated[0];
    }

    @Test
    @NothingLeaks.Sampled
    void a_request_allocates_next_to_nothing() throws Exception {
        assertThat(bytesARequest(null)).isLessThan(500);
    }

    @Test
    @NothingLeaks.Sampled
    void the_access_log_allocates_nothing_that_matters() throws Exception {
        var log = new AccessLogOptions(directory.resolve("access.log"), LogFormat.JSON, true);
        assertThat(bytesARequest(log)).isLessThan(500);
    }
}
