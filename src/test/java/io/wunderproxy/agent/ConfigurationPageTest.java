package io.wunderproxy.agent;

import static io.wunderproxy.testkit.GeneratedPage.escaped;
import static io.wunderproxy.testkit.GeneratedPage.linkTo;
import static io.wunderproxy.testkit.GeneratedPage.wrapped;
import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.FormerNames;
import io.wunderproxy.cli.OptionDefaults;
import io.wunderproxy.cli.SizeConverter;
import io.wunderproxy.testkit.GeneratedPage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/**
 * The page with the options of {@code run} is what the command line and the records of options say. What a value must be is learnt from
 * the sentence with which a record refuses another one.
 */
class ConfigurationPageTest {

    private static final GeneratedPage PAGE = new GeneratedPage("docs/configuration.md", ConfigurationPageTest.class);

    private static final String DEFAULT = "Default: ";
    private static final String MUST_BE = "must be ";

    @Test
    void the_page_of_options_is_up_to_date() throws IOException {
        PAGE.check(page());
    }

    @Test
    void bounds_are_those_of_the_records() {
        assertThat(bounds("--max-headers")).contains("at least 1");
        assertThat(bounds("--head-timeout")).contains("1ms to 8760h");
        assertThat(bounds("--max-header-size")).contains("1k to 64m");
        assertThat(bounds("--member-id"))
                .hasValueSatisfying(form -> assertThat(form).contains("128 letters"));
        assertThat(bounds("--tls-redirect")).isEmpty();
    }

