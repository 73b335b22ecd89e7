package io.wunderproxy.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.wunderproxy.container.Container.Address;
import io.wunderproxy.container.Container.Network;
import java.net.InetAddress;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContainerAddressesTest {
    private static final ContainerAddresses HERE =
            new ContainerAddresses(URI.create("unix:///var/run/docker.sock"), ip -> ip.startsWith("172.17."));
    private static final ContainerAddresses ELSEWHERE =
            new ContainerAddresses(URI.create("tcp://docker.example:2375"), ip -> true);

    private static Container container(Network network, Map<Integer, Address> published, String... addresses) {
        return new Container(
                "0123456789abcdef",
                "blue",
                "shop:1",
                Map.of(),
                Instant.EPOCH,
                List.of(),
                new Container.Status("running", 0, false, "", 1, Optional.empty()),
                network,
                List.of(addresses),
                published);
    }

    @Test
    void a_container_of_this_machine_is_reached_at_its_own_address_if_this_host_is_in_that_network() {
        var published = Map.of(9292, new Address("127.0.0.1", 32768));

        assertThat(HERE.address(container(Network.OWN, published, "10.0.0.2", "172.17.0.2"), 9292))
                .contains(new Address("172.17.0.2", 9292));
        assertThat(HERE.address(container(Network.OWN, published, "10.0.0.2"), 9292))
                .contains(new Address("127.0.0.1", 32768));
        assertThat(HERE.address(container(Network.OWN, published, "10.0.0.2"), 9293))
                .contains(new Address("10.0.0.2", 9293));
        assertThat(HERE.address(container(Network.OWN, Map.of()), 9292)).isEmpty();
    }

    @Test
    void a_container_of_another_machine_is_reached_where_that_publishes_it() {
        assertThat(ELSEWHERE.address(container(Network.OWN, Map.of(9292, new Address("", 32768)), "172.17.0.2"), 9292))
                .contains(new Address("docker.example", 32768));
    }

    @Test
    void a_container_in_the_network_of_its_host_is_reached_there() {
        assertThat(HERE.address(container(Network.OF_HOST, Map.of()), 9292)).contains(new Address("127.0.0.1", 9292));
        assertThat(ELSEWHERE.address(container(Network.OF_HOST, Map.of()), 9292))
                .contains(new Address("docker.example", 9292));
    }

    @Test
    void a_port_is_published_at_the_address_that_it_is_bound_to() {
        assertThat(HERE.published("", 80)).isEqualTo(new Address("127.0.0.1", 80));
        assertThat(HERE.published("0.0.0.0", 80)).isEqualTo(new Address("127.0.0.1", 80));
        assertThat(HERE.published("::", 80)).isEqualTo(new Address("::1", 80));
        assertThat(HERE.published("10.0.0.1", 80)).isEqualTo(new Address("10.0.0.1", 80));

        assertThat(ELSEWHERE.published("::", 80)).isEqualTo(new Address("docker.example", 80));
        assertThat(ELSEWHERE.published("127.0.0.1", 80)).isEqualTo(new Address("docker.example", 80));
        assertThat(ELSEWHERE.published("::1", 80)).isEqualTo(new Address("docker.example", 80));
        assertThat(ELSEWHERE.published("10.0.0.1", 80)).isEqualTo(new Address("10.0.0.1", 80));
    }

    // ---- who of a listing is at an address ----

    private static boolean isAt(String listed, String host, int port) throws Exception {
        var running = new ObjectMapper().readValue(listed, com.github.dockerjava.api.model.Container.class);
        return HERE.isAt(running, new Address(host, port));
    }

    @Test
    void whoever_publishes_a_port_is_at_it() throws Exception {
        var listed = """
                {"Id": "1", "Ports": [{"IP": "0.0.0.0", "PrivatePort": 9292, "PublicPort": 80, "Type": "tcp"},
                  {"IP": "0.0.0.0", "PrivatePort": 53, "PublicPort": 53, "Type": "udp"},
                  {"PrivatePort": 9293, "Type": "tcp"}]}
                """;

        assertThat(isAt(listed, "127.0.0.1", 80)).isTrue();
        assertThat(isAt(listed, "10.0.0.1", 80)).isFalse();
        assertThat(isAt(listed, "127.0.0.1", 53)).isFalse();
        assertThat(isAt(listed, "127.0.0.1", 9292)).isFalse();
        assertThat(isAt(listed, "127.0.0.1", 9293)).isFalse();
    }

    @Test
    void whoever_has_an_address_in_a_network_is_at_it_however_it_is_written() throws Exception {
        var listed = """
                {"Id": "1", "NetworkSettings": {"Networks": {
                  "four": {"IPAddress": "172.17.0.2", "GlobalIPv6Address": ""},
                  "six": {"IPAddress": "", "GlobalIPv6Address": "fd00:0:0:0:0:0:0:2"}}}}
                """;

        assertThat(isAt(listed, "172.17.0.2", 1)).isTrue();
        assertThat(isAt(listed, "fd00::2", 1)).isTrue();
        assertThat(isAt(listed, "172.17.0.3", 1)).isFalse();
        assertThat(isAt(listed, "shop.example", 1)).isFalse();
        assertThat(isAt("{\"Id\": \"1\"}", "172.17.0.2", 1)).isFalse();
    }

    // ---- subnets ----

    @Test
    void tells_whether_an_address_is_in_a_subnet() throws Exception {
        assertThat(sameSubnet("172.17.0.1", 16, "172.17.200.3")).isTrue();
        assertThat(sameSubnet("172.17.0.1", 16, "172.18.0.3")).isFalse();
        assertThat(sameSubnet("10.1.2.130", 25, "10.1.2.129")).isTrue();
        assertThat(sameSubnet("10.1.2.130", 25, "10.1.2.1")).isFalse();
        assertThat(sameSubnet("fd00::1", 64, "172.17.0.3")).isFalse();
    }

    private static boolean sameSubnet(String own, int prefix, String other) throws Exception {
        return ContainerAddresses.sameSubnet(
                InetAddress.getByName(own).getAddress(),
                prefix,
                InetAddress.getByName(other).getAddress());
    }
}
