package io.wunderproxy.cli.help;

import io.wunderproxy.cli.FormerNames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The completion script for fish, drawn from the same model as the help. */
final class FishCompletion {

    private FishCompletion() {}

    static String of(CommandLine program) {
        var lines = new ArrayList<String>();
        lines.add("complete -c " + program.getCommandName() + " -f");
        collect(program, program, List.of(), lines);
        return String.join("\n", lines);
    }

    private static void collect(CommandLine program, CommandLine command, List<String> route, List<String> lines) {
        var known = command.getSubcommands().keySet();
        var here = new ArrayList<String>();
        route.forEach(word -> here.add("__fish_seen_subcommand_from " + word));
        if (!known.isEmpty()) {
            here.add("not __fish_seen_subcommand_from " + String.join(" ", known));
        }
        var start = "complete -c " + program.getCommandName() + " -n " + quoted(String.join("; and ", here));
        command.getSubcommands().forEach((name, sub) -> {
            if (!sub.getCommandSpec().usageMessage().hidden()) {
                lines.add(start + " -a " + name + " -d "
                        + quoted(first(sub.getCommandSpec().usageMessage().description())));
            }
        });
        for (var option : command.getCommandSpec().options()) {
            if (!option.hidden()) {
                lines.add(start + option(option));
                if (option.negatable()) {
                    lines.add(start + " -l no-" + option.longestName().substring(2));
                }
            }
        }
        if (command.getCommandSpec().positionalParameters().stream().anyMatch(FishCompletion::isFile)) {
            lines.add(start + " -F");
        }
        command.getSubcommands().forEach((name, sub) -> {
            var longer = new ArrayList<>(route);
            longer.add(name);
            collect(program, sub, longer, lines);
        });
    }

    private static boolean isFile(ArgSpec argument) {
        return Path.class.equals(argument.type())
                || argument.paramLabel().contains("file")
                || argument.paramLabel().contains(".json");
    }

    private static String option(OptionSpec option) {
        var words = new StringBuilder();
        for (var name : FormerNames.shown(option)) {
            words.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
        }
        if (option.arity().max() > 0) {
            words.append(" -r");
            if (isFile(option)) {
                words.append(" -F");
            } else if (option.type().isEnum()) {
                words.append(" -x -a ").append(quoted(values(option.type())));
            }
        }
        return words + " -d " + quoted(first(option.description()));
    }

    private static String values(Class<?> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(value -> value.toString().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(" "));
    }

    private static String first(String[] description) {
        return description.length == 0 ? "" : description[0].replaceAll("\\s*Default: \\$\\{DEFAULT-VALUE}", "");
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
