package io.wunderproxy.handover;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The connection between an agent and its successor, a Unix socket of this machine. From any thread but its own. */
final class Line implements AutoCloseable {

    private static final int LONGEST = 16 * 1024;

    /** Something that has been read: a message, a descriptor, or the end. */
    private sealed interface Read {
        record Said(Message message) implements Read {}

        record Passed(int descriptor) implements Read {}

        record Ended(String why) implements Read {}
    }

    private final EpollDomainSocketChannel channel;
    private final BlockingQueue<Read> read = new LinkedBlockingQueue<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private Line(EpollDomainSocketChannel channel) {
        this.channel = channel;
        channel.pipeline().addLast(new Reader());
        channel.closeFuture().addListener(closed -> {
            read.add(new Read.Ended("it has ended"));
            ended.complete(null);
        });
    }

    /** A thread for lines. It does not keep the process from ending. */
    static EventLoopGroup thread() {
        return new EpollEventLoopGroup(
                1, Thread.ofPlatform().daemon().name("handover").factory());
    }

    /** The line over a connection that was accepted and is not registered yet. */
    static Line over(EpollDomainSocketChannel accepted) {
        return new Line(accepted);
    }

    /** @throws IOException if nobody listens there */
    static Line to(DomainSocketAddress address, EventLoopGroup group) throws IOException {
        var channel = new EpollDomainSocketChannel();
        var line = new Line(channel);
        var connected = new Bootstrap()
                .group(group)
                .channelFactory(() -> channel)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(address)
                .awaitUninterruptibly();
        if (!connected.isSuccess()) {
            throw new IOException(
                    "cannot reach " + address + ": " + connected.cause().getMessage(), connected.cause());
        }
        return line;
    }

    /** The id of the process at the other end, as the system knows it. */
    long peer() throws IOException {
        return channel.peerCredentials().pid();
    }

    /** @throws IOException if the other end is gone */
    void send(Message message) throws IOException {
        write(Unpooled.copiedBuffer(message.line() + "\n", StandardCharsets.UTF_8));
    }

    /** Passes a descriptor on; it stays this process's too. The other end must wait for it, and for one at a time. */
    void send(int descriptor) throws IOException {
        write(new FileDescriptor(descriptor));
    }

    private void write(Object object) throws IOException {
        var written = channel.writeAndFlush(object).awaitUninterruptibly();
        if (!written.isSuccess()) {
            throw new IOException("the other process is gone", written.cause());
        }
    }

    /**
     * Waits for the next message.
     *
     * @throws IOException if the other end is gone, says what can't be understood, or nothing in time
     */
    Message receive(Duration atMost) throws IOException, InterruptedException {
        return switch (next(atMost)) {
            case Read.Said(var message) -> message;
            case Read.Passed(var descriptor) -> throw new IOException("a descriptor was not awaited");
            case Read.Ended(var why) -> throw new IOException(why);
        };
    }

    /**
     * Takes descriptors, which belong to the caller then.
     *
     * @param wanting says that this end waits for the next one: the transport may not look for a second one that is there
     */
    List<Integer> receive(int number, Message wanting, Duration atMost) throws IOException, InterruptedException {
        read(DomainSocketReadMode.FILE_DESCRIPTORS);
        var descriptors = new ArrayList<Integer>();
        while (descriptors.size() < number) {
            send(wanting);
            switch (next(atMost)) {
                case Read.Passed(var descriptor) -> descriptors.add(descriptor);
                case Read.Said(var message) -> throw new IOException("the sockets did not come");
                case Read.Ended(var why) -> throw new IOException(why);
            }
        }
        read(DomainSocketReadMode.BYTES);
        return descriptors;
    }

    private void read(DomainSocketReadMode mode) {
        channel.eventLoop().submit(() -> channel.config().setReadMode(mode)).awaitUninterruptibly();
    }

    private Read next(Duration atMost) throws IOException, InterruptedException {
        var next = read.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
        if (next == null) {
            throw new IOException("it has said nothing for " + atMost.toSeconds() + " s");
        }
        if (next instanceof Read.Ended) {
            read.add(next);
        }
        return next;
    }

    /** Completes when the other end is gone, or this one was closed. */
    CompletableFuture<Void> ended() {
        return ended;
    }

    @Override
    public void close() {
        channel.close().awaitUninterruptibly();
    }

    /** Reads lines and, when they are awaited, descriptors. */
    private final class Reader extends ChannelInboundHandlerAdapter {
        private final StringBuilder unfinished = new StringBuilder();

        @Override
        public void channelRead(ChannelHandlerContext context, Object object) {
            if (object instanceof FileDescriptor descriptor) {
                read.add(new Read.Passed(descriptor.intValue()));
                return;
            }
            var bytes = (ByteBuf) object;
            unfinished.append(bytes.toString(StandardCharsets.UTF_8));
            bytes.release();
            for (var end = unfinished.indexOf("\n"); end >= 0; end = unfinished.indexOf("\n")) {
                var line = unfinished.substring(0, end);
                unfinished.delete(0, end + 1);
                read.add(Message.read(line)
                        .<Read>map(Read.Said::new)
                        .orElseGet(() -> new Read.Ended("it speaks another language")));
            }
            if (unfinished.length() > LONGEST) {
                context.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
