package io.wunderproxy.rollout;

import java.time.Duration;

/** The passing of time, as those measure it who wait for something. */
public interface Pauses {

    /** That of this machine. */
    Pauses REAL = new Pauses() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void pause(Duration time) {
            try {
                Thread.sleep(time);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw RolloutException.interrupted();
            }
        }
    };

    /** A moment, in nanoseconds; only differences mean something. */
    long nanos();

    /**
     * Returns after this time.
     *
     * @throws RolloutException if the thread is interrupted
     */
    void pause(Duration time);
}
