package io.wunderproxy.proxy.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.util.ReferenceCountUtil;
import io.wunderproxy.testkit.Patience;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real connections to real sockets, on two event loops, with nothing of HTTP. */
class ListeningSocketsTest {
    private static final ListenAddress ANY_PORT = new ListenAddress.Tcp("127.0.0.1", 0);

    private final Queue<Channel> accepted = new ConcurrentLinkedQueue<>();
    private final AtomicInteger read = new AtomicInteger();
    private final List<SocketChannel> clients = new ArrayList<>();
    private ProxyTransport transport;
    private EventLoopGroup group;
    private ClientBalance balance;

    private void useTransport(boolean preferNative) {
        transport = new ProxyTransport(preferNative);
        group = transport.eventLoopGroup(0, 2, Thread.ofPlatform().factory(), 50);
        balance = new ClientBalance(List.of(group.next(), group.next()));
    }

    @AfterEach
    void end() throws Exception {
        for (var client : clients) {
            client.close();
        }
        if (group != null) {
            transport.closeListeners();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ten_clients_are_shared_out_evenly(boolean preferNative) throws Exception {
        useTransport(preferNative);
        var sockets = listen(ANY_PORT);
        for (var i = 0; i < 5; i++) {
            connect(10, sockets.address());
            await().until(() -> accepted.size() == 10);
            assertThat(clientsOfLoops()).hasSize(2).allMatch(number -> number <= 6);
            leave();
        }
    }

    @Test
    void clients_of_two_addresses_are_shared_out_together() throws Exception {
        useTransport(true);
        var one = listen(ANY_PORT);
        var other = listen(ANY_PORT);
        assertThat(one.address()).isNotEqualTo(other.address());
        for (var i = 0; i < 5; i++) {
            connect(1, one.address());
            connect(1, other.address());
        }
        await().until(() -> accepted.size() == 10);
        assertThat(clientsOfLoops()).hasSize(2).allMatch(number -> number <= 6);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void clients_of_a_unix_socket_are_shared_out_evenly(boolean preferNative, @TempDir Path directory)
            throws Exception {
        useTransport(preferNative);
        var path = directory.resolve("socket");
        listen(new ListenAddress.Unix(path));
        connect(10, UnixDomainSocketAddress.of(path));
        await().until(() -> accepted.size() == 10);
        assertThat(clientsOfLoops()).hasSize(2).allMatch(number -> number <= 6);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void who_connects_before_the_first_is_accepted_waits(boolean preferNative) throws Exception {
        useTransport(preferNative);
        var sockets = transport.listen(ANY_PORT, balance, GivenSockets.none());
        connect(10, sockets.address());
        accept(sockets);
        await().until(() -> read.get() == 10);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void what_clients_had_sent_when_it_closes_has_been_read(boolean preferNative) throws Exception {
        useTransport(preferNative);
        var sockets = listen(ANY_PORT);
        var go = hold(balance.loops());
        // More than Netty accepts at once.
        connect(100, sockets.address());
        var closing = Thread.ofVirtual().start(transport::closeListeners);
        go.countDown();
        closing.join();
        assertThat(read).hasValue(100);
        assertThatThrownBy(() -> connect(1, sockets.address())).isInstanceOf(ConnectException.class);
    }

    @Test
    void what_was_sent_to_another_loop_than_the_accepting_one_has_been_read_too() throws Exception {
        useTransport(false);
        var sockets = listen(ANY_PORT);
        var go = hold(balance.loops().subList(1, 2));
        connect(10, sockets.address());
        await().until(() -> accepted.size() == 10);
        var readAtEnd = CompletableFuture.supplyAsync(() -> {
            transport.closeListeners();
            return read.get();
        });
        await().untilAsserted(() ->
                assertThatThrownBy(() -> connect(1, sockets.address())).isInstanceOf(ConnectException.class));
        go.countDown();
        assertThat(readAtEnd).succeedsWithin(Patience.SOON).isEqualTo(10);
    }

    /** Keeps event loops from doing anything until the latch is open. */
    private static CountDownLatch hold(List<ClientBalance.Loop> loops) throws InterruptedException {
        var go = new CountDownLatch(1);
        var held = new CountDownLatch(loops.size());
        loops.forEach(loop -> loop.eventLoop().execute(() -> {
            held.countDown();
            try {
                Patience.await(go);
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        }));
        Patience.await(held);
        return go;
    }

    @Test
    void continues_to_accept_after_a_fault() throws Exception {
        useTransport(true);
        var sockets = transport.listen(ANY_PORT, balance, GivenSockets.none());
        var faults = new AtomicInteger();
        sockets.accept(
                connection -> {
                    if (faults.getAndIncrement() < 2) {
                        throw new IllegalStateException("a fault");
                    }
                },
                new Reader());
        connect(10, sockets.address());
        await().until(() -> read.get() == 8);
        assertThat(clients).filteredOn(ListeningSocketsTest::isClosedByPeer).hasSize(2);
    }

    private static boolean isClosedByPeer(SocketChannel client) {
        try {
            client.configureBlocking(false);
            return client.read(ByteBuffer.allocate(1)) < 0;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void takes_no_port_that_another_program_of_the_same_user_would_share() throws Exception {
        useTransport(true);
        try (var other = ServerSocketChannel.open()) {
            other.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            other.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            var port = ((InetSocketAddress) other.getLocalAddress()).getPort();
            assertThatThrownBy(() -> listen(new ListenAddress.Tcp("127.0.0.1", port)))
                    .isInstanceOf(ProxyStartException.class)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void takes_no_port_of_another_proxy() {
        useTransport(true);
        var port = ((InetSocketAddress) listen(ANY_PORT).address()).getPort();
        assertThatThrownBy(() -> listen(new ListenAddress.Tcp("127.0.0.1", port)))
                .isInstanceOf(ProxyStartException.class)
                .hasMessageContaining("in use");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void another_process_with_any_number_of_loops_continues_where_this_one_leaves(int loops) throws Exception {
        useTransport(true);
        var sockets = listen(ANY_PORT);
        try (var other = new Other(loops)) {
            var adopted = other.listen(addressOf(sockets), sockets.descriptors());
            assertThat(adopted.address()).isEqualTo(sockets.address());
            accept(adopted);
            connect(50, sockets.address());
            transport.leaveListeners();
            connect(50, sockets.address());
            await().until(() -> read.get() == 100);
        }
    }

    @Test
    void what_waits_at_a_socket_that_was_passed_on_is_not_lost() throws Exception {
        useTransport(true);
        var sockets = transport.listen(ANY_PORT, balance, GivenSockets.none());
        connect(20, sockets.address());
        try (var other = new Other(1)) {
            var adopted = other.listen(addressOf(sockets), sockets.descriptors());
            transport.leaveListeners();
            assertThat(read).hasValue(0);
            accept(adopted);
            await().until(() -> read.get() == 20);
        }
    }

    @Test
    void the_file_of_a_socket_that_was_passed_on_stays() throws Exception {
        useTransport(true);
        // Not below the directory of the test: a path like that may be too long.
        var path = Path.of("/tmp", "wunderproxy-" + ProcessHandle.current().pid() + ".sock");
        var address = new ListenAddress.Unix(path);
        var sockets = listen(address);
        try (var other = new Other(2)) {
            var adopted = other.listen(address, sockets.descriptors());
            transport.leaveListeners();
            accept(adopted);
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
            connect(10, UnixDomainSocketAddress.of(path));
            await().until(() -> read.get() == 10);
        } finally {
            Files.deleteIfExists(path);
        }
    }

    private static ListenAddress addressOf(ListeningSockets sockets) {
        return new ListenAddress.Tcp("127.0.0.1", ((InetSocketAddress) sockets.address()).getPort());
    }

    /** What another process would have, with descriptors of its own. */
    private static final class Other implements AutoCloseable {
        private final ProxyTransport transport = new ProxyTransport(true);
        private final EventLoopGroup group;
        private final ClientBalance balance;

        private Other(int loops) {
            group = transport.eventLoopGroup(0, loops, Thread.ofPlatform().factory(), 50);
            balance = new ClientBalance(
                    IntStream.range(0, loops).mapToObj(n -> group.next()).toList());
        }

        private ListeningSockets listen(ListenAddress address, List<Integer> descriptors) throws IOException {
            var own = new ArrayList<Integer>();
            for (var descriptor : descriptors) {
                own.add(Descriptors.copy(descriptor));
            }
            return transport.listen(address, balance, GivenSockets.of(own, false));
        }

        @Override
        public void close() throws Exception {
            transport.closeListeners();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void says_that_a_host_is_not_known() {
        useTransport(true);
        assertThatThrownBy(() -> listen(new ListenAddress.Tcp("host.invalid", 0)))
                .isInstanceOf(ProxyStartException.class)
                .hasMessageContaining("unknown host");
    }

    private ListeningSockets listen(ListenAddress address) {
        var sockets = transport.listen(address, balance, GivenSockets.none());
        accept(sockets);
        return sockets;
    }

    private void accept(ListeningSockets sockets) {
        sockets.accept(accepted::add, new Reader());
    }

    /** Connections that say a word each. */
    private void connect(int number, SocketAddress address) throws Exception {
        for (var i = 0; i < number; i++) {
            var client = SocketChannel.open(address);
            clients.add(client);
            client.write(ByteBuffer.wrap(new byte[] {1}));
        }
    }

    private void leave() throws Exception {
        for (var client : clients) {
            client.close();
        }
        clients.clear();
        await().until(() -> accepted.stream().noneMatch(Channel::isOpen));
        accepted.clear();
    }

    private List<Long> clientsOfLoops() {
        await().until(() -> accepted.stream().allMatch(Channel::isRegistered));
        return List.copyOf(accepted.stream()
                .collect(Collectors.groupingBy(Channel::eventLoop, Collectors.counting()))
                .values());
    }

    @ChannelHandler.Sharable
    private final class Reader extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            read.addAndGet(((ByteBuf) message).readableBytes());
            ReferenceCountUtil.release(message);
        }
    }
}
