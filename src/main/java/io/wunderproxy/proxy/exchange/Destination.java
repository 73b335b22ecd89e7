package io.wunderproxy.proxy.exchange;

import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.routing.Lease;
import io.wunderproxy.proxy.routing.PeerFallback;
import io.wunderproxy.proxy.rules.ErrorResponse;
import io.wunderproxy.proxy.stats.LoopStats;

/**
 * Where one request is sent: to the active backend of its route, to that or another one again, or to a peer. Holds the lease on the
 * backend, and {@link #release} must follow. Peers have no lease.
 */
public final class Destination {
    private final AppBackends backends;
    private final PeerFallback peers;
    private final LoopStats stats;
    private final Attempts attempts;
    private Lease lease;
    private Backend backend;

    /** @param idempotent whether doing the request twice is as good as once */
    public Destination(AppBackends backends, PeerFallback peers, LoopStats stats, boolean idempotent) {
        this.backends = backends;
        this.peers = peers;
        this.stats = stats;
        attempts = new Attempts(idempotent);
    }

    /** Takes the active backend; false if there is none. */
    public boolean takeActive() {
        lease = backends.acquire();
        backend = lease == null ? null : lease.backend();
        return lease != null;
    }

    /** Takes a lease over with which the first attempt was made. */
    public void takeOver(Lease taken) {
        lease = taken;
        backend = taken.backend();
        attempts.begin();
    }

    /** Where it goes or has gone; null if nowhere. */
    public Backend backend() {
        return backend;
    }

    /** Why there is no active backend. */
    public ErrorResponse absence() {
        return ErrorResponse.absent(backends.absence());
    }

    /** The request comes from a peer, and must end here. */
    public void cameFromPeer() {
        attempts.cameFromPeer();
    }

    /** Whether it goes to a peer now. */
    public boolean isPeer() {
        return attempts.hasFallenBack();
    }

    public boolean isIdempotent() {
        return attempts.isIdempotent();
    }

    /**
     * Begins one more attempt.
     *
     * @return whether a connection may be used that has been idle: it may turn out stale, and a second attempt or the one that a peer
     *     gets must not fail of that
     */
    public boolean begin() {
        var mayBeStale = attempts.isFirst() && !attempts.hasFallenBack();
        attempts.begin();
        return mayBeStale;
    }

    /** The backend could not be reached: to try the same one again is no use. */
    public void unreachable() {
        attempts.unreachable();
        if (attempts.hasFallenBack()) {
            peers.isDead(backend);
        }
    }

    /**
     * Takes a backend for another attempt, if that can't do harm.
     *
     * @param sent false if certainly no part of the request reached the last one
     * @param bodyLost whether a part of its body is gone
     */
    public boolean again(boolean sent, boolean bodyLost) {
        if (!attempts.mayRetry(sent, bodyLost)) {
            return false;
        }
        var next = backends.acquire();
        if (next == null) {
            return false;
        }
        if (!attempts.mayRetryOnTheSame() && next.backend().equals(backend)) {
            next.release();
            return false;
        }
        lease.release();
        lease = next;
        backend = next.backend();
        stats.retried();
        return true;
    }

    /** Takes a peer, once, if one is alive and it can't do harm. */
    public boolean fallBack(boolean sent, boolean bodyLost) {
        var peer = attempts.mayFallBack(sent, bodyLost) ? peers.next() : null;
        if (peer == null) {
            return false;
        }
        attempts.fellBack();
        release();
        backend = peer;
        stats.fellBack();
        return true;
    }

    /** Returns the lease. Does nothing when called again. */
    public void release() {
        if (lease != null) {
            lease.release();
        }
    }
}
