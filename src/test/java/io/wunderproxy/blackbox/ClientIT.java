package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two read-only commands over the object store. */
class ClientIT {
    @RegisterExtension
    final Host host = Host.withS3Store();

    @ParameterizedTest
    @ValueSource(strings = {"image current", "im cu", "im c"})
    void image_current_prints_the_image_of_the_current_configuration(String route) {
        var blue = host.revision("blue").withoutImage().publish();
        host.store().putCurrent(blue.json());

        assertThat(wunderproxy(route, "-s", host.bucket(), "-p", Host.PREFIX).orFail(route))
                .isEqualTo(blue.image());
    }

    @Test
    void env_current_prints_its_environment_a_variable_a_line() {
        var blue = host.revision("blue").env("GREETING", "a = b").withoutImage().publish();
        host.store().putCurrent(blue.json());

        assertThat(wunderproxy("env current", "--s3bucket", host.bucket(), "--s3prefix", Host.PREFIX)
                        .orFail("env current"))
                .isEqualTo("REVISION=" + blue.revision() + "\nGREETING=a = b");
    }

    @Test
    void without_a_current_configuration_they_fail_with_one_line() {
        var result = wunderproxy("image current", "-s", host.bucket(), "-p", Host.PREFIX);

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.output().strip().lines()).hasSize(1);
        assertThat(result.output()).contains("current.json");
    }

    private Command wunderproxy(String route, String... options) {
        var words = new ArrayList<>(List.of("env"));
        host.storeEnvironment().forEach((name, value) -> words.add(name + "=" + value));
        words.addAll(Host.command());
        words.addAll(List.of(route.split(" ")));
        words.addAll(List.of(options));
        return Command.of(java.io.InputStream.nullInputStream(), words);
    }
}
