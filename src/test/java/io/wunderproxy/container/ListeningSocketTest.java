package io.wunderproxy.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class ListeningSocketTest {

    @Test
    void reads_listening_sockets_of_both_address_families() {
        assertThat(parse("0: 00000000:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 17 1"))
                .isEqualTo(socket("0.0.0.0", 3000, 17));
        assertThat(parse("1: 0100007F:244C 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 18 1"))
                .isEqualTo(socket("127.0.0.1", 9292, 18))
                .matches(ListeningSocket::loopbackOnly);
        assertThat(
                        parse(
                                "2: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 19"))
                .isEqualTo(socket("::", 80, 19));
        assertThat(
                        parse(
                                "3: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 20"))
                .isEqualTo(socket("::1", 81, 20))
                .matches(ListeningSocket::loopbackOnly);
        assertThat(
                        parse(
                                "4: B80D0120000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 21"))
                .isEqualTo(socket("2001:db8::1", 81, 21));
    }

    @Test
    void passes_over_established_connections() {
        assertThat(ListeningSocket.parse(
                        "2: 0100007F:244C 0100007F:D431 01 00000000:00000000 00:00000000 00000000 0 0 17 1"))
                .isEmpty();
    }

    @Test
    void connections_go_to_the_socket_that_is_bound_to_the_address_else_to_one_bound_to_all() {
        var exact = socket("127.0.0.1", 80, 1);
        var all = socket("0.0.0.0", 80, 2);
        var allOfBoth = socket("::", 80, 3);
        var elsewhere = socket("10.0.0.1", 80, 4);
        var otherPort = socket("127.0.0.1", 81, 5);

        assertThat(reachedBy(exact, all, allOfBoth, elsewhere, otherPort)).containsExactly(exact);
        assertThat(reachedBy(all, allOfBoth, elsewhere, otherPort)).containsExactly(all);
        assertThat(reachedBy(allOfBoth, elsewhere, otherPort)).containsExactly(allOfBoth);
        assertThat(reachedBy(elsewhere, otherPort)).isEmpty();
    }

    private static List<ListeningSocket> reachedBy(ListeningSocket... sockets) {
        return ListeningSocket.reachedBy(List.of(sockets), InetAddress.ofLiteral("127.0.0.1"), 80);
    }

    private static ListeningSocket parse(String line) {
        return ListeningSocket.parse("   " + line).orElseThrow();
    }

    private static ListeningSocket socket(String address, int port, long inode) {
        return new ListeningSocket(InetAddress.ofLiteral(address), port, inode);
    }
}
