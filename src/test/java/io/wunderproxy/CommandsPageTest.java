package io.wunderproxy;

import static io.wunderproxy.testkit.GeneratedPage.escaped;
import static io.wunderproxy.testkit.GeneratedPage.linkTo;
import static io.wunderproxy.testkit.GeneratedPage.wrapped;
import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.FormerNames;
import io.wunderproxy.testkit.GeneratedPage;
import java.io.IOException;
import java.lang.reflect.Member;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The page with all commands is what the command line says: their synopsis, arguments, options and examples. */
class CommandsPageTest {

    private static final GeneratedPage PAGE = new GeneratedPage("docs/cli.md", CommandsPageTest.class);

    /** Options that several commands have, by the class that declares them, are described once, under this heading. */
    private static final Map<String, String> SHARED = new LinkedHashMap<>();

    static {
        SHARED.put("ManagerOptions", "Options for the manager");
        SHARED.put("ConnectionOptions", "Options for the connection");
        SHARED.put("SshLogin", "Options for SSH");
        SHARED.put("StoreOptions", "Options for the store");
        SHARED.put("OptionalStoreOptions", "Options for a store that is not always needed");
        SHARED.put("OutputOptions", "Options for the output");
        SHARED.put("RevealOption", "Option to show secrets");
        SHARED.put("FleetOptions", "Options for the hosts of a fleet");
        SHARED.put("FleetRolloutOptions", "Options for a rollout");
    }

    @Test
    void the_page_of_commands_is_up_to_date() throws IOException {
        PAGE.check(page());
    }

    @Test
    void every_exit_code_is_declared_by_some_command() {
        assertThat(ExitCodes.of(Wunderproxy.commandLine().getCommandSpec()))
                .containsOnlyKeys(Arrays.stream(Exit.values()).map(Exit::code).toArray(Integer[]::new));
    }

    private static String page() {
        var program = Wunderproxy.commandLine();
        var commands = commands(program)
                .map(CommandLine::getCommandSpec)
                .filter(command -> !command.usageMessage().hidden())
                .toList();
        var text = new StringBuilder("""
                # Commands

                <!-- Made of the commands themselves: %s -->

                ```
                wunderproxy <command> [options] [arguments]
                ```

                How options are given (command line, environment, settings file), what output looks like and how
                to work over SSH is in [Using the commands](client.md). The options of `run` are in
                [Configuration](configuration.md).

                ## Contents

                | command | does |
                |---|---|
                """.formatted(PAGE.command()));
        commands.forEach(command -> text.append("| ")
                .append(linkTo(heading(command)))
                .append(" | ")
                .append(escaped(first(command)))
                .append(" |\n"));
        text.append("""

                ## Exit codes

                They mean the same for all commands, and never change. Which ones a command may end with is
                listed with it, and in its help. `host run` ends with the exit code of the command that it runs
                there.

                | code | meaning |
                |---|---|
                """);
        Arrays.stream(Exit.values()).forEach(exit -> text.append("| ")
                .append(exit.code())
                .append(" | ")
                .append(exit.meaning())
                .append(" |\n"));
        text.append("""

                After 6, see [two people at once](deploying.md#two-people-at-once) or [the deploy
                lock](fleet.md#the-deploy-lock-and-the-ledger).
                """);
        SHARED.forEach((type, heading) -> shared(commands, type, heading, text));
        commands.forEach(command -> command(command, text));
        return text.toString();
    }

    private static Stream<CommandLine> commands(CommandLine parent) {
        return parent.getSubcommands().values().stream()
                .distinct()
                .flatMap(command -> command.getSubcommands().isEmpty() ? Stream.of(command) : commands(command));
    }

    private static void shared(List<CommandSpec> commands, String type, String heading, StringBuilder text) {
        var options = new LinkedHashMap<String, OptionSpec>();
        commands.stream()
                .flatMap(CommandsPageTest::options)
                .filter(option -> declaredBy(option).equals(type))
                .forEach(option -> options.putIfAbsent(option.longestName(), option));
        if (!options.isEmpty()) {
            text.append("\n## ").append(heading).append("\n\n");
            options.values().forEach(option -> text.append(item(option)));
        }
    }

