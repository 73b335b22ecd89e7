package io.wunderproxy.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.command.InspectContainerResponse;
import io.wunderproxy.container.Container.Address;
import io.wunderproxy.container.Container.Network;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Containers as engines describe them, in the bytes in which they do. */
class ContainersTest {

    private static InspectContainerResponse inspected(String networkMode, String more) throws Exception {
        return new ObjectMapper()
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
                .readValue("""
                        {"Id": "0123456789abcdef", "Name": "/blue", "Created": "2026-01-31T12:00:00Z",
                         "HostConfig": {"NetworkMode": "%s"}, %s}
                        """.formatted(networkMode, more), InspectContainerResponse.class);
    }

    private static final String RUNNING = """
            "Config": {"Image": "shop:1", "Labels": {"a": "b"}, "Env": ["X=1", "Y="]},
            "State": {"Status": "running", "Running": true, "Pid": 17, "ExitCode": 0, "OOMKilled": false, "Error": ""},
            "NetworkSettings": {
              "Ports": {"9292/tcp": [{"HostIp": "127.0.0.1", "HostPort": "32768"}, {"HostIp": "::1", "HostPort": "32769"}],
                "9293/tcp": null, "53/udp": [{"HostIp": "", "HostPort": "53"}]},
              "Networks": {"bridge": {"IPAddress": "172.17.0.2", "GlobalIPv6Address": "fd00::2"}}}
            """;

    @Test
    void what_runs_is_described_whole() throws Exception {
        var inspected = inspected("bridge", RUNNING);

        var container = Containers.of(inspected, Optional.of(inspected));

        assertThat(container.id()).isEqualTo("0123456789abcdef");
        assertThat(container.name()).isEqualTo("blue");
        assertThat(container.image()).isEqualTo("shop:1");
        assertThat(container.labels()).isEqualTo(Map.of("a", "b"));
        assertThat(container.created()).isEqualTo(Instant.parse("2026-01-31T12:00:00Z"));
        assertThat(container.environment()).containsExactly("X=1", "Y=");
        assertThat(container.status()).isEqualTo(new Container.Status("running", 0, false, "", 17, Optional.empty()));
        assertThat(container.network()).isEqualTo(Network.OWN);
        assertThat(container.addresses()).containsExactly("172.17.0.2", "fd00::2");
        assertThat(container.published()).isEqualTo(Map.of(9292, new Address("127.0.0.1", 32768)));
    }

    @Test
    void the_last_words_of_the_engines_own_check_are_there_if_it_has_one() throws Exception {
        var checked = inspected("bridge", """
                "Config": {}, "NetworkSettings": {"Networks": {}}, "State": {"Status": "running", "Health": {
                    "Status": "unhealthy", "FailingStreak": 3, "Log": [{"ExitCode": 0, "Output": "fine"},
                    {"ExitCode": 1, "Output": "no such table"}]}}
                """);
        var unchecked = inspected("bridge", """
                "Config": {}, "NetworkSettings": {"Networks": {}}, "State": {"Status": "running", "Health": {"Status": "none"}}
                """);

        assertThat(Containers.of(checked, Optional.of(checked)).status().health())
                .contains(new Container.Health("unhealthy", "no such table"));
        assertThat(Containers.of(unchecked, Optional.of(unchecked)).status().health())
                .isEmpty();
    }

    @Test
    void what_the_engine_leaves_out_is_empty() throws Exception {
        var inspected = inspected("none", """
                "Config": {}, "State": {}, "NetworkSettings": {"Networks": {}}
                """);

        var container = Containers.of(inspected, Optional.of(inspected));

        assertThat(container.image()).isEmpty();
        assertThat(container.labels()).isEmpty();
        assertThat(container.environment()).isEmpty();
        assertThat(container.status()).isEqualTo(new Container.Status("unknown", 0, false, "", 0, Optional.empty()));
        assertThat(container.addresses()).isEmpty();
        assertThat(container.published()).isEmpty();
    }

    @Test
    void what_has_ended_says_how() throws Exception {
        var inspected = inspected("bridge", """
                "Config": {}, "State": {"Status": "exited", "ExitCode": 137, "OOMKilled": true}, "NetworkSettings": {}
                """);

        assertThat(Containers.of(inspected, Optional.empty()).status().describe())
                .isEqualTo("exited with code 137, out of memory (killed)");
    }

    @Test
    void what_uses_the_network_of_another_has_the_addresses_and_ports_of_that() throws Exception {
        var owner = inspected("bridge", RUNNING);
        var guest = inspected("container:0123", """
                "Config": {}, "State": {}, "NetworkSettings": {"Networks": {}}
                """);

        assertThat(Containers.sharedWith(owner)).isEmpty();
        assertThat(Containers.sharedWith(guest)).contains("0123");
        var container = Containers.of(guest, Optional.of(owner));
        assertThat(container.network()).isEqualTo(Network.OF_CONTAINER);
        assertThat(container.addresses()).containsExactly("172.17.0.2", "fd00::2");
        assertThat(container.published()).containsKey(9292);
        assertThat(Containers.of(guest, Optional.empty()).addresses()).isEmpty();
    }

    @Test
    void what_uses_the_network_of_its_host_by_way_of_another_does_so() throws Exception {
        var owner = inspected("host", RUNNING);
        var guest = inspected("container:0123", RUNNING);

        assertThat(Containers.of(guest, Optional.of(owner)).network()).isEqualTo(Network.OF_HOST);
        assertThat(Containers.of(owner, Optional.of(owner)).network()).isEqualTo(Network.OF_HOST);
    }
}
