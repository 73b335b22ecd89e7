package io.wunderproxy.launchconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a configuration has, and what another program knows of that. */
class ConfigFieldsTest {

    private static LaunchConfig config(String more) throws InvalidLaunchConfigException {
        var document = """
            {"ContainerConfig": {"Image": "shop:1", "Labels": {"a.b": "c"}}, "Revision": "r1", %s}
            """.formatted(more).getBytes(StandardCharsets.UTF_8);
        return LaunchConfig.parse(ConfigHash.sha256(document), document);
    }

    private static ConfigFields fields(String paths) {
        return ConfigFields.of(Arrays.asList(paths.split(" ")));
    }

    @Test
    void a_configuration_has_its_fields_and_those_of_our_objects_and_none_of_dockers() throws Exception {
        var used = config("\"HealthCheck\": {\"Path\": \"up\", \"Port\": null}, \"Protocol\": null")
                .fields();

        assertThat(used.paths())
                .containsExactly(
                        "ContainerConfig",
                        "HealthCheck",
                        "HealthCheck.Path",
                        "HealthCheck.Port",
                        "Protocol",
                        "Revision");
    }

    @ParameterizedTest
    @CsvSource({
        "A B B.C, A B B.C, ''",
        "A B,     A,       B",
        "A B B.C, A B,     B.C",
        "A B B.C, A,       B",
        "A,       A B B.C, ''"
    })
    void what_others_do_not_know_is_named_by_the_outermost_field(String used, String known, String unknown) {
        assertThat(String.join(" ", fields(used).unknownTo(fields(known)))).isEqualTo(unknown);
    }

    @Test
    void what_is_known_is_what_may_stand_there() throws Exception {
        assertThat(config("\"HealthCheckPath\": \"up\"").fields().unknownTo(ConfigFields.KNOWN))
                .isEmpty();
        assertThatThrownBy(() -> config("\"HealthCheckPath\": \"up\", \"HealthCheckPaht\": 1"))
                .isInstanceOf(InvalidLaunchConfigException.class)
                .hasMessageContaining("HealthCheckPaht")
                .hasMessageEndingWith("it has " + String.join(", ", ConfigFields.KNOWN.names("")));
        assertThatThrownBy(() -> config("\"HealthCheck\": {\"Prot\": 1}"))
                .hasMessageContaining("HealthCheck.Prot")
                .hasMessageEndingWith(
                        "it has Deadline, Headers, Interval, Kind, Path, Port, RestartAfter, Service, Status, Successes, Timeout");
    }

    /** Agents that are out there know no more than this, whatever is added since. */
    @Test
    void what_agents_know_that_do_not_tell_it_stays() {
        assertThat(ConfigFields.OF_OLD_AGENTS.paths())
                .containsExactlyElementsOf(List.of(
                        "ContainerConfig",
                        "ForceReload",
                        "HealthCheck",
                        "HealthCheck.Deadline",
                        "HealthCheck.Headers",
                        "HealthCheck.Interval",
                        "HealthCheck.Path",
                        "HealthCheck.Port",
                        "HealthCheck.Successes",
                        "HealthCheck.Timeout",
                        "HealthCheckPath",
                        "HostConfig",
                        "ImageBucket",
                        "Protocol",
                        "Revision"));
    }
}
