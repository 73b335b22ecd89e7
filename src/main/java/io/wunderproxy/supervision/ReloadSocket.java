package io.wunderproxy.supervision;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Where a process is asked to replace itself by whoever supervises it: a socket without a file, whose name has the id of the
 * process. Only its own user and root are heard, so it needs no token; unlike a signal it tells what came of it.
 */
public final class ReloadSocket implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(ReloadSocket.class);

    private static final String REPLACED = "replaced ";
    private static final String REFUSED = "refused ";
    private static final int ROOT = 0;

    /** The end of an attempt to replace the process. */
    public sealed interface Outcome {

        /** @param successor the id of the process that has taken the place of the one that was asked */
        record Replaced(long successor) implements Outcome {}

        /** @param why the process that was asked continues as before */
        record Refused(String why) implements Outcome {}
    }

    private final EventLoopGroup group;

    private ReloadSocket(EventLoopGroup group) {
        this.group = group;
    }

    /**
     * Listens for that.
     *
     * @param reload replaces this process; runs on a thread of its own
     * @throws IOException if it is not possible on this platform, or somebody else has the name
     */
    public static ReloadSocket open(Supplier<Outcome> reload) throws IOException {
        if (!Epoll.isAvailable()) {
            throw new IOException("this platform has no native transport");
        }
        var us = userOfThisProcess();
        var group = thread();
        var bound = new ServerBootstrap()
                .group(group)
                .channelFactory(EpollServerDomainSocketChannel::new)
                .childHandler(new ChannelInitializer<EpollDomainSocketChannel>() {
                    @Override
                    protected void initChannel(EpollDomainSocketChannel accepted) throws IOException {
                        var user = accepted.peerCredentials().uid();
                        if (user == us || user == ROOT) {
                            Thread.ofPlatform().name("reload").start(() -> respond(accepted, reload));
                        } else {
                            LOG.warnf("user %d may not have this agent replaced, and was turned away", user);
                            accepted.close();
                        }
                    }
                })
                .bind(address(ProcessHandle.current().pid()))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IOException(bound.cause().getMessage(), bound.cause());
        }
        return new ReloadSocket(group);
    }

    private static void respond(EpollDomainSocketChannel channel, Supplier<Outcome> reload) {
        try {
            var line =
                    switch (reload.get()) {
                        case Outcome.Replaced(var successor) -> REPLACED + successor;
                        case Outcome.Refused(var why) -> REFUSED + why;
                    };
            channel.writeAndFlush(Unpooled.copiedBuffer(line, StandardCharsets.UTF_8))
                    .awaitUninterruptibly();
        } catch (RuntimeException e) {
            LOG.error("could not replace this agent (please report)", e);
        } finally {
            channel.close();
        }
    }

    /**
     * Asks a process to replace itself, and waits until it is certain what comes of it.
     *
     * @return empty if this process, or one of this user, can't be asked: it is none of ours, or its version knows nothing of it
     * @throws IOException if it was asked, and what came of it is not known
     */
    public static Optional<Outcome> ask(long process, Duration atMost) throws IOException, InterruptedException {
        if (!Epoll.isAvailable()) {
            throw new IOException("this platform has no native transport; may "
                    + System.getProperty("io.netty.native.workdir", System.getProperty("java.io.tmpdir"))
                    + " hold programs that are run?");
        }
        var group = thread();
        try {
            var said = new CompletableFuture<String>();
            var connected = new Bootstrap()
                    .group(group)
                    .channelFactory(EpollDomainSocketChannel::new)
                    .handler(new Reader(said))
                    .connect(address(process))
                    .awaitUninterruptibly();
            if (!connected.isSuccess()
                    || ((EpollDomainSocketChannel) connected.channel())
                                    .peerCredentials()
                                    .pid()
                            != process) {
                return Optional.empty();
            }
            return Optional.of(outcome(process, said.get(atMost.toMillis(), TimeUnit.MILLISECONDS)));
        } catch (TimeoutException e) {
            throw new IOException("process " + process + " has not said within " + atMost.toSeconds()
                    + " s whether it was replaced; its log tells it");
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e.getCause());
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private static Outcome outcome(long process, String said) throws IOException {
        if (said.startsWith(REPLACED)) {
            return new Outcome.Replaced(
                    Long.parseLong(said.substring(REPLACED.length()).strip()));
        }
        if (said.startsWith(REFUSED)) {
            return new Outcome.Refused(said.substring(REFUSED.length()).strip());
        }
        throw new IOException("process " + process
                + " has not said whether it was replaced: not allowed, or it has ended; its log tells it");
    }

    private static DomainSocketAddress address(long process) {
        return new DomainSocketAddress("\0wunderproxy-reload-" + process);
    }

    private static EventLoopGroup thread() {
        return new EpollEventLoopGroup(
                1, Thread.ofPlatform().daemon().name("reload-socket").factory());
    }

    /** The effective one. The owner of its directory in /proc may be root, whoever it is. */
    private static int userOfThisProcess() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("Uid:"))
                    .map(line -> Integer.parseInt(line.split("\\s+")[2]))
                    .findFirst()
                    .orElseThrow(() -> new IOException("/proc does not say whose process this is"));
        }
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** Collects all that is said until the end. */
    private static final class Reader extends SimpleChannelInboundHandler<ByteBuf> {
        private final CompletableFuture<String> said;
        private final StringBuilder text = new StringBuilder();

        Reader(CompletableFuture<String> said) {
            this.said = said;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
            text.append(bytes.toString(StandardCharsets.UTF_8));
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            said.complete(text.toString());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            said.complete(text.toString());
        }
    }
}
