package io.wunderproxy.testkit;

import java.time.Duration;

/**
 * The pace of a client or an application that is slow by nature, against a program whose time is that of the machine. It
 * makes load; what a test claims must not depend on it.
 */
public final class Pace {
    private Pace() {}

    /** Does nothing for a while. */
    public static void pause(Duration time) throws InterruptedException {
        Thread.sleep(time);
    }
}
