package io.wunderproxy.proxy.transport;

import io.netty.channel.EventLoop;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Shares the clients out among the event loops. The system chooses a loop by a hash of the addresses, which is uneven for a
 * few clients: the loop that accepts one gives it away if another one has clearly fewer. Used by all loops at the same time.
 */
public final class ClientBalance {
    private final List<Loop> loops;

    /** An event loop with the number of its clients. */
    static final class Loop {
        private final EventLoop eventLoop;
        private final AtomicInteger clients = new AtomicInteger();

        private Loop(EventLoop eventLoop) {
            this.eventLoop = eventLoop;
        }

        EventLoop eventLoop() {
            return eventLoop;
        }

        void left() {
            clients.decrementAndGet();
        }
    }

    public ClientBalance(Collection<EventLoop> eventLoops) {
        loops = eventLoops.stream().map(Loop::new).toList();
    }

    List<Loop> loops() {
        return loops;
    }

    /** Counts one more client for {@code accepting}, or for the loop with the fewest clients; {@link Loop#left} must follow. */
    Loop enter(Loop accepting) {
        var own = accepting.clients.get();
        var chosen = accepting;
        var least = own - Math.max(1, own / 8);
        for (var loop : loops) {
            var clients = loop.clients.get();
            if (clients < least) {
                least = clients;
                chosen = loop;
            }
        }
        chosen.clients.incrementAndGet();
        return chosen;
    }
}