    private static void command(CommandSpec command, StringBuilder text) {
        text.append("\n## ").append(heading(command)).append("\n\n");
        text.append(wrapped(escaped(description(command))));
        text.append("\n```\n").append(synopsis(command)).append("```\n");
        if (heading(command).equals("run")) {
            text.append("\nIts options are in [Configuration](configuration.md).\n");
            exitCodes(command, text);
            examples(command, text);
            return;
        }
        if (!command.positionalParameters().isEmpty()) {
            text.append('\n');
            command.positionalParameters()
                    .forEach(argument -> text.append(item(argument.paramLabel(), argument.description())));
        }
        var own = options(command)
                .filter(option -> !SHARED.containsKey(declaredBy(option)))
                .toList();
        if (!own.isEmpty()) {
            text.append('\n');
            own.forEach(option -> text.append(item(option)));
        }
        var used = options(command)
                .map(CommandsPageTest::declaredBy)
                .filter(SHARED::containsKey)
                .distinct()
                .map(type -> linkTo(SHARED.get(type)))
                .toList();
        if (!used.isEmpty()) {
            text.append('\n').append(wrapped("Besides: " + String.join(", ", used) + "."));
        }
        exitCodes(command, text);
        examples(command, text);
    }

    /** Those that say the same everywhere by number alone. */
    private static void exitCodes(CommandSpec command, StringBuilder text) {
        var usual = Arrays.stream(Exit.values()).collect(Collectors.toMap(Exit::code, Exit::meaning));
        text.append('\n')
                .append(wrapped("[Exit codes](#exit-codes): "
                        + ExitCodes.of(command).entrySet().stream()
                                .map(code -> code.getKey()
                                        + (code.getValue().equals(usual.get(code.getKey()))
                                                ? ""
                                                : " (" + escaped(code.getValue()) + ")"))
                                .collect(Collectors.joining(", "))
                        + "."));
    }

    private static void examples(CommandSpec command, StringBuilder text) {
        var code = false;
        for (var line : command.usageMessage().footer()) {
            var plain = shown(line);
            var indented = plain.startsWith("  ");
            if (indented != code) {
                text.append(indented ? "\n```\n" : "```\n");
                code = indented;
            }
            if (indented) {
                text.append(plain.substring(2)).append('\n');
            } else if (!plain.isEmpty() && !plain.matches("Examples?:")) {
                text.append('\n').append(wrapped(escaped(plain)));
            }
        }
        text.append(code ? "```\n" : "");
    }

    private static Stream<OptionSpec> options(CommandSpec command) {
        return command.options().stream()
                .filter(option -> !option.hidden() && !option.usageHelp() && !option.versionHelp())
                .sorted(Comparator.comparing(OptionSpec::longestName));
    }

    private static String declaredBy(OptionSpec option) {
        return option.userObject() instanceof Member member
                ? member.getDeclaringClass().getSimpleName()
                : "";
    }

    private static String item(OptionSpec option) {
        var names =
                FormerNames.shown(option).stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "));
        var value = option.arity().max() > 0 ? " `" + option.paramLabel() + "`" : "";
        return item(names + value, text(option.description()), option.defaultValue());
    }

    private static String item(String label, String[] description) {
        return item("`" + label + "`", text(description), null);
    }

    private static String item(String head, String description, String initial) {
        var text = description.replace("${DEFAULT-VALUE}", initial == null ? "" : initial);
        return GeneratedPage.item(head + ": " + escaped(text));
    }

    private static String synopsis(CommandSpec command) {
        command.usageMessage().autoWidth(false).width(100);
        return Arrays.stream(new CommandLine.Help(command, Ansi.OFF).synopsis(0).split("\n"))
                .map(String::stripTrailing)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static String heading(CommandSpec command) {
        return command.qualifiedName(" ").replaceFirst("^wunderproxy ", "");
    }

    private static String description(CommandSpec command) {
        return text(command.usageMessage().description());
    }

    private static String first(CommandSpec command) {
        return Ansi.OFF
                .string(Arrays.stream(command.usageMessage().description())
                        .findFirst()
                        .orElse(""))
                .replaceAll("\\.$", "");
    }

    private static String text(String[] paragraphs) {
        return Arrays.stream(paragraphs)
                .filter(paragraph -> !paragraph.isEmpty())
                .map(CommandsPageTest::shown)
                .collect(Collectors.joining(" "));
    }

    /** As help shows it, which is made of formats. */
    private static String shown(String text) {
        return Ansi.OFF.string(text).replace("%%", "%");
    }
}
