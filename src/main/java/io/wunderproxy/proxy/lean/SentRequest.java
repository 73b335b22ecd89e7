package io.wunderproxy.proxy.lean;

import io.wunderproxy.proxy.backend.BackendConnection;
import io.wunderproxy.proxy.routing.Lease;

/**
 * A request that a lane has begun to forward and another one completes, with all that it holds: its place among the requests, the lease,
 * and the connection.
 *
 * @param lease on the backend that it was sent to
 * @param started when its head was there
 * @param sentAt when it was sent
 * @param id its {@code X-Request-Id}
 * @param connection null if none could be made
 * @param failure what ended the connection, or why there is none; null if the response is still to come
 * @param reached whether any part of it may have reached the backend
 */
public record SentRequest(
        Lease lease,
        long started,
        long sentAt,
        String id,
        BackendConnection connection,
        Throwable failure,
        boolean reached) {

    /** Gives back what it holds, but for its place among the requests. */
    public void abandon() {
        lease.release();
        if (connection != null) {
            connection.cancel();
        }
    }
}
