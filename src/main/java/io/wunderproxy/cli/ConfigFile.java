package io.wunderproxy.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * A settings file: {@code option=value} lines, whose keys are long options without their dashes. Blank lines and those with # are
 * skipped, and blanks around key and value. Each user has one for all commands; an agent may have one of its own.
 *
 * @param lines by the key
 * @param faults all that is wrong with it; each names the line, and quotes no value
 */
public record ConfigFile(Path path, Map<String, Line> lines, List<String> faults) {

    /** @param number counted from 1 */
    public record Line(int number, String value) {}

    /** Path: {@code $WUNDERPROXY_CONFIG}, else {@code wunderproxy/config} below {@code $XDG_CONFIG_HOME} or {@code ~/.config}. */
    public static Path place(Map<String, String> environment) {
        var given = environment.getOrDefault("WUNDERPROXY_CONFIG", "");
        if (!given.isEmpty()) {
            return Path.of(given);
        }
        var base = environment.getOrDefault("XDG_CONFIG_HOME", "");
        var directory = base.isEmpty() ? Path.of(environment.getOrDefault("HOME", "/"), ".config") : Path.of(base);
        return directory.resolve("wunderproxy").resolve("config");
    }

    /**
     * Reads the user's own file, in which options of all commands may be; a missing one is empty.
     *
     * @param program the one whose options may be in the file
     * @throws ParameterException if a line is wrong; the message names it, and quotes no value
     */
    static ConfigFile ofUser(Path path, CommandLine program) {
        var known = new TreeSet<String>();
        collectOptions(program, known);
        try {
            var file = understand(path, Files.readAllLines(path), known, "no command has an", false);
            if (!file.faults.isEmpty()) {
                throw new ParameterException(program, file.faults.getFirst());
            }
            return file;
        } catch (NoSuchFileException | AccessDeniedException e) {
            // Services often have no access to the homes of users.
            return new ConfigFile(path, Map.of(), List.of());
        } catch (IOException e) {
            throw new ParameterException(program, "cannot read " + path + ": " + ErrorMessages.words(e));
        }
    }

    /**
     * Reads the file of one command, in which only its options may be, each once.
     *
     * @param command the one whose options may be in the file
     */
    static ConfigFile ofCommand(Path path, CommandLine command) {
        var known = new TreeSet<String>();
        collectOwnOptions(command, known);
        try {
            return understand(path, Files.readAllLines(path), known, command.getCommandName() + " has no", true);
        } catch (IOException e) {
            return new ConfigFile(path, Map.of(), List.of("cannot read " + path + ": " + ErrorMessages.words(e)));
        }
    }

    /** @param once whether an option may be there once only; else its last line counts */
    private static ConfigFile understand(
            Path path, List<String> text, Set<String> known, String nobodyHas, boolean once) {
        var lines = new HashMap<String, Line>();
        var faults = new ArrayList<String>();
        var number = 0;
        for (var line : text) {
            number++;
            if (line.isBlank() || line.stripLeading().startsWith("#")) {
                continue;
            }
            var at = path + ", line " + number + ": ";
            var parts = line.split("=", 2);
            var key = parts[0].strip();
            if (parts.length < 2) {
                faults.add(at + "expected option=value");
            } else if (!known.contains(key)) {
                faults.add(at + nobodyHas + " option --" + key + nearest(key, known));
            } else if (once && lines.containsKey(key)) {
                faults.add(at + key + " is set in line " + lines.get(key).number() + " already");
            } else {
                lines.put(key, new Line(number, parts[1].strip()));
            }
        }
        return new ConfigFile(path, Map.copyOf(lines), List.copyOf(faults));
    }

    private static String nearest(String key, Set<String> known) {
        var asOption = key.toLowerCase(Locale.ROOT).replace('_', '-').replaceFirst("^(--|wunderproxy-)", "");
        return NearestName.of(asOption, known)
                .map(name -> "; did you mean " + name + "?")
                .orElse("");
    }

    private static void collectOptions(CommandLine command, Set<String> names) {
        collectOwnOptions(command, names);
        command.getSubcommands().values().forEach(sub -> collectOptions(sub, names));
    }

    private static void collectOwnOptions(CommandLine command, Set<String> names) {
        command.getCommandSpec().options().stream()
                .filter(OptionDefaults::hasDefaults)
                .flatMap(option -> FormerNames.longNames(option).stream())
                .forEach(name -> names.add(OptionDefaults.key(name)));
    }

    /** The line of the option's first name with one, its present name before former ones. */
    Optional<Line> line(OptionSpec option) {
        return FormerNames.longNames(option).stream()
                .map(name -> lines.get(OptionDefaults.key(name)))
                .filter(Objects::nonNull)
                .findFirst();
    }
}
