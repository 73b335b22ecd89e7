package io.wunderproxy.proxy.stats;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Lets time pass for statistics every second, on a thread of its own, so that no event loop has to. */
public final class StatsClock implements AutoCloseable {
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("stats").factory());

    public StatsClock(TrafficStats stats) {
        clock.scheduleWithFixedDelay(stats::tick, 1, 1, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
