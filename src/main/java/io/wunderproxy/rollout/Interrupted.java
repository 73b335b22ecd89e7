package io.wunderproxy.rollout;

import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.LockedException;
import io.wunderproxy.fleet.Rollout;
import io.wunderproxy.fleet.Rollout.Phase;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.rollout.RolloutException.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The rollout of a fleet that was interrupted, if its last one was.
 *
 * @param attempts the last one, and those that it continued; the newest first, empty if none was interrupted
 */
public record Interrupted(List<Rollout> attempts) {

    /** How many interrupted attempts are followed back to find each host's original revision. */
    static final int MAX_RESUMES = 20;

    /** Reads the interrupted rollout, for callers that hold the lock. */
    static Interrupted of(Optional<FleetRecords> records) throws FleetException {
        var last = records.isEmpty() ? List.<Rollout>of() : records.get().rollouts(MAX_RESUMES);
        return new Interrupted(last.stream()
                .takeWhile(rollout -> !rollout.phase().isFinished()
                        && rollout.hash().equals(last.getFirst().hash()))
                .toList());
    }

    /**
     * Reads the interrupted rollout, for callers that take no lock.
     *
     * @throws LockedException if somebody deploys now
     */
    public static Interrupted look(Optional<FleetRecords> records) throws FleetException {
        if (records.isPresent()) {
            records.get().ensureUnlocked();
        }
        return of(records);
    }

    private Rollout last() {
        return attempts.getFirst();
    }

    /** The configuration that was being deployed. */
    ConfigHash hash() {
        return new ConfigHash(last().hash());
    }

    String revision() {
        return last().revision();
    }

    /** The last attempt, for people. */
    public String describe() {
        return "deployment " + last().number() + " of revision " + last().revision() + " by " + last().by() + " ("
                + last().phase().label() + ")";
    }

    /**
     * Makes sure that a new rollout forgets none.
     *
     * @throws RolloutException if one was interrupted
     */
    public void refuseToPassBy() {
        if (!attempts.isEmpty()) {
            throw new RolloutException(
                    Kind.CONFLICT,
                    describe()
                            + " was interrupted; 'wunderproxy fleet resume' continues it, 'wunderproxy fleet "
                            + "rollback' brings its hosts back");
        }
    }

    /**
     * Makes the configuration with which the interrupted rollout is continued.
     *
     * @throws RolloutException if there is none, or it was being rolled back
     */
    public ConfigMaker toResume() {
        if (attempts.isEmpty()) {
            throw new RolloutException(Kind.NOT_FOUND, "no deployment of this fleet was interrupted");
        }
        if (last().phase() == Phase.ROLLING_BACK) {
            throw new RolloutException(
                    Kind.CONFLICT,
                    describe()
                            + " was interrupted while it was going back; 'wunderproxy fleet rollback' continues "
                            + "that");
        }
        return ConfigMaker.stored(hash());
    }

    /** The ways in which a rollback is done. */
    public enum Remedy {
        /** Nothing was interrupted before its promotion: an earlier configuration is deployed. */
        DEPLOY,
        /** The interrupted rollout was a rollback itself: it is continued. */
        RESUME,
        /** Each host goes back to what it served before. */
        UNDO
    }

    /** @param base what is promoted now */
    public Remedy remedy(Snapshot base) {
        if (attempts.isEmpty() || base.promoted(hash())) {
            return Remedy.DEPLOY;
        }
        var wasRollback = base.currentHash()
                .flatMap(base.history()::lastGoodBefore)
                .filter(entry -> entry.hash().value().equals(last().hash()))
                .isPresent();
        return wasRollback && last().phase() != Phase.ROLLING_BACK ? Remedy.RESUME : Remedy.UNDO;
    }

    /** The configuration that each host served before, by the ledger: the oldest attempt that knows a host counts. */
    public Map<String, Optional<ConfigHash>> servedBefore() {
        var known = new HashMap<String, Optional<ConfigHash>>();
        for (var rollout : attempts) {
            for (var host : rollout.hosts()) {
                known.put(
                        host.host(),
                        host.previousHash().isEmpty()
                                ? Optional.empty()
                                : Optional.of(new ConfigHash(host.previousHash())));
            }
        }
        return known;
    }

    /**
     * The target of each host: the configuration in the ledger; a host that the ledger does not know, and that serves the new
     * configuration already, goes back to what is promoted.
     */
    RevertTarget target(Snapshot base) {
        var known = servedBefore();
        return (host, serving) ->
                known.getOrDefault(host, serving.equals(Optional.of(hash())) ? base.currentHash() : serving);
    }
}
