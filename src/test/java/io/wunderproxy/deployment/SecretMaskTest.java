package io.wunderproxy.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.StaticEnvironment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SecretMaskTest {

    @Test
    void hides_values_of_the_environment_wherever_they_stand() {
        var mask = SecretMask.of(List.of("PASSWORD=hunter2!", "URL=postgres://u:hunter2!@db/x", "PORT=9292"));

        assertThat(mask.apply("cannot connect to postgres://u:hunter2!@db/x on 9292"))
                .isEqualTo("cannot connect to [masked] on 9292");
        assertThat(mask.apply("password hunter2! is wrong")).isEqualTo("password [masked] is wrong");
    }

    @Test
    void hides_short_values_only_as_words_and_only_in_what_the_container_wrote() {
        var mask = SecretMask.of(List.of("PIN=4711", "MODE=not", "DEBUG=1"));

        assertThat(mask.applyToOutput("pin 4711, nothing 1, not x4711"))
                .isEqualTo("pin [masked], nothing 1, [masked] x4711");
        assertThat(mask.apply("was not healthy")).isEqualTo("was not healthy");
    }

    @Test
    void hides_each_line_of_a_value_with_several() {
        var mask = SecretMask.of(List.of("KEY=-----BEGIN-----\nc2VjcmV0\n-----END-----"));

        assertThat(mask.apply("read c2VjcmV0")).isEqualTo("read [masked]");
    }

    @Test
    void hides_the_password_inside_of_a_value() {
        var mask = SecretMask.of(List.of(
                "DATABASE_URL=postgres://shop:hunter%40zwei@db/shop",
                "JDBC=jdbc:postgresql://db/shop?user=shop&password=hunter-drei&ssl=true"));

        assertThat(mask.applyToOutput("FATAL: password hunter@zwei (hunter%40zwei) of shop at db is wrong"))
                .isEqualTo("FATAL: password [masked] ([masked]) of shop at db is wrong");
        assertThat(mask.applyToOutput("login shop/hunter-drei")).isEqualTo("login shop/[masked]");
        assertThat(mask.applyToOutput("Authorization: Basic c2hvcDpodW50ZXJAendlaQ=="))
                .isEqualTo("Authorization: Basic [masked]");
    }

    @Test
    void hides_what_a_value_is_encoded_to() {
        var mask = SecretMask.of(List.of("PASSWORD=a/b \"c\" & dö"));

        assertThat(mask.apply("?p=a%2Fb+%22c%22+%26+d%C3%B6")).isEqualTo("?p=[masked]");
        assertThat(mask.apply("?p=a%2fb%20%22c%22%20%26%20d%c3%b6")).isEqualTo("?p=[masked]");
        assertThat(mask.apply("{\"p\": \"a/b \\\"c\\\" & dö\"}")).isEqualTo("{\"p\": \"[masked]\"}");
        assertThat(mask.apply("<p>a/b &quot;c&quot; &amp; dö</p>")).isEqualTo("<p>[masked]</p>");
        assertThat(mask.apply("p: YS9iICJjIiAmIGTDtg==")).isEqualTo("p: [masked]");
    }

    @Test
    void hides_the_headers_of_the_health_check() throws Exception {
        var document = """
                {"ContainerConfig": {"Image": "shop:4f2c1d"}, "Revision": "4f2c1d",
                 "HealthCheck": {"Path": "/up", "Headers": {"Authorization": "Bearer hunter22", "X-Probe": "let me in"}}}
                """.getBytes(StandardCharsets.UTF_8);
        var config = LaunchConfig.parse(ConfigHash.md5(document), document);

        assertThat(SecretMask.of(config, new StaticEnvironment(List.of()))
                        .applyToOutput("GET /up by let me in with token hunter22"))
                .isEqualTo("GET /up by [masked] with token [masked]");
    }

    @Test
    void leaves_what_image_and_revision_say_openly() throws Exception {
        var document =
                ("{\"ContainerConfig\":{\"Image\":\"shop:4f2c1d\",\"Env\":[\"REVISION=4f2c1d\",\"KEY=s3cr3t!\"]},"
                                + "\"HealthCheckPath\":\"up\",\"Revision\":\"4f2c1d\"}")
                        .getBytes(StandardCharsets.UTF_8);
        var config = LaunchConfig.parse(ConfigHash.md5(document), document);

        assertThat(SecretMask.of(config, new StaticEnvironment(List.of()))
                        .apply("cannot pull shop:4f2c1d with s3cr3t!"))
                .isEqualTo("cannot pull shop:4f2c1d with [masked]");
    }

    @Test
    void applies_to_the_output_too() {
        var failure = new Failure(Failure.Kind.TOO_LATE, "token abcdef", List.of("abcdef"));

        assertThat(SecretMask.of(List.of("T=abcdef")).apply(failure).text())
                .isEqualTo("token [masked]; its last log lines:\n[masked]");
    }
}
