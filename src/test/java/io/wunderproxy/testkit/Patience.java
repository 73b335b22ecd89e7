package io.wunderproxy.testkit;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.Extension;

/**
 * How long a test waits for what has to come. No test expects anything to take so long; the limits are for busy machines,
 * and make an event that was lost a failure instead of a run without an end.
 *
 * <p>JUnit finds this extension by itself, before it looks at any test; {@link Awaitility} then waits as long as
 * {@link #SOON} by default.
 */
public final class Patience implements Extension {
    /** For what takes moments on an idle machine. */
    public static final Duration SOON = Duration.ofSeconds(30);
    /** For what starts a process, moves an image or waits for something of that kind. */
    public static final Duration LONG = Duration.ofMinutes(3);

    static {
        Awaitility.setDefaultTimeout(SOON);
    }

    /** Waits until the latch is open; fails if it is not {@link #SOON}. */
    public static void await(CountDownLatch latch) throws InterruptedException {
        if (!latch.await(SOON.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("what is waited for has not happened within " + SOON.toSeconds() + " s");
        }
    }
}
