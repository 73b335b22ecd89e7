package io.wunderproxy.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.rules.Coding;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class ProxyFlagsTest {
    @Command
    static class Holder {
        @Mixin
        ProxyFlags flags;
    }

    private static ProxyFlags parse(String... words) {
        var holder = new Holder();
        new CommandLine(holder).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(words);
        return holder.flags;
    }

    @Test
    void an_option_leaves_the_others_of_its_group_at_their_defaults() {
        var flags = parse("--max-headers", "7", "--compression", "zstd,gzip");

        assertThat(flags.limits.maxHeaders).isEqualTo(7);
        assertThat(flags.limits.maxConnections).isEqualTo(16000);
        assertThat(flags.limits.maxBody).isEqualTo(1L << 30);
        assertThat(flags.limits.headTimeout).isEqualTo(Duration.ofSeconds(10));
        assertThat(flags.answers.compression).containsExactly(Coding.ZSTD, Coding.GZIP);
        assertThat(flags.answers.compressionMin).isEqualTo(1024);
        assertThat(flags.buffering.requestBuffering).isEqualTo(ProxyFlags.Switch.ON);
        assertThat(flags.problem()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "--tls-cert=a.pem, --tls-key",
        "--tls=nonsense, --tls",
        "--peers=:80, --peers",
        "--peers=unix:/a, --peers",
        "--max-requests=0, --max-requests",
        "--request-memory=1, --request-memory",
        "--head-timeout=0s, --head-timeout",
        "--error-pages=/no/such/directory, /no/such/directory"
    })
    void names_what_cannot_be_meant(String option, String named) {
        assertThat(parse(option).problem())
                .hasValueSatisfying(problem -> assertThat(problem).contains(named));
    }
}
