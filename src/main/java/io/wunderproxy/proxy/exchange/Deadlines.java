package io.wunderproxy.proxy.exchange;

import io.wunderproxy.proxy.rules.ErrorResponse;
import java.time.Duration;

/** Finds out who is late in one exchange. Times are those of {@link System#nanoTime}. */
public final class Deadlines {
    private final long leastProgress;
    private long body;
    private long response;
    private long lastProgress;
    private boolean wasReading;
    private long clientProgress;
    private long timesTaken;
    private long taken;

    /** @param leastProgress bytes that a client must take to have done anything; the other parameters are those of {@link #allow} */
    public Deadlines(Duration body, Duration response, long leastProgress, long now) {
        allow(body, response);
        this.leastProgress = leastProgress;
        lastProgress = now;
    }

    /**
     * Sets how long each side may do nothing.
     *
     * @param body how long a client may pause while it sends a body or reads a response
     * @param response how long a backend may take to begin with its response, and to continue it
     */
    public void allow(Duration body, Duration response) {
        this.body = body.toNanos();
        this.response = response.toNanos();
    }

    /** The client or the backend has done something. */
    public void progressed(long now) {
        lastProgress = now;
    }

    public long lastProgress() {
        return lastProgress;
    }

    /**
     * Looks who has done nothing for too long; called about once a second while the client has to read, and when {@link #earliest} has
     * passed.
     *
     * @param reading whether the next move is the client's, who has to read
     * @param sending whether it is the client's, who has to send
     * @param timesTaken how often the client has taken what was waiting for it
     * @param taken a number that grows by each byte that the client takes, looked at only if it has to read
     * @return the response to the client; null if nobody is late
     */
    public ErrorResponse late(long now, boolean reading, boolean sending, long timesTaken, long taken) {
        if (reading) {
            noteReader(now, timesTaken, taken);
        }
        wasReading = reading;
        var limit = reading || sending ? body : response;
        if (now - (reading ? clientProgress : lastProgress) < limit) {
            return null;
        }
        return reading ? ErrorResponse.READER_SLOW : sending ? ErrorResponse.BODY_SLOW : ErrorResponse.BACKEND_SLOW;
    }

    /** Nobody can be late before that, unless the client is to read. */
    public long earliest() {
        return lastProgress + Math.min(body, response);
    }

    /**
     * Notes the progress of a client that reads. Data that the backend sends meanwhile is stored and is no progress of the client's,
     * and neither is a byte or two.
     */
    private void noteReader(long now, long times, long bytes) {
        if (!wasReading || times != timesTaken || bytes - taken >= leastProgress) {
            timesTaken = times;
            taken = bytes;
            clientProgress = now;
            lastProgress = now;
        }
    }
}
