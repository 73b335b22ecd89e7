package io.wunderproxy.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.StaticEnvironment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContainerSpecTest {

    @Test
    void passes_the_configuration_whole_and_adds_labels_and_environment() throws Exception {
        var spec = spec(
                "\"Env\":[\"A=1\"],\"Labels\":{\"team\":\"shop\"},\"Unknown\":1",
                "\"Memory\":64000000",
                List.of("B=2"));

        assertThat(spec.at("/Env").valueStream().map(n -> n.textValue())).containsExactly("A=1", "B=2");
        assertThat(spec.at("/Labels/team").textValue()).isEqualTo("shop");
        assertThat(spec.at("/Labels/added").textValue()).isEqualTo("label");
        assertThat(spec.at("/Unknown").intValue()).isEqualTo(1);
        assertThat(spec.at("/HostConfig/Memory").intValue()).isEqualTo(64000000);
    }

    @Test
    void publishes_the_port_on_loopback_if_no_port_is_bound() throws Exception {
        var spec = spec("", "", List.of());

        assertThat(spec.at("/HostConfig/PortBindings/9292~1tcp/0/HostIp").textValue())
                .isEqualTo("127.0.0.1");
        assertThat(spec.at("/ExposedPorts").has("9292/tcp")).isTrue();
    }

    @Test
    void binds_nothing_that_the_configuration_does_not_ask_for() throws Exception {
        assertThat(spec("", "\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"8088\"}]}", List.of())
                        .at("/HostConfig/PortBindings"))
                .hasSize(1);
        assertThat(spec("", "\"NetworkMode\":\"host\"", List.of())
                        .at("/HostConfig")
                        .has("PortBindings"))
                .isFalse();
        assertThat(spec("", "\"PublishAllPorts\":true", List.of())
                        .at("/HostConfig")
                        .has("PortBindings"))
                .isFalse();
    }

    private static ObjectNode spec(String containerFields, String hostFields, List<String> environment)
            throws Exception {
        var document = ("{\"ContainerConfig\":{\"Image\":\"shop:1\"" + (containerFields.isEmpty() ? "" : ",")
                        + containerFields + "},\"HostConfig\":{" + hostFields
                        + "},\"HealthCheckPath\":\"up\",\"Revision\":\"r1\"}")
                .getBytes(StandardCharsets.UTF_8);
        var config = LaunchConfig.parse(ConfigHash.md5(document), document);
        return ContainerSpec.of(config, Map.of("added", "label"), new StaticEnvironment(environment));
    }
}
