package io.wunderproxy.handover;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Where a successor reaches the agent that has started it: a socket without a file, under a name that nobody can guess. Only the
 * process with the right id is let in, whatever else runs as the same user.
 */
final class Invitation implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Invitation.class);

    private final String name;
    private final Channel listening;
    private final BlockingQueue<Line> guests = new LinkedBlockingQueue<>();

    private Invitation(String name, EventLoopGroup group) throws IOException {
        this.name = name;
        var bound = new ServerBootstrap()
                .group(group)
                .channelFactory(EpollServerDomainSocketChannel::new)
                .childHandler(new ChannelInitializer<EpollDomainSocketChannel>() {
                    @Override
                    protected void initChannel(EpollDomainSocketChannel accepted) {
                        guests.add(Line.over(accepted));
                    }
                })
                .bind(address(name))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "cannot listen for a successor: " + bound.cause().getMessage(), bound.cause());
        }
        listening = bound.channel();
    }

    static Invitation open(EventLoopGroup group) throws IOException {
        var secret = new byte[16];
        new SecureRandom().nextBytes(secret);
        return new Invitation("wunderproxy-" + HexFormat.of().formatHex(secret), group);
    }

    /** The address of this name, which has no file. */
    static DomainSocketAddress address(String name) {
        return new DomainSocketAddress("\0" + name);
    }

    String name() {
        return name;
    }

    /**
     * Waits for the process with this id; others are turned away.
     *
     * @throws IOException if it does not come in time, or ends before
     */
    Line await(ProcessHandle process, Duration atMost) throws IOException, InterruptedException {
        var until = System.nanoTime() + atMost.toNanos();
        process.onExit().thenRun(() -> listening.close());
        while (listening.isOpen() && System.nanoTime() - until < 0) {
            var guest = guests.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            if (guest == null) {
                continue;
            }
            if (guest.peer() == process.pid()) {
                return guest;
            }
            LOG.warnf("process %d tried to replace this agent and was turned away", guest.peer());
            guest.close();
        }
        throw new IOException(
                process.isAlive() ? "it did not start within " + atMost.toSeconds() + " s" : "it ended at once");
    }

    private static final long LOOK_MILLIS = 50;

    @Override
    public void close() {
        listening.close().awaitUninterruptibly();
    }
}
