package io.wunderproxy.rollout;

import io.wunderproxy.fleet.DeployLock;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.FleetTable;
import io.wunderproxy.fleet.HostOutcome;
import io.wunderproxy.fleet.LockedException;
import io.wunderproxy.fleet.Rollout;
import java.util.List;

/** A fleet's records of its rollouts: the lock that allows one at a time, and the ledger. Called from any thread. */
public interface FleetRecords {

    /** The newest deployments with their outcomes by host, the newest first. */
    List<Rollout> rollouts(int atMost) throws FleetException;

    /**
     * Checks that nobody deploys to the fleet now, and takes nothing.
     *
     * @throws LockedException if somebody does
     */
    void ensureUnlocked() throws FleetException;

    /**
     * Takes the lock, without waiting for it.
     *
     * @param owner who takes it, for others to read
     * @param purpose the reason, for others to read
     * @throws LockedException if somebody else holds it
     */
    Lock lock(String owner, String purpose) throws FleetException;

    /** The right to deploy to the fleet, until it is closed. */
    interface Lock extends AutoCloseable {

        /** The fencing number: each taking of the lock has a higher one than all before. */
        long fence();

        String owner();

        /** @throws FleetException if somebody else may deploy by now */
        void ensureHeld() throws FleetException;

        void record(Rollout rollout) throws FleetException;

        void record(HostOutcome outcome) throws FleetException;

        @Override
        void close();
    }

    /** The records in this table. */
    static FleetRecords in(FleetTable table) {
        return new FleetRecords() {
            @Override
            public List<Rollout> rollouts(int atMost) throws FleetException {
                return table.ledger().rollouts(atMost);
            }

            @Override
            public void ensureUnlocked() throws FleetException {
                table.ensureUnlocked();
            }

            @Override
            public Lock lock(String owner, String purpose) throws FleetException {
                return held(table.lock(owner, purpose));
            }
        };
    }

    private static Lock held(DeployLock lock) {
        var ledger = lock.ledger();
        return new Lock() {
            @Override
            public long fence() {
                return lock.fence();
            }

            @Override
            public String owner() {
                return lock.owner();
            }

            @Override
            public void ensureHeld() throws FleetException {
                lock.ensureHeld();
            }

            @Override
            public void record(Rollout rollout) throws FleetException {
                ledger.record(rollout);
            }

            @Override
            public void record(HostOutcome outcome) throws FleetException {
                ledger.record(outcome);
            }

            @Override
            public void close() {
                lock.close();
            }
        };
    }
}
