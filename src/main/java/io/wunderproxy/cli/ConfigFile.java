package io.wunderproxy.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * The user's own defaults: {@code key=value} lines, whose keys are long options without their dashes. Blank lines and those
 * with # are skipped.
 */
public record ConfigFile(Path path, Map<String, String> values) {

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
     * Reads the file; a missing one is empty.
     *
     * @param program the one whose options may be in the file
     * @throws ParameterException if a line is wrong; the message names it, and quotes no value
     */
    static ConfigFile read(Path path, CommandLine program) {
        var known = new HashSet<String>();
        collectOptions(program, known);
        var values = new HashMap<String, String>();
        try {
            var number = 0;
            for (var line : Files.readAllLines(path)) {
                number++;
                if (line.isBlank() || line.stripLeading().startsWith("#")) {
                    continue;
                }
                var parts = line.split("=", 2);
                var key = parts[0].strip();
                if (parts.length < 2) {
                    throw new ParameterException(program, path + ", line " + number + ": expected key=value");
                }
                if (!known.contains(key)) {
                    throw new ParameterException(
                            program, path + ", line " + number + ": no command has an option --" + key);
                }
                values.put(key, parts[1].strip());
            }
        } catch (NoSuchFileException | AccessDeniedException e) {
            // Services often have no access to the homes of users.
            return new ConfigFile(path, Map.of());
        } catch (IOException e) {
            throw new ParameterException(program, "cannot read " + path + ": " + ErrorMessages.words(e));
        }
        return new ConfigFile(path, Map.copyOf(values));
    }

    private static void collectOptions(CommandLine command, Set<String> names) {
        command.getCommandSpec().options().stream()
                .flatMap(option -> FormerNames.longNames(option).stream())
                .forEach(name -> names.add(OptionDefaults.key(name)));
        command.getSubcommands().values().forEach(sub -> collectOptions(sub, names));
    }

    /** The value of the option's first name with a line, its present name before former ones; else null. */
    String value(OptionSpec option) {
        return FormerNames.longNames(option).stream()
                .map(name -> values.get(OptionDefaults.key(name)))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }
}
