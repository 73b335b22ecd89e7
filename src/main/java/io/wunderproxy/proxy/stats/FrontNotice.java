package io.wunderproxy.proxy.stats;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Remembers that the PROXY protocol and the settings of it do not fit together, so that every connection of a load balancer is refused:
 * says so in the log, once a minute at most, and for a while to whoever asks. From any thread.
 */
public final class FrontNotice {
    private static final Logger LOG = Logger.getLogger(FrontNotice.class);
    private static final long PAUSE = Duration.ofMinutes(1).toNanos();

    private record Noticed(String text, long at, long logged) {}

    private final LongSupplier nanoTime;
    private final AtomicReference<Noticed> last = new AtomicReference<>();

    FrontNotice(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * A connection was refused.
     *
     * @param address that it came from; null: through a Unix socket
     * @param what is wrong with it, and what to do
     */
    public void refused(String address, String what) {
        var text = (address == null ? "a program of this machine" : address) + " " + what;
        var now = nanoTime.getAsLong();
        var before = last.get();
        var logs = before == null || now - before.logged >= PAUSE;
        if (last.compareAndSet(before, new Noticed(text, now, logs ? now : before.logged)) && logs) {
            LOG.warn(text);
        }
    }

    /** The notice of the last minute; empty if there is none. */
    public Optional<String> recent() {
        return Optional.ofNullable(last.get())
                .filter(noticed -> nanoTime.getAsLong() - noticed.at < PAUSE)
                .map(Noticed::text);
    }
}
