package io.wunderproxy.proxy;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;

/**
 * Lets requests through, makes them wait, or turns them away. While paused, requests wait, bounded in number and time,
 * and go on after {@link #resume}: a database migration without errors. In maintenance they get a 503 with a message.
 */
@ApplicationScoped
public class TrafficGate {
    /** What the gate does with a request. */
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
         * @param message the text of the answer; HTML if it begins with {@code <}
         */
        record Maintenance(String message) implements State {}
    }

    private static final String PAUSED = "paused";
    private static final String MAINTENANCE = "maintenance";

    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private volatile State state = new State.Open();
    private Path file;

    /**
     * Keeps the state in this file from now on, and takes it over from there if the file exists, so that it outlives
     * the process.
     *
     * @throws UncheckedIOException if the file can't be read
     */
    public synchronized void keepIn(Path stateFile) {
        file = stateFile;
        if (!Files.exists(file)) {
            return;
        }
        try {
            state = read(Files.readString(file).split("\n", 2));
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    private static State read(String[] lines) {
        var words = lines[0].split(" ");
        return switch (words[0]) {
            case PAUSED -> new State.Paused(Duration.ofMillis(Long.parseLong(words[1])), Integer.parseInt(words[2]));
            case MAINTENANCE -> new State.Maintenance(lines.length > 1 ? lines[1] : "");
            default -> new State.Open();
        };
    }

    /** What the gate does now. */
    public State state() {
        return state;
    }

    /** How many requests wait now. */
    public synchronized int waiting() {
        return waiting.size();
    }

    /** Makes requests wait from now on; those that wait already go on waiting. */
    public void pause(Duration longest, int most) {
        change(new State.Paused(Objects.requireNonNull(longest, "longest"), most));
    }

    /** Turns requests away from now on; those that wait are turned away too. */
    public void maintenance(String message) {
        change(new State.Maintenance(Objects.requireNonNull(message, "message")));
    }

    /** Lets everything through again, first what waits. */
    public void resume() {
        change(new State.Open());
    }

    private void change(State next) {
        List<Runnable> released;
        synchronized (this) {
            save(next);
            state = next;
            released = next instanceof State.Paused ? List.of() : List.copyOf(waiting);
            waiting.removeAll(released);
        }
        released.forEach(Runnable::run);
    }

    /** Replaces the file as a whole, before the state takes effect. */
    private void save(State next) {
        if (file == null) {
            return;
        }
        var text =
                switch (next) {
                    case State.Open open -> "open";
                    case State.Paused(var longest, var most) -> PAUSED + " " + longest.toMillis() + " " + most;
                    case State.Maintenance(var message) -> MAINTENANCE + "\n" + message;
                };
        try {
            var temporary = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(temporary, text, StandardCharsets.UTF_8);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException cause) {
            throw new UncheckedIOException("can't keep the state in " + file, cause);
        }
    }

    /** Whether a request may go on at once; the only step on the way of every request. */
    boolean isOpen() {
        return state instanceof State.Open;
    }

    /**
     * Lets a request wait; {@code goOn} is called once, on any thread, when it must ask again.
     *
     * @return false if it must not wait: the gate is not paused (any more) or too many wait
     */
    synchronized boolean await(Runnable goOn) {
        return state instanceof State.Paused(var longest, var most) && waiting.size() < most && waiting.add(goOn);
    }

    /** Takes a request back that no longer waits. */
    synchronized void forget(Runnable goOn) {
        waiting.remove(goOn);
    }
}
