package io.wunderproxy.proxy.exchange;

import io.wunderproxy.proxy.admission.Admission;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.proxy.rules.ErrorResponse;
import java.time.Duration;

/**
 * Whether one request may come in now, and what it holds as long as it is in: its place among all requests, and its turn at the gate.
 * {@link #end} must follow, whatever happens.
 */
public final class Admittance {
    /** The next step of a request that finds the gate closed. */
    public sealed interface Step {
        /** The gate has been opened meanwhile. */
        record Pass() implements Step {}

        /** It waits until it is called. */
        record Wait() implements Step {}

        /** It gets a response at once. */
        record Refuse(ErrorResponse why) implements Step {}
    }

    private final Admission requests;
    private final TrafficGate gate;
    private boolean inside;
    private Runnable waiting;

    /** @param requests how many may be in at the same time */
    public Admittance(Admission requests, TrafficGate gate) {
        this.requests = requests;
        this.gate = gate;
    }

    /**
     * Comes in.
     *
     * @param length bytes that the request's body is said to have; -1 if that is not known
     * @param largest bytes that a body may have
     * @return why it may not; null if it may
     */
    public ErrorResponse enter(long length, long largest) {
        if (length > largest) {
            return ErrorResponse.BODY_TOO_LARGE;
        }
        inside = requests.enter();
        if (!inside) {
            return ErrorResponse.OVERLOADED;
        }
        return gate.state() instanceof TrafficGate.State.Maintenance(var message)
                ? ErrorResponse.maintenance(message)
                : null;
    }

    /** Is in already: somebody else has let the request in and leaves it the place. */
    public void takeOver() {
        inside = true;
    }

    /** Whether nothing holds it up; the only question on the way of every request. */
    public boolean isGateOpen() {
        return gate.isOpen();
    }

    /**
     * Waits while traffic is paused.
     *
     * @param then runs once, on any thread, when it must ask again; {@link #called} must follow
     */
    public Step await(Runnable then) {
        if (gate.await(then)) {
            waiting = then;
            return new Step.Wait();
        }
        return switch (gate.state()) {
            case TrafficGate.State.Open open -> new Step.Pass();
            case TrafficGate.State.Paused paused -> new Step.Refuse(ErrorResponse.TOO_MANY_PAUSED);
            case TrafficGate.State.Maintenance(var message) -> new Step.Refuse(ErrorResponse.maintenance(message));
        };
    }

    /** It no longer waits. */
    public void called() {
        waiting = null;
    }

    public boolean isWaiting() {
        return waiting != null;
    }

    /** Whether a request that waits has waited for longer than the pause allows. */
    public boolean hasWaitedTooLong(Duration waited) {
        return gate.state() instanceof TrafficGate.State.Paused(var longest, var most) && waited.compareTo(longest) > 0;
    }

    /** Gives its place to another one before its end: a tunnel may last for days, and is limited by the number of connections. */
    public void leave() {
        if (inside) {
            inside = false;
            requests.leave();
        }
    }

    /** The request is over. Does nothing when called again. */
    public void end() {
        if (waiting != null) {
            gate.forget(waiting);
            waiting = null;
        }
        leave();
    }
}
