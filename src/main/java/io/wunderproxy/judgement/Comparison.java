package io.wunderproxy.judgement;

import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Whether some traffic is served worse than other. Decides by its arguments alone.
 *
 * @param maxErrors how much higher the part of errors may be, 0 to 1
 * @param maxSlowdown how many times longer 99 of 100 requests may take; where there are few, 90 of 100
 * @param deviations how many standard deviations of chance the errors must be above that: whoever looks often sees much by chance
 * @param maxSeconds how long 90 of 100 requests may take where nothing is known to compare them with
 */
public record Comparison(double maxErrors, double maxSlowdown, double deviations, double maxSeconds) {

    /** The fewest requests that say something about errors. */
    public static final int ENOUGH_FOR_ERRORS = 20;

    /** The fewest errors that count: a single one among few requests is no rate. */
    private static final int FEW_ERRORS = 3;

    /** The fewest requests of which ten took longer than the percentile: a few that a short stall held up are no slowness. */
    private static final int ENOUGH_FOR_P90 = 100;

    private static final int ENOUGH_FOR_P99 = 1000;

    /** Times below this are too small for their ratio to mean anything. */
    private static final double SLOW_SECONDS = 0.05;

    /** The words for errors, if there are too many; empty if not, or if there is too little traffic to tell. */
    public Optional<String> errors(Traffic now, Traffic baseline) {
        var allowed = now.requests() * Math.min(1, baseline.errorRate() + maxErrors);
        var worse = now.requests() >= ENOUGH_FOR_ERRORS
                && now.errors() >= FEW_ERRORS
                && now.errorRate() > baseline.errorRate() + maxErrors
                && now.errors() > allowed + deviations * Math.sqrt(allowed);
        return worse ? Optional.of("errors") : Optional.empty();
    }

    /** The word for times, if they are too long; empty if not, or if there is too little traffic to tell. */
    public Optional<String> times(Traffic now, Traffic baseline) {
        return isSlow(now, baseline) ? Optional.of("slower") : Optional.empty();
    }

    private boolean isSlow(Traffic now, Traffic baseline) {
        var fewest = Math.min(now.requests(), baseline.requests());
        if (fewest < ENOUGH_FOR_P90) {
            return now.requests() >= ENOUGH_FOR_ERRORS && now.p90() > maxSeconds && now.p90() > baseline.p90();
        }
        ToDoubleFunction<Traffic> percentile = fewest < ENOUGH_FOR_P99 ? Traffic::p90 : Traffic::p99;
        var seconds = percentile.applyAsDouble(now);
        var usual = percentile.applyAsDouble(baseline);
        // The percentiles of a time without a request are 0.
        return usual > 0 && seconds > SLOW_SECONDS && seconds > usual * maxSlowdown;
    }
}
