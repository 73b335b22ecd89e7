package io.wunderproxy.proxy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;

/** Waits until a sender that is held back has stopped. */
final class Standstill {
    private Standstill() {}

    static void await(AtomicLong sent) {
        var last = new AtomicLong(-1);
        Awaitility.await()
                .pollInterval(Duration.ofMillis(300))
                .until(() -> sent.get() > 0 && last.getAndSet(sent.get()) == sent.get());
    }
}
