package io.wunderproxy.fleet;

import io.wunderproxy.rollout.FleetRecords;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/** The lock and the ledger of a fleet in memory. */
public final class FakeRecords implements FleetRecords {

    private static final Instant TIME = Instant.parse("2026-01-31T12:00:00Z");

    private final TreeMap<Long, Rollout> rollouts = new TreeMap<>();
    private final TreeMap<String, HostOutcome> outcomes = new TreeMap<>();
    private long fence;
    private String holder = "";
    private String problem = "";

    /** From now on, nothing can be read or written. */
    public synchronized void fail(String why) {
        problem = why;
    }

    /** Somebody takes the lock, from whoever has it. */
    public synchronized void take(String by) {
        fence++;
        holder = by;
    }

    public synchronized String holder() {
        return holder;
    }

    /** The last rollout, with its hosts. */
    public synchronized Rollout last() {
        return newest().getFirst();
    }

    private void ensureThere() throws FleetException {
        if (!problem.isEmpty()) {
            throw new FleetException(problem);
        }
    }

    @Override
    public synchronized List<Rollout> rollouts(int atMost) throws FleetException {
        ensureThere();
        return newest().stream().limit(atMost).toList();
    }

    private List<Rollout> newest() {
        return rollouts.descendingMap().values().stream()
                .map(rollout -> new Rollout(
                        rollout.number(),
                        rollout.revision(),
                        rollout.hash(),
                        rollout.previousHash(),
                        rollout.by(),
                        rollout.startedAt(),
                        rollout.endedAt(),
                        rollout.phase(),
                        rollout.message(),
                        new ArrayList<>(outcomes.values())
                                .stream()
                                        .filter(outcome -> outcome.number() == rollout.number())
                                        .sorted(Comparator.comparing(HostOutcome::host))
                                        .toList()))
                .toList();
    }

    @Override
    public synchronized void ensureUnlocked() throws FleetException {
        ensureThere();
        if (!holder.isEmpty()) {
            throw new LockedException("shop", holder, "deploy", TIME, TIME.plusSeconds(60));
        }
    }

    @Override
    public synchronized Lock lock(String owner, String purpose) throws FleetException {
        ensureUnlocked();
        take(owner);
        return new Held(fence, owner);
    }

    private synchronized void record(long number, Runnable write) throws FleetException {
        ensureThere();
        if (number != fence) {
            throw new FleetException.Conflict("deployment " + number + " was taken over");
        }
        write.run();
    }

    private synchronized void ensureHeldBy(Held lock) throws FleetException {
        if (lock.fence != fence || !holder.equals(lock.owner)) {
            throw new FleetException("the deploy lock is lost: it was taken by " + holder);
        }
    }

    private synchronized void release(Held lock) {
        if (lock.fence == fence) {
            holder = "";
        }
    }

    private final class Held implements Lock {
        private final long fence;
        private final String owner;

        private Held(long fence, String owner) {
            this.fence = fence;
            this.owner = owner;
        }

        @Override
        public long fence() {
            return fence;
        }

        @Override
        public String owner() {
            return owner;
        }

        @Override
        public void ensureHeld() throws FleetException {
            ensureHeldBy(this);
        }

        @Override
        public void record(Rollout rollout) throws FleetException {
            FakeRecords.this.record(fence, () -> rollouts.put(rollout.number(), rollout));
        }

        @Override
        public void record(HostOutcome outcome) throws FleetException {
            FakeRecords.this.record(fence, () -> outcomes.put(outcome.number() + "#" + outcome.host(), outcome));
        }

        @Override
        public void close() {
            release(this);
        }
    }
}
