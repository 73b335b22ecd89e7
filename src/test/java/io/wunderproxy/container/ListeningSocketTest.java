package io.wunderproxy.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class ListeningSocketTest {

    @Test
    void reads_listening_sockets_of_both_address_families() {
        assertThat(ListeningSocket.parse(
                        "   0: 00000000:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1"))
                .contains(new ListeningSocket(3000, false));
        assertThat(ListeningSocket.parse(
                        "   1: 0100007F:244C 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1"))
                .contains(new ListeningSocket(9292, true));
        assertThat(
                        ListeningSocket.parse(
                                "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 1"))
                .contains(new ListeningSocket(80, false));
    }

    @Test
    void passes_over_established_connections() {
        assertThat(ListeningSocket.parse(
                        "   2: 0100007F:244C 0100007F:D431 01 00000000:00000000 00:00000000 00000000 0 0 1"))
                .isEmpty();
    }

    @Test
    void tells_whether_an_address_is_in_a_subnet() throws Exception {
        assertThat(sameSubnet("172.17.0.1", 16, "172.17.200.3")).isTrue();
        assertThat(sameSubnet("172.17.0.1", 16, "172.18.0.3")).isFalse();
        assertThat(sameSubnet("10.1.2.130", 25, "10.1.2.129")).isTrue();
        assertThat(sameSubnet("10.1.2.130", 25, "10.1.2.1")).isFalse();
        assertThat(sameSubnet("fd00::1", 64, "172.17.0.3")).isFalse();
    }

    private static boolean sameSubnet(String own, int prefix, String other) throws Exception {
        return DockerEngine.sameSubnet(
                InetAddress.getByName(own).getAddress(),
                prefix,
                InetAddress.getByName(other).getAddress());
    }
}
