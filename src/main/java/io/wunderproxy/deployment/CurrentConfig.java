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
 * {@code current.json} as this host knows it: what the store has now, and a copy of the last one that served, for the day on
 * which the store can't be reached.
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

    /** After a switch a promotion is to be expected within this time. */
    private static final Duration PROMOTION = Duration.ofMinutes(1);

    /** Nobody who wants to know waits longer for the store: what is asked has to be answered at once. */
    private static final Duration PATIENCE = Duration.ofMillis(250);

    /** Whether the last reading took longer than anybody waits. */
    private volatile boolean slow;

    /** One at a time. */
    private final ReentrantLock reading = new ReentrantLock();

    /** A reading that has not begun; guarded by this. */
    private CompletableFuture<Void> next;

    /** What was active at the last look, and since when at the latest, by the clock of {@link MonotonicTime}. */
    private Optional<ConfigHash> followed = Optional.empty();

    private long followedFrom;

    /** What the store said last, and what was wrong with it. */
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
     * The hash in {@code current.json} if it is not the active deployment's: a rollout is under way, or was broken off. The store is
     * asked again before that is said, since what is active may have been promoted just now; if it does not say so within 250 ms, or
     * was slow the last time, what was read last is the best that is known.
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
                // What was read last is the best that is known.
            }
        }
        return lastDrift();
    }

    /** The same by what was read last, without asking the store. */
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

    /** Reads what the store has now. */
    public void refresh() {
        readAgain().join();
    }

    /** Reads what the store has now if the active deployment is to be promoted soon; to be called once a second. */
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

    /** Done after a reading that begins from now on; all who ask before it begins share it. */
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
                LOG.warnf("%s; what is active serves on", e.getMessage());
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

    /** Keeps the store's configuration as the last good one if it is what serves. */
    void keepIfActive() {
        var content = view.get().content();
        var active = serving.active();
        if (content.isEmpty() || active.isEmpty() || !active.get().hash().matches(content.get())) {
            return;
        }
        try {
            if (!Arrays.equals(directory.read(COPY).orElse(null), content.get())) {
                directory.write(COPY, content.get());
            }
        } catch (IOException e) {
            LOG.warnf("%s; this host could not start without the store", e.getMessage());
        }
    }

    /** Identified as the deployment that already runs it, whichever digest that one was launched by; else by MD5. */
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
