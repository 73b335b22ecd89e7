package io.wunderproxy.deployment;

import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.store.StoreException;
import io.wunderproxy.time.MonotonicTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * {@code current.json} as this host knows it: the store's present one, and a copy of the last one that served, in case the store
 * can't be reached.
 */
public final class CurrentConfig {

    private static final Logger LOG = Logger.getLogger(CurrentConfig.class);
    private static final String COPY = "current.json";

    private final LaunchConfigStore store;
    private final StateDirectory directory;
    private final Journal journal;
    private final Serving serving;
    private final EventLog events;
    private final MonotonicTime time;
    private final AtomicReference<View> view = new AtomicReference<>(new View(Optional.empty(), Optional.empty()));

    /** The time within which a promotion is expected after a switch. */
    private static final Duration PROMOTION = Duration.ofMinutes(1);

    /** The longest that a caller waits for the store: calls must return at once. */
    private static final Duration PATIENCE = Duration.ofMillis(250);

    /** Whether the last reading took longer than {@link #PATIENCE}. */
    private volatile boolean slow;

    /** Held by the one reading under way. */
    private final ReentrantLock reading = new ReentrantLock();

    /** The next reading, which has not begun; guarded by this. */
    private CompletableFuture<Void> next;

    /** The deployment active at the last look, and since when at the latest, by the clock of {@link MonotonicTime}. */
    private Optional<ConfigHash> followed = Optional.empty();

    private long followedFrom;

    /** The store's last known content, and the problem with the last reading. */
    private record View(Optional<byte[]> content, Optional<String> problem) {}

    CurrentConfig(
            LaunchConfigStore store,
            StateDirectory directory,
            Journal journal,
            Serving serving,
            EventLog events,
            MonotonicTime time) {
        this.store = store;
        this.directory = directory;
        this.journal = journal;
        this.serving = serving;
        this.events = events;
        this.time = time;
    }

    /**
     * The hash in {@code current.json} if it is not the active deployment's: a rollout is under way, or was broken off. The store
     * is asked again first, since the active deployment may have been promoted just now; if it does not respond within 250 ms, or
     * was slow the last time, the last reading is the best that is known.
     */
    public Optional<ConfigHash> drift() throws InterruptedException {
        if (lastDrift().isPresent() && view.get().problem().isEmpty()) {
            var again = readAgain();
            if (slow) {
                return lastDrift();
            }
            try {
                time.await(again, PATIENCE);
            } catch (TimeoutException e) {
                slow = true;
            } catch (ExecutionException e) {
                // The last reading is the best that is known.
            }
        }
        return lastDrift();
    }

    /** The result of {@link #drift} by the last reading, without asking the store. */
    public Optional<ConfigHash> lastDrift() {
        var content = view.get().content();
        var active = serving.active();
        if (content.isEmpty() || active.isEmpty() || active.get().hash().matches(content.get())) {
            return Optional.empty();
        }
        return Optional.of(active.get().hash().sameAlgorithm(content.get()));
    }

    /** Why {@code current.json} could not be read the last time. */
    public Optional<String> problem() {
        return view.get().problem();
    }

    /** Reads the store's {@code current.json}. */
    public void refresh() {
        readAgain().join();
    }

    /** Reads the store's {@code current.json} if the active deployment is to be promoted soon. Call it once a second. */
    public void followPromotion() {
        var active = serving.active().map(Deployment::hash);
        if (!active.equals(followed)) {
            followed = active;
            followedFrom = time.nanos();
        }
        if (lastDrift().isPresent() && time.nanos() - followedFrom < PROMOTION.toNanos()) {
            refresh();
        }
    }

    /** Completes after a reading that begins from now on; all callers before its beginning share it. */
    private synchronized CompletableFuture<Void> readAgain() {
        if (next == null) {
            next = new CompletableFuture<>();
            var mine = next;
            Thread.ofVirtual().name("read-current").start(() -> {
                reading.lock();
                try {
                    begun();
                    readNow();
                } finally {
                    reading.unlock();
                    mine.complete(null);
                }
            });
        }
        return next;
    }

    private synchronized void begun() {
        next = null;
    }

    private void readNow() {
        try {
            var began = time.nanos();
            view.set(new View(store.current(), Optional.empty()));
            slow = time.nanos() - began > PATIENCE.toNanos();
            keepIfActive();
        } catch (StoreException | InvalidLaunchConfigException e) {
            var before = view.get();
            if (before.problem().isEmpty()) {
                LOG.warnf("%s; the active container keeps serving", e.getMessage());
            }
            view.set(new View(before.content(), Optional.of(e.getMessage())));
        }
    }

    /**
     * The configuration to launch when the host starts: the store's, or the copy when the store can't be reached or has one
     * that can't be run. Empty when the store says that there is none.
     *
     * @throws StoreException if neither can be had
     */
    Optional<LaunchConfig> atBoot() throws StoreException, InvalidLaunchConfigException {
        try {
            var content = store.current();
            view.set(new View(content, Optional.empty()));
            return content.isPresent() ? Optional.of(parse(content.get(), store.locateCurrent())) : Optional.empty();
        } catch (StoreException | InvalidLaunchConfigException e) {
            view.set(new View(Optional.empty(), Optional.of(e.getMessage())));
            var copy = copy();
            if (copy.isEmpty()) {
                throw e;
            }
            events.add(Event.of(EventType.RECOVERING, e.getMessage() + "; using the copy of the last good one")
                    .at(Logger.Level.WARN));
            return copy;
        }
    }

    /** The copy of the last {@code current.json} that served on this host. */
    Optional<LaunchConfig> copy() {
        try {
            var content = directory.read(COPY);
            var place = directory.path().resolve(COPY).toString();
            return content.isPresent() ? Optional.of(parse(content.get(), place)) : Optional.empty();
        } catch (IOException | InvalidLaunchConfigException e) {
            LOG.errorf("the copy of the last good configuration can't be used: %s", e.getMessage());
            return Optional.empty();
        }
    }

    /** Keeps the store's configuration as the last good one if it serves. */
    void keepIfActive() {
        var content = view.get().content();
        var active = serving.active();
        if (content.isEmpty()
                || active.isEmpty()
                || !active.get().hash().matches(content.get())
                || !journal.changes().begin()) {
            return;
        }
        try {
            if (!Arrays.equals(directory.read(COPY).orElse(null), content.get())) {
                directory.write(COPY, content.get());
            }
        } catch (IOException e) {
            LOG.warnf("%s; this host could not start without the store", e.getMessage());
        } finally {
            journal.changes().end();
        }
    }

    /** Identifies the content by the hash of the deployment that already runs it, whichever digest that is; else by MD5. */
    private LaunchConfig parse(byte[] content, String place) throws InvalidLaunchConfigException {
        var hash = journal.all().stream()
                .filter(d -> !d.state().ended())
                .map(Deployment::hash)
                .filter(known -> known.matches(content))
                .findFirst()
                .orElse(ConfigHash.md5(content));
        try {
            return LaunchConfig.parse(hash, content);
        } catch (InvalidLaunchConfigException e) {
            throw new InvalidLaunchConfigException("", "invalid configuration " + place + ": " + e.getMessage());
        }
    }
}
