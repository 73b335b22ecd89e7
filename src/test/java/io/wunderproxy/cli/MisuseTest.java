package io.wunderproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.CommandRunner;
import io.wunderproxy.CommandRunner.Result;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Command lines that can't be meant, of commands that need a table or another host: they are refused before either is looked for. */
class MisuseTest {

    @TempDir
    Path directory;

    private Result run(String words) {
        return new CommandRunner(directory)
                .with("WUNDERPROXY_S3BUCKET", "file:" + directory)
                .with("WUNDERPROXY_S3PREFIX", "shop")
                .runWords(words);
    }

    @ParameterizedTest
    @CsvSource({
        "table create --table t --read 5, --read and --write: give both or none",
        "table create --table t --read 0 --write 5, --read and --write: must be at least 1",
        "table create, --table",
        "table scan --table t --limit 0, --limit: must be 1 to 10000",
        "table scan --table t --kind others, --kind",
        "table get --table t pk, <sk>",
        "table put --table t, <json>",
        "fleet history --table t --limit 0, --limit: must be 1 to 1000",
        "fleet history, --table",
        "fleet status --hosts 127.0.0.1:1 --watch soon, --watch",
        "fleet run --hosts 127.0.0.1:1, <command>",
        "fleet run --hosts unix:/run/api.sock -- true, '--via: give ssh://[user@]{host}'",
        "fleet run --hosts 127.0.0.1:1 --via ssh://bastion -- true, '--via: give ssh://[user@]{host}'",
        "fleet deploy r1 --hosts 127.0.0.1:1 --tag-of x, --tag-of",
        "host run, <target>",
        "host run web1, <command>",
        "host run web1:99999 -- true, <target>",
        "host install web1 --token-file /no/such/token, --token-file /no/such/token: cannot be read",
        "host install web1 --serve-within soon, --serve-within",
        "completion, <bash|zsh|fish>"
    })
    void what_can_not_be_meant_is_refused_and_named(String words, String named) {
        var result = run(words);

        assertThat(result.exitCode()).as(result.err()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .contains(named)
                .containsPattern("See 'wunderproxy [a-z -]+ --help'\\.\n$")
                .doesNotContain("Exception", "io.wunderproxy");
    }

    @Test
    void a_host_that_is_not_there_ends_a_command_with_5() {
        // Nobody listens on port 1.
        var run = run("host run --json 127.0.0.1:1 -- true");

        assertThat(run.exitCode()).isEqualTo(5);
        assertThat(run.err()).startsWith("run: ").contains("127.0.0.1").doesNotContain("Exception");
        assertThat(run.json().path("ExitCode").asInt()).isEqualTo(5);
    }

    @Test
    void a_command_on_several_hosts_tells_each_that_could_not_be_reached() {
        var people = run("fleet run --hosts 127.0.0.1:1 -- true");
        var machines = run("fleet run --hosts 127.0.0.1:1 --via ssh://{host}:1 --json -- true");

        assertThat(people.exitCode()).isEqualTo(1);
        assertThat(people.err()).contains("http://127.0.0.1:1: ", "1 hosts, 1 failed, the slowest took ");
        assertThat(machines.exitCode()).isEqualTo(1);
        assertThat(machines.json().path(0).path("ExitCode").asInt()).isEqualTo(-1);
        assertThat(machines.json().path(0).path("Problem").asText()).isNotEmpty();
    }
}
