package io.wunderproxy.proxy.backend;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.wunderproxy.proxy.OnEveryLane;
import io.wunderproxy.proxy.TestBackend;
import io.wunderproxy.proxy.TestProxy;
import io.wunderproxy.proxy.Wire;
import io.wunderproxy.proxy.rules.Refusal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection ends so that the client gets what was written for it, or sees that it did not. */
@OnEveryLane
class OrderlyCloseTest {
    private static final int LARGE = 12_000_000;

    /** Whatever else the client sends is thrown away; a reset would destroy the response that it has not read. */
    @ParameterizedTest
    @CsvSource({
        "400, Transfer-Encoding: chunked, '3\r\nabc\r\nnonsense\r\n'",
        "413, Transfer-Encoding: chunked, '7\r\n1234567\r\n7\r\n1234567\r\n'",
        "413, Content-Length: 1000000, 1234567",
        "408, Content-Length: 8, 1234567",
        "408, Transfer-Encoding: chunked, '7\r\n1234567\r\n'",
    })
    void a_refusal_in_the_middle_of_a_body_ends_the_proxys_side_at_once(int status, String framing, String body)
            throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.start(
                                options -> options.maxRequestBody(10).bodyTimeout(Duration.ofMillis(500)))
                        .to(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\n" + framing + "\r\n\r\n" + body.translateEscapes());
            var refusal = client.read();
            assertThat(refusal.status()).isEqualTo(status);
            assertThat(refusal.headers("Connection")).containsExactly("close");
            assertThat(client.in.read()).isEqualTo(-1);
            for (var i = 0; i < 100; i++) {
                client.send(new byte[100_000]);
            }
            assertThat(open(proxy)).isOne();
            client.close();
            await().until(() -> open(proxy) == 0);
        }
    }

    @Test
    void a_refused_head_ends_the_proxys_side_at_once() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.start(options -> options.headTimeout(Duration.ofMillis(100)))
                        .to(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: ");
            assertThat(client.read().status()).isEqualTo(408);
            assertThat(client.in.read()).isEqualTo(-1);
            for (var i = 0; i < 10; i++) {
                client.send(new byte[100_000]);
            }
            assertThat(proxy.stats.snapshot().refusals()).containsEntry(Refusal.HEAD_SLOW, 1L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.0", "HTTP/1.1"})
    void a_client_that_has_ended_its_side_gets_the_rest_of_its_response(String version) throws Exception {
        try (var backend = sendingLarge();
                var proxy = proxy(backend, Duration.ofSeconds(60));
                var client = slowReader(proxy)) {
            client.send("GET / " + version + "\r\nHost: a\r\n\r\n");
            await().until(() -> proxy.stats.snapshot().sinceStart().requests() == 1);
            client.socket.shutdownOutput();
            proxy.responds().get();
            proxy.responds().get();
            assertThat(client.read().bytes()).hasSize(LARGE);
            assertThat(client.in.read()).isEqualTo(-1);
        }
    }

    @Test
    void a_client_that_does_not_read_is_cut_off_with_a_reset() throws Exception {
        try (var backend = sendingLarge();
                var proxy = proxy(backend, Duration.ofMillis(200));
                var client = slowReader(proxy)) {
            client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
            await().until(() -> proxy.stats.snapshot().sinceStart().requests() == 1 && open(proxy) == 0);
            assertThatThrownBy(client.in::readAllBytes).isInstanceOf(SocketException.class);
        }
    }

    /** With chunks, so that a client of HTTP/1.0 finds the end of the response by that of the connection. */
    private static TestBackend sendingLarge() throws Exception {
        return TestBackend.running(connection -> {
            connection.read();
            connection.send(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(LARGE) + "\r\n");
            connection.send(new byte[LARGE]).send("\r\n0\r\n\r\n");
            connection.isClosedByPeer();
        });
    }

    /** One that has room for the whole response, which is over for it before the client has read anything. */
    private static TestProxy proxy(TestBackend backend, Duration bodyTimeout) {
        return TestProxy.start(options -> options.eventLoops(1)
                        .responseBuffer(4 * LARGE)
                        .bufferMemory(8 * LARGE)
                        .bodyTimeout(bodyTimeout))
                .to(backend);
    }

    private static Wire slowReader(TestProxy proxy) throws Exception {
        var socket = new Socket();
        socket.setReceiveBufferSize(16 * 1024);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()));
        return new Wire(socket);
    }

    private static long open(TestProxy proxy) {
        return proxy.stats.snapshot().connections().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Who sheds several connections may close one with the one before it. */
    @Test
    void a_connection_that_is_closed_already_can_be_aborted_once_more() throws Exception {
        try (var peer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var group = new EpollEventLoopGroup(1);
            try {
                var channel = new Bootstrap()
                        .group(group)
                        .channel(EpollSocketChannel.class)
                        .handler(new ChannelInboundHandlerAdapter())
                        .connect(peer.getLocalSocketAddress())
                        .sync()
                        .channel();
                channel.close().sync();

                channel.eventLoop().submit(() -> OrderlyClose.abort(channel)).get();
            } finally {
                group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            }
        }
    }
}
