package io.wunderproxy.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The connections of a login: to the first host, through a host in between, and from the host on. */
class ConnectionsTest {
    private final JschSockets sockets = new JschSockets(Duration.ofSeconds(10));
    private ServerSocket server;

    @BeforeEach
    void a_server() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void the_first_host_is_connected_to_directly() throws Exception {
        try (var socket = sockets.createSocket("127.0.0.1", server.getLocalPort());
                var accepted = server.accept()) {
            sockets.getOutputStream(socket).write('a');
            accepted.getOutputStream().write('b');

            assertThat(accepted.getInputStream().read()).isEqualTo('a');
            assertThat(sockets.getInputStream(socket).read()).isEqualTo('b');
        }
    }

    @Test
    void a_name_that_can_not_be_resolved_and_a_port_where_nobody_listens_are_distinguished() throws Exception {
        server.close();

        assertThatThrownBy(() -> sockets.createSocket("no.such.host.invalid", 22))
                .isInstanceOf(UnknownHostException.class)
                .hasMessage("no.such.host.invalid");
        assertThatThrownBy(() -> sockets.createSocket("127.0.0.1", server.getLocalPort()))
                .isInstanceOf(ConnectException.class);
    }

    @Test
    void a_host_is_reached_through_the_one_in_between() throws Exception {
        var proxy = new JumpProxy((host, port) -> connected(host, port, "shop1", 22));

        proxy.connect(null, "shop1", 22, 1000);
        try (var accepted = server.accept()) {
            proxy.getOutputStream().write('a');
            accepted.getOutputStream().write('b');

            assertThat(accepted.getInputStream().read()).isEqualTo('a');
            assertThat(proxy.getInputStream().read()).isEqualTo('b');
            proxy.close();
            assertThat(proxy.getSocket().isClosed()).isTrue();
            assertThat(accepted.getInputStream().read()).isEqualTo(-1);
        }
    }

    private Socket connected(String host, int port, String expectedHost, int expectedPort) {
        assertThat(host).isEqualTo(expectedHost);
        assertThat(port).isEqualTo(expectedPort);
        try {
            return new Socket(server.getInetAddress(), server.getLocalPort());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_way_that_was_never_opened_is_closed_without_complaint() {
        new JumpProxy((host, port) -> {
                    throw new AssertionError();
                })
                .close();
    }

    @Test
    void a_refused_connection_says_who_is_to_be_asked() {
        var target = SshTarget.parse("shop1");

        assertThat(Forwarding.refusal(1, target, "db:5432"))
                .isEqualTo(
                        "shop1 does not pass connections on to db:5432: its sshd_config forbids it"
                                + " (AllowTcpForwarding, AllowStreamLocalForwarding, PermitOpen), or it may not open that socket");
        assertThat(Forwarding.refusal(2, target, "db:5432")).isEqualTo("nothing listens at db:5432, seen from shop1");
        assertThat(Forwarding.refusal(4, target, "db:5432")).isEqualTo("shop1 gets no connection to db:5432");
    }
}
