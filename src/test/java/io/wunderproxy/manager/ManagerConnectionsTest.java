package io.wunderproxy.manager;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Of all that this process listens at, the manager's address alone is watched. */
class ManagerConnectionsTest {

    private final Map<String, String> before = new HashMap<>();

    private void set(String property, String value) {
        before.putIfAbsent(property, System.getProperty(property));
        System.setProperty(property, value);
    }

    @AfterEach
    void restore() {
        before.forEach((property, value) -> {
            if (value == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, value);
            }
        });
    }

    private static boolean isManagers(String host, int port) {
        return ManagerConnections.isManagers(new InetSocketAddress(host, port));
    }

    @Test
    void the_proxy_on_the_same_port_of_another_address_is_left_alone() {
        set("quarkus.http.host", "127.0.0.1");
        set("quarkus.http.ssl-port", "443");

        assertThat(isManagers("127.0.0.1", 443)).isTrue();
        assertThat(isManagers("127.0.0.2", 443)).isFalse();
        assertThat(isManagers("::1", 443)).isFalse();
        assertThat(isManagers("127.0.0.1", 444)).isFalse();
    }

    @Test
    void all_addresses_are_one_however_they_are_written() {
        set("quarkus.http.host", "0.0.0.0");
        set("quarkus.http.port", "8001");

        assertThat(isManagers("0.0.0.0", 8001)).isTrue();
        assertThat(isManagers("::", 8001)).isTrue();
    }

    @Test
    void a_name_is_not_looked_up() {
        set("quarkus.http.host", "manager.invalid");
        set("quarkus.http.port", "8001");

        assertThat(isManagers("127.0.0.1", 8001)).isTrue();
        assertThat(isManagers("127.0.0.1", 8002)).isFalse();
    }

    @Test
    void a_unix_socket_is_known_by_its_path() {
        set("quarkus.http.domain-socket", "/run/manager.sock");

        assertThat(ManagerConnections.isManagers(new DomainSocketAddress("/run/manager.sock")))
                .isTrue();
        assertThat(ManagerConnections.isManagers(new DomainSocketAddress("/run/proxy.sock")))
                .isFalse();
    }
}
