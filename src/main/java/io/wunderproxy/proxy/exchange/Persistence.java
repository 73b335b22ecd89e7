package io.wunderproxy.proxy.exchange;

import io.wunderproxy.proxy.rules.ResponseFraming;

/** Whether the client's connection outlives an exchange: it does unless something is against it, and that is never taken back. */
public final class Persistence {
    /** A body up to this size is read although its request was refused, to keep the connection for the next one. */
    private static final long WORTH_READING = 64 * 1024;

    private enum Fate {
        KEPT,
        CLOSED_AFTERWARDS,
        /** The client knows the end of the response by that of the connection. */
        ENDS_THE_RESPONSE
    }

    private Fate fate = Fate.KEPT;

    /** The connection is closed after this exchange. */
    public void close() {
        if (fate == Fate.KEPT) {
            fate = Fate.CLOSED_AFTERWARDS;
        }
    }

    public boolean isClosed() {
        return fate != Fate.KEPT;
    }

    /** Whether the client knows the end of the response by that of the connection. */
    public boolean endsTheResponse() {
        return fate == Fate.ENDS_THE_RESPONSE;
    }

    /** A backend's response begins. */
    public void framed(ResponseFraming framing) {
        if (framing == ResponseFraming.CLOSE) {
            fate = Fate.ENDS_THE_RESPONSE;
        }
    }

    /**
     * A backend's response is about to be sent.
     *
     * @param closing whether the connection is to be closed anyway
     * @param awaitsContinue whether the client waits to be asked for its body, and may send that or another request now
     */
    public void forwarding(boolean closing, boolean awaitsContinue) {
        if (closing || awaitsContinue) {
            close();
        }
    }

    /**
     * A response of the proxy's own is about to be sent.
     *
     * @param bodyEnded whether the request has been read whole
     * @param length bytes that its body is said to have; -1 if that is not known
     */
    public void responding(boolean closing, boolean awaitsContinue, boolean bodyEnded, long length) {
        if (closing || !bodyEnded && (awaitsContinue || length < 0 || length > WORTH_READING)) {
            close();
        }
    }
}
