package io.wunderproxy.proxy.routing;

import io.wunderproxy.proxy.rules.NoBackendReason;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The backends of one application: those that new requests go to, today one, and the former ones that still drain. Requests read
 * them without locks; the few changes are made one at a time, each as one atomic replacement.
 */
public class AppBackends {
    /** A slot on the route, and how many of the requests it gets. */
    private record Weighted(BackendSlot slot, int weight) {}

    /** Everything there is to know, replaced as a whole. */
    private record State(List<Weighted> route, int weights, NoBackendReason absence, List<BackendSlot> draining) {
        static final State NOTHING = new State(List.of(), 0, NoBackendReason.STARTING, List.of());

        /** The slot that gets the next request; null if there is none. */
        BackendSlot next() {
            if (route.size() > 1) {
                return drawn(ThreadLocalRandom.current().nextInt(weights));
            }
            return route.isEmpty() ? null : route.get(0).slot();
        }

        private BackendSlot drawn(int number) {
            var index = 0;
            var upTo = route.get(0).weight();
            while (number >= upTo) {
                index++;
                upTo += route.get(index).weight();
            }
            return route.get(index).slot();
        }

        State replacedBy(List<Weighted> next, NoBackendReason reason) {
            var on = next.stream().map(Weighted::slot).toList();
            return new State(
                    next,
                    next.stream().mapToInt(Weighted::weight).sum(),
                    reason,
                    slots().filter(slot -> !on.contains(slot) && !slot.isClosed())
                            .toList());
        }

        State withoutDraining(BackendSlot gone) {
            return new State(
                    route,
                    weights,
                    absence,
                    draining.stream().filter(slot -> slot != gone).toList());
        }

        Stream<BackendSlot> active() {
            return route.stream().map(Weighted::slot);
        }

        Stream<BackendSlot> slots() {
            return Stream.concat(active(), draining.stream());
        }
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.NOTHING);
    private final List<Consumer<Backend>> closedListeners = new CopyOnWriteArrayList<>();

    /**
     * Takes a lease on an active backend, without locks; the caller must release it.
     *
     * @return null if there is no active backend, see {@link #absence}
     */
    public Lease acquire() {
        while (true) {
            var slot = state.get().next();
            if (slot == null) {
                return null;
            }
            var lease = slot.acquire();
            if (lease != null) {
                return lease;
            }
        }
    }

    /** The backend that new requests go to; the first one if they are shared by several. */
    public Optional<Backend> current() {
        return Optional.ofNullable(first());
    }

    /** The backend of {@link #current}, without an object for it; null if there is no active backend. */
    public Backend first() {
        var route = state.get().route();
        return route.isEmpty() ? null : route.get(0).slot().backend();
    }

    /** Why there is no active backend; meaningless while there is one. */
    public NoBackendReason absence() {
        return state.get().absence();
    }

    /**
     * Sends all new requests to {@code next}. The previous backend drains from now on, see {@link #drained}. A backend
     * that still drains becomes active again, and its drain ends with {@link DrainResult#REACTIVATED}.
     *
     * @return the previous backend; empty if there was none or it is {@code next} itself
     */
    public Optional<Backend> switchTo(Backend next) {
        return share(List.of(new Share(next, 1))).stream().findFirst();
    }

    /**
     * Sends new requests to several backends, each as many as its share says. What {@link #switchTo} does to the previous backend
     * happens to all that have no share.
     *
     * @param shares each of another backend, at least one
     * @return the backends that drain from now on
     * @throws IllegalArgumentException if nobody has a share
     */
    public synchronized List<Backend> share(List<Share> shares) {
        if (shares.isEmpty()) {
            throw new IllegalArgumentException("at least one backend needs a share");
        }
        var now = state.get();
        return replace(
                shares.stream()
                        .map(share -> new Weighted(slot(now, share.backend()), share.weight()))
                        .toList(),
                now.absence());
    }

    private static BackendSlot slot(State now, Backend backend) {
        return now.active()
                .filter(slot -> slot.backend().equals(backend))
                .findFirst()
                .or(() -> now.draining().stream()
                        .filter(slot -> slot.backend().equals(backend))
                        .filter(BackendSlot::reactivate)
                        .findFirst())
                .orElseGet(() -> new BackendSlot(backend));
    }

    /**
     * Leaves the proxy without an active backend, for this reason.
     *
     * @return the previous backend, which drains from now on
     */
    public synchronized Optional<Backend> clear(NoBackendReason reason) {
        return replace(List.of(), Objects.requireNonNull(reason, "reason")).stream()
                .findFirst();
    }

    /** Sets the reason why there is no active backend; changes nothing else. */
    public synchronized void absent(NoBackendReason reason) {
        Objects.requireNonNull(reason, "reason");
        state.updateAndGet(now -> new State(now.route(), now.weights(), reason, now.draining()));
    }

    private List<Backend> replace(List<Weighted> route, NoBackendReason absence) {
        var before = state.getAndUpdate(now -> now.replacedBy(route, absence));
        var left = before.active()
                .filter(slot -> route.stream().noneMatch(weighted -> weighted.slot() == slot))
                .toList();
        for (var slot : left) {
            slot.drained().thenAccept(result -> forget(slot, result));
            slot.drain();
        }
        return left.stream().map(BackendSlot::backend).toList();
    }

    private void forget(BackendSlot slot, DrainResult result) {
        if (result != DrainResult.REACTIVATED) {
            state.updateAndGet(now -> now.withoutDraining(slot));
            closedListeners.forEach(listener -> listener.accept(slot.backend()));
        }
    }

    /**
     * Completes when {@code backend} no longer drains: {@link DrainResult#DRAINED} when its last lease was returned
     * (from then on none can be taken), {@link DrainResult#REACTIVATED} if it became active again. A backend that is
     * not known (any more) is drained already; for the active backend it completes after it was switched away from.
     * The completing thread may be an event loop: dependents must not block, so use the {@code Async} methods.
     */
    public CompletableFuture<DrainResult> drained(Backend backend) {
        return find(backend)
                .map(slot -> slot.drained().copy())
                .orElseGet(() -> CompletableFuture.completedFuture(DrainResult.DRAINED));
    }

    /**
     * Gives up on a backend that drains, whatever leases are left on it, because its drain timeout has passed. Does
     * nothing if it is active or unknown.
     */
    public synchronized void abandon(Backend backend) {
        state.get().draining().stream()
                .filter(slot -> slot.backend().equals(backend))
                .forEach(BackendSlot::abandon);
    }

    /** The number of leases that {@code backend} has now; 0 if it is not known. */
    public long leases(Backend backend) {
        return find(backend).map(BackendSlot::leases).orElse(0L);
    }

    /** Calls {@code listener} with each backend that will get no request any more; on any thread, so it must not block. */
    public void onClosed(Consumer<Backend> listener) {
        closedListeners.add(listener);
    }

    private Optional<BackendSlot> find(Backend backend) {
        return state.get()
                .slots()
                .filter(slot -> slot.backend().equals(backend))
                .findFirst();
    }
}
