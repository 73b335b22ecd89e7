package io.wunderproxy.deployment;

import io.wunderproxy.deployment.Failure.Kind;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Counts what changes journal or containers at this moment, so that the right to do so can be passed on to another process when
 * nothing is under way, and nothing is broken off. From any thread.
 */
public final class Changes {

    /** The word to whoever asks for a change meanwhile. */
    public static final String REFUSAL = "this agent is being replaced by its successor; try again in a second";

    private static final long LOOK_NANOS = 100_000_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private int underWay;
    private boolean closed;
    private volatile boolean passedOn;

    /** A change under way, until it is closed. */
    public interface Change extends AutoCloseable {
        @Override
        void close();
    }

    /** Begins a change; false if another process makes them now. {@link #end} must follow. */
    public boolean begin() {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            underWay++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends a change. */
    public void end() {
        lock.lock();
        try {
            underWay--;
            ended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The work of a change. */
    interface Work<E extends Exception> {
        void make() throws E;
    }

    /**
     * Makes a change, unless another process makes them now: that one finds in the journal what is to be done.
     *
     * @return whether it was made
     */
    <E extends Exception> boolean unlessPassedOn(Work<E> work) throws E {
        if (!begin()) {
            return false;
        }
        try {
            work.make();
            return true;
        } finally {
            end();
        }
    }

    /** Begins a change that somebody has asked for. */
    Change asked() throws DeploymentException {
        if (!begin()) {
            throw new DeploymentException(Kind.REPLACED, REFUSAL);
        }
        return this::end;
    }

    /**
     * Waits until nothing is under way, then lets nothing begin. Until then changes begin as always.
     *
     * @param isWanted looked at meanwhile, several times a second
     * @return whether that came to be in time
     */
    boolean close(Duration atMost, BooleanSupplier isWanted) throws InterruptedException {
        lock.lock();
        try {
            var left = atMost.toNanos();
            while (underWay > 0) {
                if (left <= 0 || !isWanted.getAsBoolean()) {
                    return false;
                }
                var pause = Math.min(left, LOOK_NANOS);
                left -= pause - ended.awaitNanos(pause);
            }
            closed = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Lets nothing begin yet: another process may still be given back what is here. */
    public void holdBack() {
        setClosed(true);
    }

    /** Lets changes begin, or begin again. */
    public void open() {
        setClosed(false);
    }

    private void setClosed(boolean now) {
        lock.lock();
        try {
            closed = now;
        } finally {
            lock.unlock();
        }
    }

    /** Notes that this agent was replaced for good. */
    public void passOnForGood() {
        passedOn = true;
    }

    /** Whether this agent was replaced for good: what it knows is of yesterday. */
    public boolean isPassedOn() {
        return passedOn;
    }
}
