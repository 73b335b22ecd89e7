package io.wunderproxy.cli.fleet;

import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.fleet.DeployLock;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.FleetTable;
import io.wunderproxy.fleet.HostOutcome;
import io.wunderproxy.fleet.LockedException;
import io.wunderproxy.fleet.Rollout;
import io.wunderproxy.fleet.Rollout.Phase;
import io.wunderproxy.launchconfig.ConfigHash;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * What a deployment to a fleet leaves in the table: the lock while it lasts, and how far it came, for whoever has to go on with it.
 * A fleet that is only a list of hosts has neither.
 */
final class FleetLedger implements AutoCloseable {

    /** How many interrupted attempts are followed back to find each host's original revision. */
    private static final int CHAIN = 20;

    private final Optional<FleetTable> table;
    private final Optional<DeployLock> lock;
    private final FleetProgress progress;
    private final Clock clock;
    private Rollout rollout;
    private boolean behind;

    private FleetLedger(Optional<FleetTable> table, Optional<DeployLock> lock, FleetProgress progress, Clock clock) {
        this.table = table;
        this.lock = lock;
        this.progress = progress;
        this.clock = clock;
    }

    /**
     * Takes the lock.
     *
     * @param purpose what others are told who want it too
     */
    static FleetLedger open(
            Optional<FleetTable> table, String by, String purpose, FleetProgress progress, Clock clock) {
        if (table.isEmpty()) {
            progress.warn("without --table nothing keeps somebody else from deploying to these hosts at the same time");
            return new FleetLedger(table, Optional.empty(), progress, clock);
        }
        try {
            var lock = table.get().lock(by, purpose);
            return new FleetLedger(table, Optional.of(lock), progress, clock);
        } catch (LockedException e) {
            throw new CommandFailure(Exit.CONFLICT, e.getMessage());
        } catch (FleetException e) {
            throw failure("a deployment needs its lock, and ", e);
        }
    }

    static CommandFailure failure(String what, FleetException e) {
        return new CommandFailure(Exit.of(e), what + e.getMessage());
    }

    /** The number that hosts know this deployment by, so that they refuse one that was before it. */
    Optional<Long> fence() {
        return lock.map(DeployLock::fence);
    }

    /** The last deployment if it is unfinished, before it those that it went on with; the newest first. */
    List<Rollout> interrupted() {
        return interrupted(table);
    }

    /**
     * The same for those who only look, and take no lock.
     *
     * @throws CommandFailure if somebody deploys now
     */
    static List<Rollout> look(Optional<FleetTable> table) {
        if (table.isPresent()) {
            try {
                table.get().ensureUnlocked();
            } catch (LockedException e) {
                throw new CommandFailure(Exit.CONFLICT, e.getMessage());
            } catch (FleetException e) {
                throw failure("", e);
            }
        }
        return interrupted(table);
    }

    private static List<Rollout> interrupted(Optional<FleetTable> table) {
        try {
            var last = table.isEmpty() ? List.<Rollout>of() : table.get().rollouts(CHAIN);
            return last.stream()
                    .takeWhile(rollout -> !rollout.phase().isFinished()
                            && rollout.hash().equals(last.getFirst().hash()))
                    .toList();
        } catch (FleetException e) {
            throw failure("", e);
        }
    }

    /** Writes down what begins. */
    void begin(Phase phase, String revision, ConfigHash hash, Optional<ConfigHash> previous) {
        if (lock.isPresent()) {
            rollout = new Rollout(
                    lock.get().fence(),
                    revision,
                    hash.value(),
                    previous.map(ConfigHash::value).orElse(""),
                    lock.get().owner(),
                    clock.instant(),
                    null,
                    phase,
                    "",
                    List.of());
            try {
                table.orElseThrow().record(rollout);
            } catch (FleetException e) {
                throw failure("", e);
            }
        }
    }

    /**
     * Makes sure that nobody else may deploy now.
     *
     * @throws CommandFailure if somebody may: then no host must be changed any more
     */
    void ensureAlone() {
        if (lock.isPresent()) {
            try {
                lock.get().ensureHeld();
            } catch (FleetException e) {
                throw new CommandFailure(Exit.CONFLICT, e.getMessage());
            }
        }
    }

    /** Writes down how far it came. The lock decides who may deploy; a ledger that is behind is only told. */
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
            write(() -> table.orElseThrow().record(rollout));
        }
    }

    void host(FleetHost host, Optional<ConfigHash> previous, HostOutcome.State state, String message) {
        if (rollout != null) {
            var outcome = new HostOutcome(
                    rollout.number(),
                    host.name(),
                    host.address().toString(),
                    previous.map(ConfigHash::value).orElse(""),
                    state,
                    message,
                    clock.instant());
            write(() -> table.orElseThrow().record(outcome));
        }
    }

    private interface Write {
        void run() throws FleetException;
    }

    private void write(Write write) {
        try {
            write.run();
        } catch (FleetException e) {
            synchronized (this) {
                if (behind) {
                    return;
                }
                behind = true;
            }
            progress.warn("the ledger is behind from here on: " + e.getMessage());
        }
    }

    /** Releases the lock. */
    @Override
    public void close() {
        lock.ifPresent(DeployLock::close);
    }
}
