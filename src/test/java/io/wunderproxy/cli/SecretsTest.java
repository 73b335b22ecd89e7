package io.wunderproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
    private final Secrets secrets = new Secrets(false);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DB_PASSWORD",
                "DBPASSWORD",
                "API_KEY",
                "apiKey",
                "SECRET_KEY_BASE",
                "GITHUB_TOKEN",
                "AWS_SECRET_ACCESS_KEY",
                "SENTRY_DSN",
                "Authorization",
                "REDIS_PASS"
            })
    void looks_secret(String name) {
        assertThat(secrets.line(name + "=hunter22")).isEqualTo(name + "=[masked]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RAILS_ENV", "KEYBOARD", "PASSENGER_PORT", "MONKEY", "PATH", "WORKERS", "AUTHOR"})
    void looks_open(String name) {
        assertThat(secrets.line(name + "=hunter22")).isEqualTo(name + "=hunter22");
    }

    @ParameterizedTest
    @CsvSource({
        "DATABASE_URL=postgres://shop:hunter22@db:5432/shop, DATABASE_URL=postgres://shop:[masked]@db:5432/shop",
        "REDIS_URL=redis://:hunter22@cache, REDIS_URL=redis://:[masked]@cache",
        "URL=http://shop.example/a:b@c, URL=http://shop.example/a:b@c",
        "URL=postgres://shop:hunter@22@db/shop, URL=postgres://shop:[masked]@db/shop",
        "JDBC=jdbc:postgresql://db/shop?user=shop&password=hunter22&ssl=true, JDBC=jdbc:postgresql://db/shop?user=shop&password=[masked]&ssl=true",
        "CONNECTION=Server=db;User=shop;Password=hunter22;Pooling=true, CONNECTION=Server=db;User=shop;Password=[masked];Pooling=true",
        "LIBPQ=host=db user=shop password=hunter22 sslmode=off, LIBPQ=host=db user=shop password=[masked] sslmode=off",
        "HEADER=Bearer hunter22, HEADER=Bearer [masked]",
        "COMPASS=north east, COMPASS=north east",
    })
    void a_password_in_an_address_is_masked(String line, String shown) {
        assertThat(secrets.line(line)).isEqualTo(shown);
    }

    @Test
    void headers_of_health_checks_are_masked_whatever_they_are_called() throws Exception {
        var document = new ObjectMapper().readTree("""
                {"HealthCheck": {"Path": "/up", "Headers": {"X-Probe": "hunter22", "Host": "shop.example"}}}
                """);

        assertThat(secrets.document(document).toString())
                .doesNotContain("hunter22", "shop.example")
                .contains("X-Probe", "/up");
        assertThat(new Secrets(true).document(document)).isEqualTo(document);
    }

    @Test
    void documents_are_masked_at_any_depth() throws Exception {
        var document = new ObjectMapper().readTree("""
                {"ContainerConfig": {"Env": ["DB_PASSWORD=x1", "A=b"], "Cmd": ["--api-token=x2", "run"]},
                 "HealthCheck": {"Headers": {"Authorization": "x3"}}}
                """);

        assertThat(secrets.document(document).toString())
                .doesNotContain("x1", "x2", "x3")
                .contains("A=b", "run", "DB_PASSWORD=[masked]", "--api-token=[masked]");
        assertThat(new Secrets(true).document(document)).isEqualTo(document);
    }
}
