package io.wunderproxy.proxy.lean;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class HeadWorkTest {
    private static final int HEADS = 20_000;

    private final HeadWork work = new HeadWork();

    @Test
    void heads_are_read_and_written_without_an_object() {
        all();
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var before = threads.getCurrentThreadAllocatedBytes();
        for (var i = 0; i < HEADS; i++) {
            all();
        }
        var allocated = threads.getCurrentThreadAllocatedBytes() - before;

        // What the measurement itself takes is shared by all heads.
        assertThat(allocated / HEADS).isZero();
    }

    private void all() {
        assertWhole(HeadWork.SMALL_REQUEST, work.readRequest(HeadWork.SMALL_REQUEST));
        assertWhole(HeadWork.BROWSER_REQUEST, work.readRequest(HeadWork.BROWSER_REQUEST));
        work.write();
        assertWhole(HeadWork.RESPONSE, work.readResponse(HeadWork.RESPONSE));
        work.write();
    }

    private static void assertWhole(byte[] head, int length) {
        if (length != head.length) {
            throw new AssertionError("the lane does not take a plain head: " + length);
        }
    }
}
