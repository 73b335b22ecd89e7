package io.wunderproxy.time;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The time that passes while somebody works or waits, whatever a clock is set to. In tests it passes when they say so. */
public interface MonotonicTime {

    /** As the machine measures it. */
    MonotonicTime OF_THE_MACHINE = new MonotonicTime() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void sleep(Duration time) throws InterruptedException {
            Thread.sleep(time);
        }

        @Override
        public <T> T await(Future<T> event, Duration longest)
                throws InterruptedException, ExecutionException, TimeoutException {
            return event.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        }
    };

    /** A moment in nanoseconds; only the difference between two of them means something. */
    long nanos();

    /** Returns when so much time has passed. */
    void sleep(Duration time) throws InterruptedException;

    /**
     * Waits for an event.
     *
     * @param longest must be less than 292 years
     * @return what the event brought
     * @throws ExecutionException if it brought a failure
     * @throws TimeoutException if so much time has passed without it
     */
    <T> T await(Future<T> event, Duration longest) throws InterruptedException, ExecutionException, TimeoutException;
}
