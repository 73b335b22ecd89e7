package io.wunderproxy.manager;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A bounded number of places that clients share by their addresses: when all are taken, a newcomer gets the oldest place of the
 * address that has the most, so that nobody can keep others out by taking them all. From any thread.
 *
 * @param <T> the holder of a place
 */
final class Places<T> {

    private final int most;
    private final Map<String, Deque<T>> byAddress = new HashMap<>();
    private int taken;

    /** @param most how many there are, at least one */
    Places(int most) {
        this.most = most;
    }

    /**
     * Gives the newcomer a place.
     *
     * @param mayBeTaken whether this holder must leave if it is asked to
     * @return the holder that has lost its place to it and must leave; the newcomer itself if none must; null if there was room
     */
    synchronized T take(String address, T newcomer, Predicate<T> mayBeTaken) {
        T leaving = null;
        if (taken == most) {
            leaving = takeFromTheGreatest(mayBeTaken);
            if (leaving == null) {
                return newcomer;
            }
        }
        byAddress.computeIfAbsent(address, a -> new ArrayDeque<>()).addLast(newcomer);
        taken++;
        return leaving;
    }

    private T takeFromTheGreatest(Predicate<T> mayBeTaken) {
        String greatest = null;
        T oldest = null;
        for (var entry : byAddress.entrySet()) {
            if (greatest == null
                    || entry.getValue().size() > byAddress.get(greatest).size()) {
                var candidate = entry.getValue().stream().filter(mayBeTaken).findFirst();
                if (candidate.isPresent()) {
                    greatest = entry.getKey();
                    oldest = candidate.get();
                }
            }
        }
        if (oldest != null) {
            give(greatest, oldest);
        }
        return oldest;
    }

    /** Gives a place back; does nothing if it was taken already. */
    synchronized void leave(String address, T holder) {
        give(address, holder);
    }

    private void give(String address, T holder) {
        var holders = byAddress.get(address);
        if (holders != null && holders.remove(holder)) {
            taken--;
            if (holders.isEmpty()) {
                byAddress.remove(address);
            }
        }
    }
}
