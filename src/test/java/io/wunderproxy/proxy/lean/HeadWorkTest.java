package io.wunderproxy.proxy.lean;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class HeadWorkTest {
    private static final int HEADS = 20_000;

    private final HeadWork work = new HeadWork();

    @Test
    void requests_are_read_and_written_without_an_object() {
        assertThat(allocatedForEach(() -> {
                    assertWhole(HeadWork.SMALL_REQUEST, work.readRequest(HeadWork.SMALL_REQUEST));
                    work.write();
                    assertWhole(HeadWork.BROWSER_REQUEST, work.readRequest(HeadWork.BROWSER_REQUEST));
                    work.write();
                }))
                .isZero();
    }

    @Test
    void responses_are_read_and_written_without_an_object() {
        assertThat(allocatedForEach(() -> {
                    assertWhole(HeadWork.RESPONSE, work.readResponse(HeadWork.RESPONSE));
                    work.write();
                }))
                .isZero();
    }

    private static long allocatedForEach(Runnable head) {
        head.run();
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var before = threads.getCurrentThreadAllocatedBytes();
        for (var i = 0; i < HEADS; i++) {
            head.run();
        }
        // What the measurement itself takes is shared by all heads.
        return (threads.getCurrentThreadAllocatedBytes() - before) / HEADS;
    }

    private static void assertWhole(byte[] head, int length) {
        if (length != head.length) {
            throw new AssertionError("the lane does not take a plain head: " + length);
        }
    }
}
