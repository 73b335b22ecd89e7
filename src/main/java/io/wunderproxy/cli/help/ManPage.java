package io.wunderproxy.cli.help;

import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.FormerNames;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** A command's manual page in the language of man(7), drawn from the same model as its help. */
final class ManPage {

    private final StringBuilder page = new StringBuilder();
    private final CommandLine command;

    private ManPage(CommandLine command) {
        this.command = command;
    }

    /** The name of a page: {@code wunderproxy-config-show}. */
    static String name(CommandLine command) {
        return command.getCommandSpec().qualifiedName("-");
    }

    static String of(CommandLine command) {
        return new ManPage(command).write();
    }

    private String write() {
        var spec = command.getCommandSpec();
        var usage = spec.usageMessage();
        line(".TH " + quoted(name(command).toUpperCase(java.util.Locale.ROOT))
                + " 1 \"\" wunderproxy \"Wunderproxy manual\"");
        line(".nh");
        line(".ad l");
        line(".SH NAME");
        line(escaped(name(command)) + " \\- " + escaped(first(usage.description())));
        line(".SH SYNOPSIS");
        var synopsis = command.getHelp().synopsis(0).strip().replaceAll("\\s+", " ");
        line(".B " + escaped(spec.qualifiedName(" ")));
        line(escaped(synopsis.replaceFirst("^" + java.util.regex.Pattern.quote(spec.qualifiedName(" ")), "")
                .strip()));
        line(".SH DESCRIPTION");
        paragraphs(usage.description());
        if (!spec.positionalParameters().isEmpty()) {
            line(".SH ARGUMENTS");
            spec.positionalParameters().forEach(p -> entry(escaped(p.paramLabel()), p));
        }
        options();
        if (!command.getSubcommands().isEmpty()) {
            line(".SH COMMANDS");
            for (var sub : command.getSubcommands().values()) {
                line(".TP");
                line(".B " + escaped(sub.getCommandName()));
                line(escaped(first(sub.getCommandSpec().usageMessage().description())));
            }
        }
        footer(usage.footer());
        line(".SH \"EXIT STATUS\"");
        ExitCodes.of(spec).forEach((code, meaning) -> {
            line(".TP");
            line(String.valueOf(code));
            line(escaped(meaning));
        });
        seeAlso();
        return page.toString();
    }

    private void options() {
        var spec = command.getCommandSpec();
        var grouped = new ArrayList<OptionSpec>();
        spec.argGroups().forEach(group -> grouped.addAll(group.allOptionsNested()));
        line(".SH OPTIONS");
        spec.options().stream()
                .filter(option -> !option.hidden() && !grouped.contains(option))
                .sorted(Comparator.comparing(OptionSpec::longestName))
                .forEach(this::option);
        for (var group : spec.argGroups()) {
            section(group);
        }
    }

    private void section(ArgGroupSpec group) {
        line(".SS "
                + quoted(escaped(
                        group.heading() == null
                                ? ""
                                : group.heading().replace("%n", "").replaceAll(":$", ""))));
        group.options().forEach(this::option);
    }

    private void option(OptionSpec option) {
        var names = FormerNames.shown(option).stream().map(ManPage::escaped).toList();
        var value = option.arity().max() > 0 ? " \\fI" + escaped(option.paramLabel()) + "\\fR" : "";
        entry("\\fB" + String.join("\\fR, \\fB", names) + "\\fR" + value, option);
    }

    private void entry(String head, ArgSpec argument) {
        line(".TP");
        line(head);
        var text = String.join(" ", argument.description());
        line(escaped(text.replace("${DEFAULT-VALUE}", argument.defaultValue() == null ? "" : argument.defaultValue())));
    }

    private void paragraphs(String[] lines) {
        for (var text : lines) {
            line(text.isEmpty() ? ".PP" : escaped(text));
        }
    }

    /** Prints headings at the left, and the lines that belong to them as they are. */
    private void footer(String[] lines) {
        var literal = false;
        for (var text : lines) {
            var indented = text.startsWith("  ");
            if (indented != literal) {
                line(indented ? ".nf" : ".fi");
                literal = indented;
            }
            if (text.matches("Examples?:")) {
                line(".SH EXAMPLES");
            } else if (text.isEmpty()) {
                line(".PP");
            } else {
                line(escaped(text));
            }
        }
        if (literal) {
            line(".fi");
        }
    }

    private void seeAlso() {
        var related = new ArrayList<CommandLine>();
        if (command.getParent() != null) {
            related.add(command.getParent());
        }
        related.addAll(command.getSubcommands().values());
        if (!related.isEmpty()) {
            line(".SH \"SEE ALSO\"");
            line(String.join(
                    ", ",
                    related.stream()
                            .map(c -> "\\fB" + escaped(name(c)) + "\\fR(1)")
                            .toList()));
        }
    }

    private static String first(String[] description) {
        return List.of(description).stream().findFirst().orElse("").replaceAll("\\.$", "");
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\"", "\\(dq") + "\"";
    }

    /** Escapes text; a line that begins with a dot or a quote would be a request. */
    private static String escaped(String text) {
        var plain = Ansi.OFF.string(text).replace("\\", "\\e").replace("-", "\\-");
        return plain.startsWith(".") || plain.startsWith("'") ? "\\&" + plain : plain;
    }

    private void line(String text) {
        page.append(text).append('\n');
    }
}