    private static CommandLine commandLine() {
        return new CommandLine(new RunCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setDefaultValueProvider(new OptionDefaults(Map.of("WUNDERPROXY_CONFIG", "/nowhere/at/all")));
    }

    private static Optional<String> bounds(String option) {
        return bounds(commandLine().getCommandSpec().findOption(option));
    }

    /** What a value must be, in the words of who refuses another one. */
    private static Optional<String> bounds(OptionSpec option) {
        return strange(option).stream()
                .flatMap(value -> refusal(option.longestName() + "=" + value).stream())
                .filter(problem -> problem.startsWith(MUST_BE))
                .map(problem -> problem.substring(MUST_BE.length()))
                .findFirst();
    }

    /** Values that nobody means. */
    private static List<String> strange(OptionSpec option) {
        var type = option.isMultiValue() ? option.auxiliaryTypes()[0] : option.type();
        var converters = Arrays.asList(option.converters());
        if (converters.stream().anyMatch(DurationConverter.class::isInstance)) {
            return List.of("0s", "999999999h");
        }
        if (converters.stream().anyMatch(SizeConverter.class::isInstance)) {
            return List.of("0", "999999999g");
        }
        if (type == int.class) {
            return List.of("-1", "0", "2147483647");
        }
        return type == String.class ? List.of("?") : List.of();
    }

    private static Optional<String> refusal(String option) {
        var line = commandLine();
        line.parseArgs(
                "--registry=embedded", "--tls-cert=a.pem", "--tls-key=a.key", option, "bucket", "prefix", "shop");
        try {
            line.<RunCommand>getCommand().options();
            return Optional.empty();
        } catch (ParameterException e) {
            var message = e.getMessage();
            return Optional.of(message.substring(message.indexOf(": ") + 2));
        }
    }

    private static String page() {
        var run = commandLine().getCommandSpec();
        var inGroups = run.argGroups().stream()
                .flatMap(group -> group.options().stream())
                .toList();
        var text = new StringBuilder("""
            # Configuration

            <!-- Made of the options of "run": %s -->

            ```
            wunderproxy run [options] <s3-bucket> <s3-prefix> <app-name>
            ```

            Each option is taken from the command line, else from its environment variable, else from the
            settings file: `~/.config/wunderproxy/config`, or `wunderproxy/config` below `$XDG_CONFIG_HOME`, or
            the file that `WUNDERPROXY_CONFIG` names, with a line `option=value` for each. Options without a
            value are `true` or `false` there. Long options may be shortened as long as they stay unambiguous.
            The former name of an option counts in each of these places if the present one is not set there.

            With `--settings FILE`, that file is the settings file, the user's is not read, and only options of
            `run` may be in it, each once: an unknown one is refused, with the name that was most likely meant.
            An agent that is a service has its options in `/etc/wunderproxy/settings`; the variables of its
            environment are in `/etc/wunderproxy/environment`, and those of options count more than the file.
            All of it is read once, at the start. `run --check` with the same words says all that is wrong
            without starting or changing anything; `wunderproxy status --settings` shows the options that an
            agent has, and where each came from.

            Times are numbers with a unit: `500ms`, `30s`, `5m`, `1h`. Sizes are numbers of bytes, or of 1024
            (`64k`), 1024² (`10m`) and 1024³ (`1g`) of them. Several values are separated by commas. Addresses
            are `host:port`, `[ipv6]:port`, `:port` or `unix:/path`.

            The exit code is 0 after SIGTERM, 1 if the agent can't start, 2 if the command line is wrong (a line
            then names the option), and 3 if its memory is used up: the service then starts again.

            - [Arguments](#arguments)
            - [General](#general)
            %s
            """.formatted(PAGE.command(), contents(run)));
        text.append("\n## Arguments\n");
        run.positionalParameters().forEach(argument -> text.append(argument(argument)));
        text.append("\n## General\n");
        run.options().stream()
                .filter(option -> !option.usageHelp() && !inGroups.contains(option))
                .forEach(option -> text.append(option(option)));
        groups(run).forEach(group -> {
            text.append("\n## ").append(heading(group)).append('\n');
            group.options().forEach(option -> text.append(option(option)));
        });
        return text.toString();
    }

    private static Collection<ArgGroupSpec> groups(CommandSpec run) {
        var groups = new TreeMap<Integer, ArgGroupSpec>();
        run.argGroups().forEach(group -> groups.put(group.order(), group));
        return groups.values();
    }

    private static String contents(CommandSpec run) {
        return groups(run).stream().map(group -> "- " + linkTo(heading(group))).collect(Collectors.joining("\n"));
    }

    private static String heading(ArgGroupSpec group) {
        return group.heading().replace("%n", "").replaceFirst(" \\(.*\\)", "").replaceFirst(":$", "");
    }

    private static String argument(PositionalParamSpec argument) {
        return "\n### `" + argument.paramLabel() + "`\n\n" + wrapped(escaped(String.join(" ", argument.description())));
    }

    private static String option(OptionSpec option) {
        var described = String.join(" ", option.description()).split("(^| )" + DEFAULT, 2);
        var value = takesValue(option);
        var names =
                FormerNames.shown(option).stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "));
        var facts = new ArrayList<String>();
        if (described.length > 1) {
            facts.add(DEFAULT + initial(option, described[1]) + ".");
        } else if (!value) {
            facts.add(DEFAULT + "off.");
        }
        bounds(option).ifPresent(bounds -> facts.add("Must be " + bounds + "."));
        FormerNames.of(option).forEach(name -> facts.add("Former name, which still works: `" + name + "`."));
        if (!OptionDefaults.hasDefaults(option)) {
            facts.add("On the command line only.");
        } else {
            facts.add("Environment: `" + OptionDefaults.variable(option.longestName()) + "`; settings file: `"
                    + OptionDefaults.key(option.longestName()) + "=" + example(option) + "`.");
        }
        return "\n### " + names + (value ? " `" + option.paramLabel() + "`" : "") + "\n\n"
                + wrapped(escaped(described[0]))
                + "\n"
                + wrapped(String.join(" ", facts));
    }

    private static boolean takesValue(ArgSpec option) {
        return option.arity().max() > 0;
    }

    private static String initial(OptionSpec option, String described) {
        return described.equals(option.defaultValueString()) ? "`" + described + "`" : escaped(described);
    }

    private static String example(OptionSpec option) {
        if (!takesValue(option)) {
            return "true";
        }
        var given = option.defaultValueString();
        return given == null || List.of("null", "", "[]").contains(given) ? option.paramLabel() : given;
    }
}
