package io.wunderproxy.rollout;

import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.HostOutcome;
import io.wunderproxy.fleet.LockedException;
import io.wunderproxy.fleet.Rollout;
import io.wunderproxy.fleet.Rollout.Phase;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.rollout.RolloutException.Kind;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * The records of a rollout with its fleet: the lock while it lasts, and how far it came, so that it can be continued. A fleet
 * that is only a list of hosts keeps neither. Called from any thread.
 */
final class RolloutLedger implements AutoCloseable {

    private final Optional<FleetRecords.Lock> lock;
    private final RolloutListener listener;
    private final Clock clock;
    private volatile Rollout rollout;
    private boolean behind;

    private RolloutLedger(Optional<FleetRecords.Lock> lock, RolloutListener listener, Clock clock) {
        this.lock = lock;
        this.listener = listener;
        this.clock = clock;
    }

    /**
     * Takes the lock.
     *
     * @param purpose the reason, for others who want the lock too
     * @throws LockedException if somebody else holds it
     */
    static RolloutLedger open(
            Optional<FleetRecords> records, String by, String purpose, RolloutListener listener, Clock clock)
            throws LockedException {
        if (records.isEmpty()) {
            listener.warn("without --table nothing keeps somebody else from deploying to these hosts at the same time");
            return new RolloutLedger(Optional.empty(), listener, clock);
        }
        try {
            return new RolloutLedger(Optional.of(records.get().lock(by, purpose)), listener, clock);
        } catch (LockedException e) {
            throw e;
        } catch (FleetException e) {
            throw RolloutException.table(e, "a deployment needs its lock, and " + e.getMessage());
        }
    }

    /** The number that hosts know this rollout by, so that they refuse an earlier one. */
    Optional<Long> fence() {
        return lock.map(FleetRecords.Lock::fence);
    }

    /** Records the rollout that begins. */
    void begin(Phase phase, String revision, ConfigHash hash, Optional<ConfigHash> previous) throws FleetException {
        if (lock.isPresent()) {
            rollout = new Rollout(
                    lock.get().fence(),
                    revision,
                    hash.value(),
                    value(previous),
                    lock.get().owner(),
                    clock.instant(),
                    null,
                    phase,
                    "",
                    List.of());
            lock.get().record(rollout);
        }
    }

    /**
     * Checks that nobody else may deploy now.
     *
     * @throws RolloutException if somebody may: then no host may be changed any more
     */
    void ensureAlone() {
        if (lock.isPresent()) {
            try {
                lock.get().ensureHeld();
            } catch (FleetException e) {
                throw new RolloutException(Kind.CONFLICT, e.getMessage());
            }
        }
    }

    /** Records how far it came. The lock decides who may deploy; a ledger that is behind is only a warning. */
    void phase(Phase phase, String message) {
        if (rollout != null) {
            rollout = new Rollout(
                    rollout.number(),
                    rollout.revision(),
                    rollout.hash(),
                    rollout.previousHash(),
                    rollout.by(),
                    rollout.startedAt(),
                    phase.isFinished() ? clock.instant() : null,
                    phase,
                    message,
                    List.of());
            write(held -> held.record(rollout));
        }
    }

    /** Records how far it came on one host. */
    void host(HostAttempt attempt, HostOutcome.State state, String message) {
        if (rollout != null) {
            var outcome = new HostOutcome(
                    rollout.number(),
                    attempt.name(),
                    attempt.host().address().toString(),
                    value(attempt.before()),
                    state,
                    message,
                    clock.instant());
            write(held -> held.record(outcome));
        }
    }

    private static String value(Optional<ConfigHash> hash) {
        return hash.map(ConfigHash::value).orElse("");
    }

    private interface Write {
        void to(FleetRecords.Lock held) throws FleetException;
    }

    private void write(Write write) {
        try {
            write.to(lock.orElseThrow());
        } catch (FleetException e) {
            synchronized (this) {
                if (behind) {
                    return;
                }
                behind = true;
            }
            listener.warn("the ledger is behind from here on: " + e.getMessage());
        }
    }

    /** Releases the lock. */
    @Override
    public void close() {
        lock.ifPresent(FleetRecords.Lock::close);
    }
}
