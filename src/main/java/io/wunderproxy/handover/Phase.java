package io.wunderproxy.handover;

import io.wunderproxy.handover.Message.Kind;

/**
 * How far a hand-over has come, for the agent that is replaced. Up to {@link #LEAVING} the agent accepts connections, and a
 * failure leads back to where it was.
 */
enum Phase {
    /** The successor's program was started. */
    STARTED,
    /** The successor has understood its settings, and knows how many sockets there are. */
    SETTLED,
    /** The sockets are on their way to the successor. */
    SOCKETS_PASSED,
    /** Both processes hold the sockets. */
    SOCKETS_SHARED,
    /** The successor owns journal and containers. */
    STATE_PASSED,
    /** The successor may accept connections, and does so at any moment. */
    RELEASED,
    /** The successor accepts connections: this agent accepts no more, serves what is open, and ends. */
    LEAVING,
    /** The successor is gone or was never good: this agent has everything back. */
    FAILED;

    /** The work of the agent at a step from one phase to the next. */
    enum Action {
        ANNOUNCE_SOCKETS("its settings are understood"),
        PASS_SOCKET("it takes a socket"),
        NOTHING("it has the sockets"),
        PASS_STATE("it asks for the journal"),
        RELEASE("it is ready"),
        LEAVE("it accepts connections"),
        TAKE_BACK("it is no more");

        private final String words;

        Action(String words) {
            this.words = words;
        }

        /** Why, for the log. */
        String words() {
            return words;
        }
    }

    /** A step of the hand-over. */
    record Step(Phase next, Action action) {}

    /** The step that follows when the successor says this. Whatever is not its turn means that it can't be relied on. */
    Step on(Kind said) {
        if (this == STARTED && said == Kind.HELLO) {
            return new Step(SETTLED, Action.ANNOUNCE_SOCKETS);
        }
        if ((this == SETTLED || this == SOCKETS_PASSED) && said == Kind.TAKING_SOCKET) {
            return new Step(SOCKETS_PASSED, Action.PASS_SOCKET);
        }
        if (this == SOCKETS_PASSED && said == Kind.HAS_SOCKETS) {
            return new Step(SOCKETS_SHARED, Action.NOTHING);
        }
        if (this == SOCKETS_SHARED && said == Kind.WANTS_STATE) {
            return new Step(STATE_PASSED, Action.PASS_STATE);
        }
        if (this == STATE_PASSED && said == Kind.READY) {
            return new Step(RELEASED, Action.RELEASE);
        }
        if (this == RELEASED && said == Kind.ACCEPTING) {
            return new Step(LEAVING, Action.LEAVE);
        }
        return failed();
    }

    /** The step that follows when the successor has ended, takes too long, or can't be given what it asks for. */
    Step failed() {
        return isOver() ? new Step(this, Action.NOTHING) : new Step(FAILED, Action.TAKE_BACK);
    }

    boolean isOver() {
        return this == LEAVING || this == FAILED;
    }

    /** Whether the successor may have got what this agent alone may write. */
    boolean wasPassed() {
        return this == STATE_PASSED || this == RELEASED;
    }
}
