package io.wunderproxy.fleet;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Keeps this host's item in the table up to date, and tells the host who its neighbours are. When the table can't be used, it says
 * so and tries again; nothing waits for it. From any thread.
 */
public final class Membership {

    /** The host, as its membership sees it. The calls come from one thread. */
    public interface Host {

        /** Describes this host as it is now. */
        Member describe();

        /** These are the neighbours from now on. */
        void learn(List<Member> neighbours);

        /** The peers that were learned, by the address of their proxy, and whether they may get requests now. */
        Map<String, Boolean> peers();

        /** The table can be used again, or for the first time. */
        void joined();

        /** The table can't be used. */
        void cutOff(String problem);
    }

    /**
     * How it stands.
     *
     * @param member the id of this host
     * @param manager where the table says that its manager is
     * @param problem why the table can't be used; empty if it can
     */
    public record View(
            String table, String member, String manager, Optional<String> problem, Map<String, Boolean> peers) {}

    /** How many neighbours after it, and how many before it, a host may send requests to. */
    private static final int NEIGHBOURS = 8;

    /** Neighbours are read each time the host is described if none is alive, else each time in so many. */
    private static final int NEIGHBOURS_EVERY = 4;

    /** Unknown hosts that probe this one can't make it read the table more often. */
    private static final Duration BETWEEN_READS = Duration.ofSeconds(5);

    /** How often it is looked whether something has changed; asks nobody. */
    private static final Duration TICK = Duration.ofMillis(500);

    /** How long the start and the end of the agent wait for the table, at most. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final FleetTable table;
    private final Duration interval;
    private final CountDownLatch announced = new CountDownLatch(1);
    private final CountDownLatch leaving = new CountDownLatch(1);

    private volatile Host host;
    private volatile Thread thread;
    private volatile String id = "";
    private volatile String manager = "";
    private volatile String problem = "not asked yet";
    private volatile boolean strangerAsked;
    private volatile boolean passedOn;

    // Only the thread below uses these.
    private Member written;
    private long nextWrite = System.nanoTime();
    private OptionalLong lastRead = OptionalLong.empty();
    private int writesSinceRead;
    private boolean reportedOnce;

    /** @param table null: this host is no member of a fleet, and nothing is ever done */
    public Membership(FleetTable table, Duration interval) {
        this.table = table;
        this.interval = interval;
    }

    /** Whether this host is a member of a fleet. */
    public boolean isOn() {
        return table != null;
    }

    /** Starts to describe this host. */
    public void start(Host described) {
        if (table == null) {
            return;
        }
        host = described;
        thread = Thread.ofVirtual().name("membership").start(this::run);
    }

    /**
     * Returns when the table has this host, or has had its time: after that, whoever deploys finds the host in the table, or the
     * host finds what was promoted.
     */
    public void awaitAnnounced() throws InterruptedException {
        if (table != null && !announced.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            announced.countDown();
        }
    }

    /** An instance that is no peer takes this one for a peer: it may have joined just now. */
    public void strangerAsked() {
        strangerAsked = true;
    }

    /** How it stands; empty if this host is no member of a fleet. */
    public Optional<View> view() {
        var described = host;
        return described == null
                ? Optional.empty()
                : Optional.of(new View(table.table(), id, manager, Optional.ofNullable(problem), described.peers()));
    }

    /** Says nothing more about this host: another process does so, under the same id. */
    public void passOn() {
        passedOn = true;
        leave();
    }

    /** Removes this host from the table, as it goes. */
    public void leave() {
        var running = thread;
        if (running == null) {
            return;
        }
        leaving.countDown();
        try {
            if (!running.join(PATIENCE)) {
                running.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            do {
                tick();
            } while (!leaving.await(TICK.toMillis(), TimeUnit.MILLISECONDS));
            if (problem == null && written != null && !passedOn) {
                table.members().remove(written);
            }
        } catch (FleetException e) {
            // Its item is not fresh for long.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            table.close();
        }
    }

    private void tick() {
        try {
            var now = System.nanoTime();
            var member = host.describe();
            id = member.id();
            manager = member.manager();
            if (now - nextWrite >= 0 || problem == null && !isSame(member, written)) {
                // Not in step with the others that were started at the same time.
                nextWrite = now
                        + Math.round(
                                interval.toNanos() * ThreadLocalRandom.current().nextDouble(0.9, 1.1));
                table.members().put(member);
                written = member;
                writesSinceRead++;
                announced.countDown();
                works();
            }
            if (problem == null && isTimeToRead(now)) {
                lastRead = OptionalLong.of(now);
                writesSinceRead = 0;
                strangerAsked = false;
                host.learn(table.members().neighbours(member.id(), NEIGHBOURS));
            }
        } catch (FleetException e) {
            failed(e.getMessage());
        } catch (RuntimeException e) {
            failed("a mistake in this program: " + e);
        }
    }

    private boolean isTimeToRead(long now) {
        if (lastRead.isEmpty() || writesSinceRead >= NEIGHBOURS_EVERY) {
            return true;
        }
        return strangerAsked && now - lastRead.getAsLong() > BETWEEN_READS.toNanos()
                || writesSinceRead > 0 && !host.peers().containsValue(true);
    }

    private static boolean isSame(Member one, Member other) {
        return one.hash().equals(other.hash())
                && one.health().equals(other.health())
                && one.manager().equals(other.manager())
                && one.proxy().equals(other.proxy());
    }

    private void works() {
        if (problem != null) {
            problem = null;
            host.joined();
        }
        reportedOnce = true;
    }

    private void failed(String reason) {
        if (problem == null || !reportedOnce) {
            reportedOnce = true;
            host.cutOff(reason);
        }
        problem = reason;
    }
}
