package io.wunderproxy.proxy.exchange;

/**
 * How often and where one request may be sent: again to a backend if that can't do harm, and once to a peer. Knows
 * neither connections nor addresses.
 */
public final class Attempts {
    private static final int MOST = 4;
    private static final int MOST_ON_ONE = 2;

    private final boolean idempotent;
    private int number;
    private boolean fromPeer;
    private boolean fellBack;

    /** @param idempotent whether doing the request twice is as good as once (RFC 9110, section 9.2.2) */
    public Attempts(boolean idempotent) {
        this.idempotent = idempotent;
    }

    /** One more is made. */
    public void begin() {
        number++;
    }

    public boolean isIdempotent() {
        return idempotent;
    }

    public boolean isFirst() {
        return number == 0;
    }

    /** The backend could not be reached: to try the same one again is no use. */
    public void unreachable() {
        number = Math.max(number, MOST_ON_ONE);
    }

    /** A peer has sent this request, which must therefore end here. */
    public void cameFromPeer() {
        fromPeer = true;
    }

    public void fellBack() {
        fellBack = true;
    }

    public boolean hasFallenBack() {
        return fellBack;
    }

    /**
     * Whether the request may be sent to the active backend again.
     *
     * @param sent false if certainly no part of it reached the backend
     * @param bodyLost whether a part of its body is gone
     */
    public boolean mayRetry(boolean sent, boolean bodyLost) {
        return !fellBack && number < MOST && isRepeatable(sent, bodyLost);
    }

    /** Whether it may be the same backend as the last time. */
    public boolean mayRetryOnTheSame() {
        return number < MOST_ON_ONE;
    }

    /** Whether the request may be sent to a peer. */
    public boolean mayFallBack(boolean sent, boolean bodyLost) {
        return !fromPeer && !fellBack && isRepeatable(sent, bodyLost);
    }

    private boolean isRepeatable(boolean sent, boolean bodyLost) {
        return !bodyLost && (!sent || idempotent);
    }
}
