package io.wunderproxy.proxy.loop;

import io.netty.channel.EventLoop;
import io.wunderproxy.proxy.transport.ChannelTimer;
import java.util.concurrent.TimeUnit;

/**
 * Waits of one and the same length on an event loop, most of which are given up before they are over. They end in the order in which
 * they began, so that one timer of the loop does for all, and to begin or to give up one costs a few stores.
 */
public final class Waits {
    /** One wait after the other of somebody. */
    public static final class Wait {
        private final Waits all;
        private final Runnable then;
        private Wait next;
        private Wait previous;
        private boolean waiting;
        private long until;

        private Wait(Waits all, Runnable then) {
            this.all = all;
            this.then = then;
        }

        /** Begins, anew if it was begun before. */
        public void begin() {
            all.remove(this);
            all.append(this);
        }

        /** Gives it up. Does nothing if it is over. */
        public void end() {
            all.remove(this);
        }
    }

    private final EventLoop eventLoop;
    private final long nanos;
    private final Runnable due = this::due;
    private Wait first;
    private Wait last;
    private boolean scheduled;

    Waits(EventLoop eventLoop, long length, TimeUnit unit) {
        this.eventLoop = eventLoop;
        nanos = unit.toNanos(length);
    }

    /** A wait, not begun yet; {@link Wait#end} must follow on each begin at the latest when {@code then} would be a mistake. */
    public Wait then(Runnable then) {
        return new Wait(this, then);
    }

    private void append(Wait wait) {
        wait.waiting = true;
        wait.until = System.nanoTime() + nanos;
        wait.previous = last;
        if (last == null) {
            first = wait;
        } else {
            last.next = wait;
        }
        last = wait;
        schedule(nanos);
    }

    private void schedule(long delay) {
        if (!scheduled) {
            scheduled = true;
            ChannelTimer.shared(eventLoop, due, delay);
        }
    }

    private void remove(Wait wait) {
        if (!wait.waiting) {
            return;
        }
        wait.waiting = false;
        if (wait.previous == null) {
            first = wait.next;
        } else {
            wait.previous.next = wait.next;
        }
        if (wait.next == null) {
            last = wait.previous;
        } else {
            wait.next.previous = wait.previous;
        }
        wait.next = null;
        wait.previous = null;
    }

    private void due() {
        scheduled = false;
        var now = System.nanoTime();
        try {
            while (first != null && first.until - now <= 0) {
                var wait = first;
                remove(wait);
                wait.then.run();
            }
        } finally {
            if (first != null) {
                schedule(Math.max(0, first.until - now));
            }
        }
    }
}
