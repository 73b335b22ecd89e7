package io.wunderproxy.proxy.routing;

import io.wunderproxy.proxy.rules.NoBackendReason;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The one backend that new requests go to, and the former ones that still drain. Requests read it without locks; the
 * few changes are made one at a time, each as one atomic replacement.
 */
public class ActiveBackend {
    /** Everything there is to know, replaced as a whole. */
    private record State(BackendSlot active, NoBackendReason absence, List<BackendSlot> draining) {
        State replacedBy(BackendSlot next, NoBackendReason reason) {
            return new State(
                    next,
                    reason,
                    slots().filter(slot -> slot != next && !slot.isClosed()).toList());
        }

        State withoutDraining(BackendSlot gone) {
            return new State(
                    active,
                    absence,
                    draining.stream().filter(slot -> slot != gone).toList());
        }

        Stream<BackendSlot> slots() {
            return Stream.concat(Stream.ofNullable(active), draining.stream());
        }
    }

    private final AtomicReference<State> state =
            new AtomicReference<>(new State(null, NoBackendReason.STARTING, List.of()));
    private final List<Consumer<Backend>> closedListeners = new CopyOnWriteArrayList<>();

    /**
     * Takes a lease on the active backend, without locks; the caller must release it.
     *
     * @return null if there is no active backend, see {@link #absence}
     */
    public Lease acquire() {
        while (true) {
            var slot = state.get().active();
            if (slot == null) {
                return null;
            }
            var lease = slot.acquire();
            if (lease != null) {
                return lease;
            }
        }
    }

    /** The backend that new requests go to. */
    public Optional<Backend> current() {
        return Optional.ofNullable(state.get().active()).map(BackendSlot::backend);
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
    public synchronized Optional<Backend> switchTo(Backend next) {
        Objects.requireNonNull(next, "next");
        var now = state.get();
        if (now.active() != null && now.active().backend().equals(next)) {
            return Optional.empty();
        }
        var slot = now.draining().stream()
                .filter(candidate -> candidate.backend().equals(next))
                .filter(BackendSlot::reactivate)
                .findFirst()
                .orElseGet(() -> new BackendSlot(next));
        return replace(slot, now.absence());
    }

    /**
     * Leaves the proxy without an active backend, for this reason.
     *
     * @return the previous backend, which drains from now on
     */
    public synchronized Optional<Backend> clear(NoBackendReason reason) {
        return replace(null, Objects.requireNonNull(reason, "reason"));
    }

    /** Sets the reason why there is no active backend; changes nothing else. */
    public synchronized void absent(NoBackendReason reason) {
        Objects.requireNonNull(reason, "reason");
        state.updateAndGet(now -> new State(now.active(), reason, now.draining()));
    }

    private Optional<Backend> replace(BackendSlot next, NoBackendReason absence) {
        var previous = state.getAndUpdate(now -> now.replacedBy(next, absence)).active();
        if (previous == null) {
            return Optional.empty();
        }
        previous.drained().thenAccept(result -> forget(previous, result));
        previous.drain();
        return Optional.of(previous.backend());
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
     * not known, or no longer, is drained already; for the active backend it completes after it was switched away from.
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

    /** Calls {@code listener} with each backend that will get no more requests; on any thread, so it must not block. */
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
