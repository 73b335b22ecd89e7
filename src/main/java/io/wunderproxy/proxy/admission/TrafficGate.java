package io.wunderproxy.proxy.admission;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;

/**
 * Lets requests through, makes them wait, or turns them away. While paused, requests wait, bounded in number and time,
 * and continue after {@link #resume}: a database migration without errors. In maintenance they get a 503 with a message.
 */
public class TrafficGate {
    /** The way in which the gate treats requests. */
    public sealed interface State {
        /** Requests go through. */
        record Open() implements State {}

        /**
         * Requests wait.
         *
         * @param longest how long one waits at most, then it gets a 503
         * @param most how many wait at most, further ones get a 503 at once
         */
        record Paused(Duration longest, int most) implements State {}

        /**
         * Requests get a 503.
         *
         * @param message the text of the response; HTML if it begins with {@code <}
         */
        record Maintenance(String message) implements State {}
    }

    private final Object changing = new Object();
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private volatile State state = new State.Open();
    private GateFile file;

    /**
     * Keeps the state in this file from now on, and takes it over from there if the file exists, so that it outlives
     * the process.
     *
     * @throws UncheckedIOException if the file can't be read
     */
    public synchronized void keepIn(Path stateFile) {
        file = new GateFile(stateFile);
        try {
            state = file.read();
        } catch (IOException cause) {
            throw new UncheckedIOException("can't read " + stateFile, cause);
        }
    }

    /** The state of the gate now. */
    public State state() {
        return state;
    }

    /** How many requests wait now. */
    public synchronized int waiting() {
        return waiting.size();
    }

    /**
     * Makes requests wait from now on; those that wait already still wait.
     *
     * @throws UncheckedIOException if that can't be kept over a restart; then nothing has changed
     */
    public void pause(Duration longest, int most) {
        change(new State.Paused(Objects.requireNonNull(longest, "longest"), most));
    }

    /**
     * Turns requests away from now on; those that wait are turned away too.
     *
     * @throws UncheckedIOException as in {@link #pause}
     */
    public void maintenance(String message) {
        change(new State.Maintenance(Objects.requireNonNull(message, "message")));
    }

    /**
     * Lets everything through again, first what waits.
     *
     * @throws UncheckedIOException as in {@link #pause}
     */
    public void resume() {
        change(new State.Open());
    }

    private void change(State next) {
        // One change at a time, but event loops, which ask for the other lock, don't wait for the disk.
        synchronized (changing) {
            save(next);
            publish(next).forEach(Runnable::run);
        }
    }

    /** Returns what must ask again. */
    private synchronized List<Runnable> publish(State next) {
        state = next;
        if (next instanceof State.Paused) {
            return List.of();
        }
        var released = List.copyOf(waiting);
        waiting.clear();
        return released;
    }

    private void save(State next) {
        if (file == null) {
            return;
        }
        try {
            file.write(next);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause.getMessage(), cause);
        }
    }

    /** Whether requests go through at once; the only step on the way of every request. */
    public boolean isOpen() {
        return state instanceof State.Open;
    }

    /**
     * Lets a request wait; {@code then} is called once, on any thread, when it must ask again.
     *
     * @return false if it must not wait: the gate is not paused, or no longer, or too many wait
     */
    public synchronized boolean await(Runnable then) {
        return state instanceof State.Paused(var longest, var most) && waiting.size() < most && waiting.add(then);
    }

    /** Takes a request back that no longer waits. */
    public synchronized void forget(Runnable then) {
        waiting.remove(then);
    }
}
