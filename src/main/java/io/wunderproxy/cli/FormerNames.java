package io.wunderproxy.cli;

import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Help.IOptionRenderer;
import picocli.CommandLine.Help.IParamLabelRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Former names of options. The longest of an option's long names is its name, which picocli uses too. The others are
 * former names: they keep working on the command line, in the environment and in the settings file, and no help, manual
 * or completion shows them.
 */
public final class FormerNames {

    /** The column of picocli's table of options that has the long names and the value. */
    private static final int LONG_NAMES = 3;

    private FormerNames() {}

    /** All long names of an option, its present name first. */
    static List<String> longNames(OptionSpec option) {
        return Stream.concat(Stream.of(option.longestName()), of(option).stream())
                .toList();
    }

    /** The names that are shown: short ones, and the present long one. */
    public static List<String> shown(OptionSpec option) {
        var former = of(option);
        return Arrays.stream(option.names())
                .filter(name -> !former.contains(name))
                .toList();
    }

    /** The long names that an option had before. */
    public static List<String> of(OptionSpec option) {
        return Arrays.stream(option.names())
                .filter(name -> name.startsWith("--") && !name.equals(option.longestName()))
                .toList();
    }

    /** A command's help; for {@link CommandLine#setHelpFactory}. */
    public static Help help(CommandSpec command, ColorScheme colors) {
        ExitCodes.show(command);
        return new Help(command, colors) {
            @Override
            public IOptionRenderer createDefaultOptionRenderer() {
                var usual = super.createDefaultOptionRenderer();
                return (option, label, scheme) ->
                        withoutFormer(option, label, scheme, usual.render(option, label, scheme));
            }
        };
    }

    /** Puts the present name into the column of long names. */
    private static Text[][] withoutFormer(
            OptionSpec option, IParamLabelRenderer label, ColorScheme colors, Text[][] rows) {
        if (!of(option).isEmpty()) {
            rows[0][LONG_NAMES] = colors.optionText(option.longestName())
                    .concat(label.renderParameterLabel(option, colors.ansi(), colors.optionParamStyles()));
        }
        return rows;
    }

    /**
     * Removes the former names from the lists of words that a script of picocli's offers.
     *
     * @param script the one that completes commands and options in bash
     */
    public static String notOffered(String script, CommandLine program) {
        var words = script;
        var former = new TreeSet<String>();
        options(program).forEach(option -> former.addAll(of(option)));
        options(program).forEach(option -> former.removeAll(shown(option)));
        for (var name : former) {
            // Labels of cases keep them, to find the values of one that was typed.
            words = words.replaceAll(" ?" + Pattern.quote("'" + name + "'") + "(?=[ \"])", "");
        }
        return words;
    }

    private static Stream<OptionSpec> options(CommandLine command) {
        return Stream.concat(
                command.getCommandSpec().options().stream(),
                command.getSubcommands().values().stream().flatMap(FormerNames::options));
    }
}
