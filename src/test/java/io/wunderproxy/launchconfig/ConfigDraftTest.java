package io.wunderproxy.launchconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigDraftTest {
    private static final String DOCUMENT = """
            {"Revision": "one", "HealthCheckPath": "up",
             "ContainerConfig": {"Image": "localhost:8080/shop:one", "Env": ["B=2", "A=1"], "Unknown": {"z": 1.50, "a": [1e3]}},
             "HostConfig": {"Memory": 12345678901234567890}}
            """;

    @Test
    void what_is_not_changed_stays_as_it_was() throws Exception {
        var made = ConfigDraft.from(bytes(DOCUMENT)).tag("two").revision("two").toJson();

        assertThat(ConfigDifference.between(bytes(DOCUMENT), made))
                .containsExactlyInAnyOrder(
                        new ConfigDifference.Change("Revision", Optional.of("one"), Optional.of("two")),
                        new ConfigDifference.Change(
                                "ContainerConfig.Image",
                                Optional.of("localhost:8080/shop:one"),
                                Optional.of("localhost:8080/shop:two")));
        assertThat(new String(made, StandardCharsets.UTF_8)).contains("1.50").contains("12345678901234567890");
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:8080/shop:one, localhost:8080/shop:two",
        "localhost:8080/shop, localhost:8080/shop:two",
        "shop, shop:two",
        "shop:one@sha256:0000000000000000000000000000000000000000000000000000000000000000, shop:two",
    })
    void a_tag_replaces_the_tag_or_digest_and_nothing_else(String before, String after) throws Exception {
        var made = ConfigDraft.from(bytes(DOCUMENT)).image(before).tag("two").toJson();

        assertThat(LaunchConfig.parse(ConfigHash.md5(made), made).image()).isEqualTo(after);
    }

    @Test
    void variables_are_set_where_they_stand_or_at_the_end_and_removed() throws Exception {
        var made = ConfigDraft.from(bytes(DOCUMENT))
                .environment("B", "x=y")
                .environment("C", "")
                .withoutEnvironment("A")
                .withoutEnvironment("NONE")
                .toJson();

        assertThat(LaunchConfig.parse(ConfigHash.md5(made), made).environment()).isEqualTo(List.of("B=x=y", "C="));
    }

    @Test
    void a_document_that_can_not_be_run_is_no_base() {
        assertThatThrownBy(() -> ConfigDraft.from(bytes("{}"))).isInstanceOf(InvalidLaunchConfigException.class);
    }

    @Test
    void the_order_of_fields_and_variables_makes_no_difference() {
        var other = bytes("""
                {"HostConfig": {"Memory": 12345678901234567890}, "HealthCheckPath": "up", "Revision": "one",
                 "ContainerConfig": {"Env": ["A=1", "B=2"], "Image": "localhost:8080/shop:one",
                 "Unknown": {"a": [1e3], "z": 1.50}}}
                """);

        assertThat(ConfigDifference.between(bytes(DOCUMENT), other)).isEmpty();
    }

    @Test
    void what_was_added_or_removed_has_one_side() {
        var changes = ConfigDifference.between(bytes("{\"a\": 1}"), bytes("{\"b\": {\"c\": \"d\"}}"));

        assertThat(changes)
                .containsExactly(
                        new ConfigDifference.Change("a", Optional.of("1"), Optional.empty()),
                        new ConfigDifference.Change("b.c", Optional.empty(), Optional.of("d")));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
