package io.wunderproxy.manager;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * The sockets that the framework listens at, for manager and registry. Two agents of the same user may listen at one port while
 * one replaces the other, and at no other time: an agent opens its port alone, and shares it afterwards.
 */
public final class ListeningServers {

    private static final Logger LOG = Logger.getLogger(ListeningServers.class);

    /** For the responses that are on their way. */
    private static final long GRACE_MILLIS = 1000;

    private static final Set<Channel> LISTENING = ConcurrentHashMap.newKeySet();
    private static final Set<Channel> CONNECTIONS = ConcurrentHashMap.newKeySet();

    private ListeningServers() {}

    static void opened(ServerChannel channel) {
        keep(channel, LISTENING);
    }

    static void accepted(Channel channel) {
        keep(channel, CONNECTIONS);
    }

    private static void keep(Channel channel, Set<Channel> open) {
        open.add(channel);
        channel.closeFuture().addListener(closed -> open.remove(channel));
    }

    /** Lets another process of the same user listen at the same ports, if that asks for it. */
    public static void share() {
        LISTENING.forEach(channel -> {
            if (channel instanceof EpollServerSocketChannel epoll) {
                try {
                    epoll.config().setReusePort(true);
                } catch (ChannelException cause) {
                    LOG.warnf("%s can't be shared: %s", epoll.localAddress(), cause.getMessage());
                }
            }
        });
    }

    /** Leaves the ports to the process that shares them: new connections are its own, and the manager's present ones end. */
    public static void leave() {
        LISTENING.forEach(channel -> {
            // The file of a Unix socket is the other process's by now, and would go with this channel.
            if (channel instanceof EpollServerSocketChannel) {
                // What has connected by now is accepted first.
                channel.eventLoop()
                        .execute(() -> channel.eventLoop().schedule(() -> channel.close(), 0, TimeUnit.NANOSECONDS));
            }
        });
        CONNECTIONS.forEach(
                channel -> channel.eventLoop().schedule(() -> channel.close(), GRACE_MILLIS, TimeUnit.MILLISECONDS));
    }

    /** Returns when the responses that were on their way at the time of {@link #leave} have had their time. */
    public static void awaitResponses() {
        try {
            CompletableFuture.allOf(CONNECTIONS.stream()
                            .map(channel -> {
                                var closed = new CompletableFuture<Void>();
                                channel.closeFuture().addListener(done -> closed.complete(null));
                                return closed;
                            })
                            .toArray(CompletableFuture[]::new))
                    .get(2 * GRACE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("a connection to the manager is still open", e);
        }
    }
}
