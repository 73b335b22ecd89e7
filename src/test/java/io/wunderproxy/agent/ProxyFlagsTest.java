package io.wunderproxy.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.cli.OptionDefaults;
import io.wunderproxy.options.OutOfBounds;
import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.admission.CapacityOptions;
import io.wunderproxy.proxy.exchange.ClientTimeouts;
import io.wunderproxy.proxy.rules.Coding;
import io.wunderproxy.proxy.rules.HeadLimits;
import io.wunderproxy.proxy.stats.AccessLogOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** From the command line to the records of options, without a string in between. */
class ProxyFlagsTest {

    private static CommandLine commandLine(Map<String, String> environment) {
        return new CommandLine(new RunCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setDefaultValueProvider(new OptionDefaults(environment));
    }

    private static AgentOptions options(Map<String, String> environment, String... words) {
        var line = commandLine(environment);
        line.parseArgs(Stream.concat(Arrays.stream(words), Stream.of("bucket", "prefix", "shop"))
                .toArray(String[]::new));
        return line.<RunCommand>getCommand().options();
    }

    private static AgentOptions options(String... words) {
        return options(Map.of(), words);
    }

    @Test
    void without_options_each_record_has_its_defaults() {
        var proxy = options().proxy();

        assertThat(proxy.application()).isEqualTo(ProxyOptions.Application.DEFAULT);
        assertThat(proxy.listener().listen()).isEqualTo(ProxyOptions.Listener.DEFAULT_ADDRESS);
        assertThat(proxy.listener().head()).isEqualTo(HeadLimits.DEFAULT);
        assertThat(proxy.listener().timeouts()).isEqualTo(ClientTimeouts.DEFAULT);
        assertThat(proxy.listener().capacity()).isEqualTo(CapacityOptions.DEFAULT);
        assertThat(proxy.listener().accessLog()).isEqualTo(AccessLogOptions.DEFAULT);
        assertThat(proxy.listener().tls()).isNull();
        assertThat(options().fleet()).isEqualTo(MembershipOptions.DEFAULT);
        assertThat(options().registry()).isEmpty();
    }

    @Test
    void an_option_leaves_the_others_of_its_group_at_their_defaults() {
        var proxy = options("--max-headers", "7", "--compression", "zstd,gzip", "--response-buffering", "off")
                .proxy();

        assertThat(proxy.listener().head())
                .isEqualTo(new HeadLimits(HeadLimits.DEFAULT.line(), 7, HeadLimits.DEFAULT.size()));
        assertThat(proxy.application().compression().codings()).containsExactly(Coding.ZSTD, Coding.GZIP);
        assertThat(proxy.application().compression().minimum()).isEqualTo(1024);
        assertThat(proxy.application().bodies().buffersRequests()).isTrue();
        assertThat(proxy.application().bodies().responseDisk()).isZero();
    }

    @Test
    void the_environment_stands_in_for_an_option_of_a_group() {
        var environment = Map.of("WUNDERPROXY_HEAD_TIMEOUT", "3s", "WUNDERPROXY_MEMBER_ID", "a1");
        var options = options(environment, "--body-timeout", "4s");

        assertThat(options.proxy().listener().timeouts())
                .isEqualTo(new ClientTimeouts(
                        Duration.ofSeconds(3), Duration.ofSeconds(4), ClientTimeouts.DEFAULT.idle()));
        assertThat(options.fleet().memberId()).contains("a1");
        assertThat(options.proxy().listener().peers().instanceId()).isEqualTo("a1");
    }

    @ParameterizedTest
    @CsvSource({"memory, 300k", "timeout, 17s", "buffering, off", "disk, 5m"})
    void the_former_names_of_options_are_still_understood(String option, String value) {
        var meant = text(options("--response-" + option, value));
        var variable = "WUNDERPROXY_ANSWER_" + option.toUpperCase(Locale.ROOT);

        assertThat(meant).isNotEqualTo(text(options()));
        assertThat(text(options("--answer-" + option, value))).isEqualTo(meant);
        assertThat(text(options("--answer-" + option + "=" + value))).isEqualTo(meant);
        assertThat(text(options(Map.of(variable, value)))).isEqualTo(meant);
        assertThat(text(options(Map.of(variable, value, variable.replace("ANSWER", "RESPONSE"), value))))
                .isEqualTo(meant);
    }

    @Test
    void on_one_command_line_the_last_of_two_names_of_an_option_counts() {
        assertThat(text(options("--answer-timeout=1s", "--response-timeout=2s")))
                .isEqualTo(text(options("--response-timeout=2s")));
        assertThat(text(options("--response-timeout=2s", "--answer-timeout=1s")))
                .isEqualTo(text(options("--response-timeout=1s")));
    }

    @Test
    void what_the_help_calls_the_default_can_be_given_and_changes_nothing() {
        var given = commandLine(Map.of()).getCommandSpec().options().stream()
                .filter(option -> !option.usageHelp() && option.arity().max() > 0)
                .filter(option -> option.defaultValueString() != null && !option.isMultiValue())
                .filter(option -> !List.of("null", "").contains(option.defaultValueString()))
                .map(option -> option.longestName() + "=" + option.defaultValueString())
                .toList();

        assertThat(given)
                .contains("--head-timeout=10s", "--max-body=1g", "--request-buffering=on", "--api-auth=token")
                .hasSizeGreaterThan(30);
        assertThat(text(options(given.toArray(String[]::new)))).isEqualTo(text(options()));
    }

    private static String text(AgentOptions options) {
        return options.toString().replaceAll("@[0-9a-f]+", "");
    }

    /** Nobody has to think of adding a new option to the list below. */
    @Test
    void each_number_and_time_that_is_refused_is_refused_by_the_name_of_its_option() {
        var tried = commandLine(Map.of()).getCommandSpec().options().stream()
                .filter(option -> Set.of(int.class, long.class, Duration.class).contains(option.type()))
                .map(option -> option.longestName())
                .toList();

        assertThat(tried)
                .contains("--head-timeout", "--max-requests", "--launch-timeout")
                .hasSizeGreaterThan(25);
        for (var option : tried) {
            for (var value : List.of("0", "0s", "999999999", "999999999g", "999999999h")) {
                try {
                    options(option + "=" + value);
                } catch (ParameterException e) {
                    assertThat(e).hasMessageContaining("'" + option);
                }
            }
        }
    }

    @Test
    void a_component_that_has_no_option_in_its_group_says_what_to_do() {
        var names = new OptionNames(commandLine(Map.of()).getCommandSpec());

        assertThatThrownBy(() -> names.made(new ProxyFlags.Client(), () -> {
                    throw new OutOfBounds("header", "must be longer");
                }))
                .hasMessageContaining("no field of Client with an @Option has that name")
                .hasMessageContaining("give the field the name of the record's component");
    }

    @ParameterizedTest
    @CsvSource({
        "--tls-cert=a.pem, --tls-key",
        "--tls=nonsense, --tls",
        "--peers=:80, --peers",
        "--peers=unix:/a, --peers",
        "--peer-interval=0s, --peer-interval",
        "--max-requests=0, --max-requests",
        "--max-connections=0, --max-connections",
        "--max-request-line=1, --max-request-line",
        "--max-header-size=999999999g, --max-header-size",
        "--request-memory=1, --request-memory",
        "--response-memory=65m, --response-memory",
        "--answer-memory=65m, --response-memory",
        "--head-timeout=0s, --head-timeout",
        "--connect-timeout=999999999h, --connect-timeout",
        "--backend-idle-timeout=999999999h, --backend-idle-timeout",
        "--error-pages=/no/such/directory, --error-pages",
        "--temp-dir=/no/such/directory, --temp-dir",
        "--trusted-proxies=10.0.0.0/99, --trusted-proxies",
        "--registry-port=70000, --registry-port",
        "--health-interval=0s, --health-interval",
        "--drain-timeout=999999999h, --drain-timeout",
        "--api-host=a:80, --api-host",
        "--image-bucket=images, --image-bucket",
        "--member-id=?, --member-id",
        "--member-interval=2h, --member-interval",
        "--proxy=nonsense, --proxy",
        "--api=127.0.0.1:http, --api"
    })
    void names_the_one_option_that_cannot_be_meant(String option, String named) {
        assertThatExceptionOfType(ParameterException.class)
                .isThrownBy(() -> options(option))
                .withMessageStartingWith("Invalid value for option '" + named + "'")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("Exception", "io.wunderproxy"));
    }
}
