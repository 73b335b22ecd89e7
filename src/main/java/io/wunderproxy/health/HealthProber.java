package io.wunderproxy.health;

import io.wunderproxy.time.MonotonicTime;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Asks containers whether they are healthy, and waits until one is. */
public final class HealthProber {

    /** Two of them and two probes: an application that has become healthy is confirmed within 150 ms. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Probe probe;
    private final MonotonicTime time;

    public HealthProber(Probe probe, MonotonicTime time) {
        this.probe = probe;
        this.time = time;
    }

    /** How the wait for a container to become healthy ended. */
    public sealed interface Outcome {
        /**
         * It is healthy.
         *
         * @param where it was asked, each time that counts
         */
        record Confirmed(Target where) implements Outcome {}

        /** The container ended. */
        record Exited() implements Outcome {}

        /** The deadline passed; the last probe tells why. */
        record TooLate(ProbeResult last) implements Outcome {}

        /** It can't become healthy. */
        record Hopeless(ProbeResult.Never why) implements Outcome {}
    }

    /** One probe. Blocks for as long as the check's timeout at most. */
    public ProbeResult probe(Target target, HealthCheck check) throws InterruptedException {
        return switch (target) {
            case Target.At at -> probe.ask(at, check);
            case Target.Known(var result) -> result;
            case Target.Nowhere(var reason) -> new ProbeResult.Unreachable(reason);
        };
    }

    /**
     * Probes until the container is healthy, has ended, can't become healthy, or the deadline has passed: at once, and then every 50 ms. To an application
     * that responds slowly that it is not healthy, the pauses are as long as its responses took, but no longer than the check's
     * interval: it shall not be kept from starting by being asked.
     *
     * @param target where to probe; asked again after each probe that does not find the container healthy, and once after the last
     *     one that does: if it is another by then, somebody else may have responded, and probing continues; the engine's own words are
     *     asked for each time
     * @param exit done when the container has ended
     * @param news gets each result that is described otherwise than the one before; the words of the application may be another text
     *     each time
     */
    public Outcome confirm(Supplier<Target> target, HealthCheck check, Future<?> exit, Consumer<ProbeResult> news)
            throws InterruptedException {
        var began = time.nanos();
        var successes = 0;
        ProbeResult last = null;
        var where = target.get();
        while (true) {
            var asked = time.nanos();
            var result = probe(where, check);
            var took = Duration.ofNanos(time.nanos() - asked);
            if (last == null || !result.describe().equals(last.describe())) {
                news.accept(result);
            }
            if (result instanceof ProbeResult.Never never) {
                return new Outcome.Hopeless(never);
            }
            last = result;
            successes = last.healthy() ? successes + 1 : 0;
            if (successes >= check.successes()) {
                var now = target.get();
                if (now.equals(where)) {
                    return new Outcome.Confirmed(where);
                }
                last = new ProbeResult.Unreachable(
                        now instanceof Target.Nowhere(var reason)
                                ? reason
                                : "it got another address while it was asked");
                news.accept(last);
                successes = 0;
                where = now;
            }
            var pause = min(pauseAfter(result, took), check.interval());
            if (time.nanos() - began + pause.toNanos() >= check.deadline().toNanos()) {
                return new Outcome.TooLate(last);
            }
            if (ended(exit, pause)) {
                return new Outcome.Exited();
            }
            if (!result.healthy() || where instanceof Target.Known) {
                where = target.get();
            }
        }
    }

    private static Duration pauseAfter(ProbeResult result, Duration took) {
        return !result.healthy() && !result.unresponsive() && took.compareTo(PAUSE) > 0 ? took : PAUSE;
    }

    private boolean ended(Future<?> exit, Duration within) throws InterruptedException {
        try {
            time.await(exit, within);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            // The engine can't tell: the probes will.
            time.sleep(within);
            return false;
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
