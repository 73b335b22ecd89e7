package io.wunderproxy.deployment;

import io.wunderproxy.deployment.Failure.Kind;
import java.time.Duration;

/**
 * What changes journal or containers at this moment. It is counted, so that the right to do so can be passed on to another
 * process when nothing is under way, and nothing is broken off. From any thread.
 */
public final class Changes {

    private static final long MILLION = 1_000_000;

    private int underWay;
    private boolean closed;
    private volatile boolean passedOn;

    /** A change under way, until it is closed. */
    public interface Change extends AutoCloseable {
        @Override
        void close();
    }

    /** Begins a change; false if another process makes them now. {@link #end} must follow. */
    public synchronized boolean begin() {
        if (closed) {
            return false;
        }
        underWay++;
        return true;
    }

    public synchronized void end() {
        underWay--;
        notifyAll();
    }

    /** Begins a change that somebody has asked for. */
    Change asked() throws DeploymentException {
        if (!begin()) {
            throw new DeploymentException(
                    Kind.REPLACED, "this agent is being replaced by its successor; try again in a second");
        }
        return this::end;
    }

    /**
     * Waits until nothing is under way, then lets nothing begin. Until then changes begin as always.
     *
     * @return whether that came to be in time
     */
    synchronized boolean close(Duration atMost) throws InterruptedException {
        var until = System.nanoTime() + atMost.toNanos();
        while (underWay > 0) {
            var left = until - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            wait(left / MILLION + 1);
        }
        closed = true;
        return true;
    }

    /** Lets nothing begin yet: another process may still have to go on with what is here. */
    public synchronized void holdBack() {
        closed = true;
    }

    /** Lets changes begin, or begin again. */
    public synchronized void open() {
        closed = false;
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
