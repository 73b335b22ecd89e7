package io.wunderproxy.proxy.transport;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * The sockets that listen at one address. With epoll and TCP each event loop has one, so that a connection is accepted and
 * served on one thread; else the first loop accepts for all. Those that another process has opened are as many as it needed.
 * Connections wait in the system until {@link #accept}.
 */
public final class ListeningSockets {
    private static final Logger LOG = Logger.getLogger(ListeningSockets.class);
    /** {@code SO_KEEPALIVE} of {@code SOL_SOCKET}: Netty knows it for connections alone. */
    private static final ChannelOption<Integer> KEEPALIVE = new IntegerUnixChannelOption("SO_KEEPALIVE", 1, 9);

    private static final int PAUSE_SECONDS = 1;

    private final ClientBalance balance;
    private final List<Socket> sockets = new ArrayList<>();

    /** Where they listened before this process had them; null if it has opened them. */
    private SocketAddress adoptedAt;

    private record Socket(ServerChannel channel, ClientBalance.Loop loop) {}

    private ListeningSockets(ClientBalance balance) {
        this.balance = balance;
    }

    /**
     * Takes over sockets that listen at this address already, each on the next event loop, however many there are: what waits
     * at one would be lost if nobody accepted there.
     *
     * @param descriptors at least one
     * @throws Exception what the system says if that can't be done
     */
    static ListeningSockets adopt(SocketAddress address, List<Integer> descriptors, ClientBalance balance)
            throws Exception {
        var all = new ListeningSockets(balance);
        for (var descriptor : descriptors) {
            var loop = balance.loops().get(all.sockets.size() % balance.loops().size());
            ServerChannel channel = address instanceof InetSocketAddress
                    ? new EpollServerSocketChannel(descriptor)
                    : new EpollServerDomainSocketChannel(descriptor);
            all.register(channel, loop);
        }
        all.adoptedAt = address;
        return all;
    }

    /**
     * Listens. If a port of 0 is asked for, all sockets have the same one.
     *
     * @param make makes a socket for such an address
     * @throws Exception what the system says if that can't be done
     */
    static ListeningSockets open(
            SocketAddress address, Function<SocketAddress, ServerChannel> make, ClientBalance balance)
            throws Exception {
        var all = new ListeningSockets(balance);
        try {
            // Without SO_REUSEPORT, so that the port is refused if any other program has it. Once it is set, only a
            // program of the same user can share the port, if it asks for that.
            var first = all.bind(make.apply(address), balance.loops().getFirst(), address);
            if (first instanceof EpollServerSocketChannel epoll
                    && address instanceof InetSocketAddress asked
                    && balance.loops().size() > 1) {
                epoll.config().setReusePort(true);
                var actual = new InetSocketAddress(
                        asked.getAddress(), epoll.localAddress().getPort());
                for (var loop : balance.loops().subList(1, balance.loops().size())) {
                    var next = (EpollServerSocketChannel) make.apply(address);
                    next.config().setReusePort(true);
                    all.bind(next, loop, actual);
                }
            }
            return all;
        } catch (Exception failed) {
            all.sockets.forEach(socket -> socket.channel.close());
            throw failed;
        }
    }

    private ServerChannel bind(ServerChannel channel, ClientBalance.Loop loop, SocketAddress address) throws Exception {
        if (address instanceof InetSocketAddress) {
            channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
        }
        register(channel, loop);
        channel.bind(address).sync();
        return channel;
    }

    private void register(ServerChannel channel, ClientBalance.Loop loop) throws InterruptedException {
        var config = channel.config();
        config.setAutoRead(false);
        if (channel instanceof EpollServerSocketChannel) {
            // Accepted sockets inherit this: nothing is to be set for each of them. A client that vanishes without a
            // word is noticed, even if its connection is upgraded and so has no deadline.
            config.setOption(KEEPALIVE, 1);
        }
        loop.eventLoop().register(channel).sync();
        sockets.add(new Socket(channel, loop));
    }

    /** The address, with the actual port. */
    public SocketAddress address() {
        return adoptedAt == null ? sockets.getFirst().channel.localAddress() : adoptedAt;
    }

    /** The descriptors of these sockets, for another process to accept at them too; empty without epoll. */
    public List<Integer> descriptors() {
        return sockets.stream()
                .filter(socket -> socket.channel instanceof UnixChannel)
                .map(socket -> ((UnixChannel) socket.channel).fd().intValue())
                .toList();
    }

    /**
     * Begins to accept.
     *
     * @param step what is done with each connection before it belongs to an event loop; on any loop
     * @param handler is added behind what the step adds
     */
    public void accept(Consumer<Channel> step, ChannelHandler handler) {
        for (var socket : sockets) {
            socket.channel.pipeline().addLast(new Acceptor(socket.loop, step, handler));
            socket.channel.config().setAutoRead(true);
        }
    }

    /**
     * Stops listening. What the system has accepted by now is served: its first bytes, if they are there, have been read when
     * this completes. On a thread that belongs to no event loop.
     */
    void close() {
        close(socket -> true);
    }

    /**
     * As {@link #close}, while another process accepts at these sockets too, and continues to: the file of one that has a path is
     * that process's now.
     */
    void leave() {
        // The transport would remove the file with its socket, so that is open until this process ends, and no loop's
        // any more.
        close(socket -> !(socket.channel instanceof EpollServerDomainSocketChannel));
    }

    private void close(Predicate<Socket> forGood) {
        CompletableFuture.allOf(sockets.stream()
                        .map(socket -> {
                            var closed = new CompletableFuture<Void>();
                            socket.loop.eventLoop().execute(() -> {
                                if (forGood.test(socket)) {
                                    closeWhenEmpty(socket, closed);
                                } else {
                                    socket.channel.config().setAutoRead(false);
                                    socket.channel.deregister().addListener(done -> closed.complete(null));
                                }
                            });
                            return closed;
                        })
                        .toArray(CompletableFuture[]::new))
                .join();
        awaitReads();
    }

    private void awaitReads() {
        CompletableFuture.allOf(balance.loops().stream()
                        .map(loop -> {
                            var read = new CompletableFuture<Void>();
                            ChannelTimer.afterNextLook(loop.eventLoop(), () -> read.complete(null));
                            return read;
                        })
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    /**
     * Closes a socket when nothing waits at it, since the system resets what still does. However many come meanwhile, those
     * that waited already are accepted first.
     */
    private static void closeWhenEmpty(Socket socket, CompletableFuture<Void> closed) {
        var acceptor = socket.channel.pipeline().get(Acceptor.class);
        var most = acceptor == null ? 0 : acceptor.accepted + NetUtil.SOMAXCONN;
        closeWhenEmpty(socket, acceptor, most, closed);
    }

    private static void closeWhenEmpty(Socket socket, Acceptor acceptor, long most, CompletableFuture<Void> closed) {
        var before = acceptor == null ? 0 : acceptor.accepted;
        ChannelTimer.afterNextLook(socket.loop.eventLoop(), () -> {
            if (acceptor == null || acceptor.accepted == before || acceptor.accepted > most) {
                socket.channel.close().addListener(done -> closed.complete(null));
            } else {
                closeWhenEmpty(socket, acceptor, most, closed);
            }
        });
    }

    /** Gives each accepted connection to an event loop. */
    private final class Acceptor extends ChannelInboundHandlerAdapter {
        private final ClientBalance.Loop own;
        private final Consumer<Channel> step;
        private final ChannelHandler handler;
        private long accepted;

        private Acceptor(ClientBalance.Loop own, Consumer<Channel> step, ChannelHandler handler) {
            this.own = own;
            this.step = step;
            this.handler = handler;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            accepted++;
            var connection = (Channel) message;
            try {
                give(connection);
            } catch (RuntimeException fault) {
                connection.unsafe().closeForcibly();
                throw fault;
            }
        }

        private void give(Channel connection) {
            configure(connection);
            step.accept(connection);
            connection.pipeline().addLast(handler);
            var loop = balance.enter(own);
            connection.closeFuture().addListener(closed -> loop.left());
            loop.eventLoop().register(connection).addListener(registered -> {
                if (!registered.isSuccess()) {
                    connection.unsafe().closeForcibly();
                }
            });
        }

        /** Sets what is not inherited. */
        private void configure(Channel connection) {
            connection.config().setAllocator(PooledByteBufAllocator.DEFAULT);
            connection.config().setRecvByteBufAllocator(ProxyTransport.FAIR_READS);
            try {
                if (connection instanceof EpollSocketChannel) {
                    // The first request is acknowledged by its response.
                    connection.config().setOption(EpollChannelOption.TCP_QUICKACK, false);
                } else if (connection instanceof SocketChannel tcp && tcp.remoteAddress() != null) {
                    tcp.config().setKeepAlive(true);
                }
            } catch (ChannelException gone) {
                LOG.debugf("options of a connection that may have ended already: %s", gone.getMessage());
            }
        }

        /** Mostly there are no more file descriptors: others end meanwhile. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.warnf(
                    "cannot accept connections at %s, trying again in a second: %s",
                    context.channel().localAddress(), cause.getMessage());
            var config = context.channel().config();
            if (config.isAutoRead()) {
                config.setAutoRead(false);
                ChannelTimer.schedule(
                        context.channel(), () -> config.setAutoRead(true), PAUSE_SECONDS, TimeUnit.SECONDS);
            }
        }
    }
}
