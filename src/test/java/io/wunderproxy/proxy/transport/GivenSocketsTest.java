package io.wunderproxy.proxy.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GivenSocketsTest {

    private final Socket socket = Socket.newSocketStream();

    @BeforeAll
    static void load() {
        new ProxyTransport(true);
    }

    @AfterEach
    void close() throws Exception {
        socket.close();
    }

    private InetSocketAddress listen() throws Exception {
        socket.bind(new InetSocketAddress("127.0.0.1", 0));
        socket.listen(1);
        return socket.localAddress();
    }

    @Test
    void sockets_are_taken_by_their_address_and_once() throws Exception {
        var address = listen();
        var given = GivenSockets.of(List.of(socket.intValue()), false);
        assertThat(given.take(new InetSocketAddress("127.0.0.1", 1))).isEmpty();
        assertThat(given.take(address)).containsExactly(socket.intValue());
        assertThat(given.take(address)).isEmpty();
    }

    @Test
    void any_address_of_either_family_is_one() throws Exception {
        socket.bind(new InetSocketAddress("0.0.0.0", 0));
        socket.listen(1);
        var port = socket.localAddress().getPort();
        SocketAddress asked = new InetSocketAddress("::", port);
        assertThat(GivenSockets.of(List.of(socket.intValue()), false).take(asked))
                .hasSize(1);
        asked = new InetSocketAddress("0.0.0.0", port);
        assertThat(GivenSockets.of(List.of(socket.intValue()), false).take(asked))
                .hasSize(1);
    }

    @Test
    void what_nobody_takes_is_closed() throws Exception {
        var address = listen();
        var given = GivenSockets.of(List.of(Descriptors.copy(socket.intValue())), false);
        given.closeOthers();
        assertThat(given.take(address)).isEmpty();
        // It was a copy of its own.
        assertThat(socket.localAddress()).isEqualTo(address);
    }

    @Test
    void a_socket_that_does_not_listen_is_refused() {
        assertThatThrownBy(() -> GivenSockets.of(List.of(socket.intValue()), false))
                .isInstanceOf(ProxyStartException.class)
                .hasMessageContaining("does not listen");
    }

    @Test
    void what_is_no_socket_is_refused() throws Exception {
        var file = FileDescriptor.from("/dev/null");
        try {
            assertThatThrownBy(() -> GivenSockets.of(List.of(file.intValue()), false))
                    .isInstanceOf(ProxyStartException.class)
                    .hasMessageContaining("no socket");
        } finally {
            file.close();
        }
    }

    @Test
    void sockets_for_another_process_are_left_alone() {
        var given = GivenSockets.activated(Map.of("LISTEN_FDS", "1", "LISTEN_PID", "1"));
        assertThat(given.take(new InetSocketAddress("127.0.0.1", 80))).isEmpty();
    }

    @Test
    void a_number_of_sockets_that_can_not_be_meant_is_refused() {
        var ours = Long.toString(ProcessHandle.current().pid());
        assertThatThrownBy(() -> GivenSockets.activated(Map.of("LISTEN_FDS", "many", "LISTEN_PID", ours)))
                .isInstanceOf(ProxyStartException.class)
                .hasMessageContaining("LISTEN_FDS");
    }
}
