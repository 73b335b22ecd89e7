package io.wunderproxy.install;

import io.wunderproxy.launchconfig.StaticEnvironment;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The settings of the service.
 *
 * @param lines {@code KEY=value} and comments, the environment as systemd reads it
 * @param options {@code option=value} and comments, as the agent reads them
 */
record Settings(List<String> lines, List<String> options) {

    private static final String CFG = "WUNDERPROXY_CFG";
    private static final String BUCKET = "WUNDERPROXY_BUCKET";
    private static final String APP = "WUNDERPROXY_APP";
    private static final String STATE_DIRECTORY = "WUNDERPROXY_STATE_DIR";
    private static final String TOKEN_FILE = "WUNDERPROXY_API_TOKEN_FILE";
    private static final String DOCKER_HOST = "WUNDERPROXY_DOCKER_HOST";

    private static final Pattern KEY = Pattern.compile("[A-Z][A-Z0-9_]*");
    private static final Pattern OPTION = Pattern.compile("[a-z][a-z0-9-]*");

    /** Characters that systemd, or a shell that reads the file, would not take literally. */
    private static final Pattern SPECIAL = Pattern.compile("[\"'\\\\`$\\p{Cntrl}]");

    /** Those that are there; where there are none, those that a new service begins with. */
    static Settings read(Machine machine) throws IOException, InstallException {
        return new Settings(
                read(machine, machine.places().settings(), Template.SETTINGS),
                read(machine, machine.places().options(), Template.OPTIONS));
    }

    private static List<String> read(Machine machine, Path file, Template initial)
            throws IOException, InstallException {
        try {
            return machine.files().text(file).orElseGet(initial::text).lines().toList();
        } catch (CharacterCodingException e) {
            throw new InstallException(file + " is not text in UTF-8; correct it first");
        } catch (AccessDeniedException e) {
            if (machine.process().isRoot()) {
                throw e;
            }
            return initial.text().lines().toList();
        }
    }

    /** @throws InstallException.Misuse if one can't stand in the file; the message quotes no value, which may be a secret */
    static void check(List<String> assignments) throws InstallException.Misuse {
        for (var assignment : assignments) {
            var equals = assignment.indexOf('=');
            var key = equals < 0 ? assignment : assignment.substring(0, equals);
            if (SPECIAL.matcher(assignment.substring(equals + 1)).find()) {
                throw new InstallException.Misuse(
                        key + ": a value may have no quotes, backslashes, dollar or control characters");
            }
            if (equals < 0 || !KEY.matcher(key).matches() && !isOption(key)) {
                throw new InstallException.Misuse("--set " + key
                        + ": must be KEY=VALUE, with a KEY of capital letters, or option=value, as in"
                        + " drain-timeout=1m");
            }
        }
    }

    private static boolean isOption(String key) {
        return OPTION.matcher(key).matches();
    }

    /** These with others: each takes the place of the first of its name, or comes last. */
    Settings with(List<String> assignments) {
        var newLines = new ArrayList<>(lines);
        var newOptions = new ArrayList<>(options);
        for (var assignment : assignments) {
            var key = assignment.substring(0, assignment.indexOf('='));
            put(isOption(key) ? newOptions : newLines, key, assignment);
        }
        return new Settings(List.copyOf(newLines), List.copyOf(newOptions));
    }

    private static void put(List<String> result, String key, String assignment) {
        var first = -1;
        for (var i = 0; i < result.size() && first < 0; i++) {
            first = sets(result.get(i), key) ? i : -1;
        }
        if (first < 0) {
            result.add(assignment);
        } else {
            result.set(first, assignment);
            var rest = result.subList(first + 1, result.size());
            rest.removeIf(line -> sets(line, key));
        }
    }

    /** Whether a line is the assignment of this name; the agent allows blanks around the names of its options. */
    private static boolean sets(String line, String key) {
        var equals = line.indexOf('=');
        var name = equals < 0 ? "" : line.substring(0, equals);
        return (isOption(key) ? name.strip() : name).equals(key);
    }

    /** The text of the environment. */
    String text() {
        return String.join("\n", lines);
    }

    /** The text of the options. */
    String optionsText() {
        return String.join("\n", options);
    }

    /** The last value of this variable, else of the option that it stands for, if it is not empty. */
    private Optional<String> value(String key) {
        var option = key.replaceFirst("^WUNDERPROXY_", "").replace('_', '-').toLowerCase(Locale.ROOT);
        return value(lines, key).or(() -> value(options, option).map(String::strip));
    }

    private static Optional<String> value(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> sets(line, key))
                .reduce((earlier, later) -> later)
                .map(line -> line.substring(line.indexOf('=') + 1))
                .filter(value -> !value.isEmpty());
    }

    /** Whether the service can start with them. */
    boolean areComplete() {
        return value(APP).isPresent() && value(BUCKET).isPresent();
    }

    /** Whether they say where the Docker Engine is. */
    boolean nameEngine() {
        return lines.stream().anyMatch(line -> sets(line, DOCKER_HOST))
                || value(DOCKER_HOST).isPresent();
    }

    /** The agent's own file, unless a setting puts it elsewhere; as the agent names it, not as in an image. */
    String tokenPlace() {
        return value(TOKEN_FILE)
                .orElseGet(() -> value(STATE_DIRECTORY)
                                .orElseGet(() ->
                                        "/var/lib/wunderproxy/" + value(APP).orElse(""))
                        + "/api-token");
    }

    /** Refuses a file of {@code --cfg} that the agent would refuse at its start, after the old one has been stopped. */
    void checkStaticEnvironment(Places places) throws InstallException {
        var file = value(CFG).map(places::ofMachine).filter(Files::isReadable);
        try {
            StaticEnvironment.read(file);
        } catch (IOException e) {
            throw new InstallException(e.getMessage());
        }
    }

    /** Which file says what the token is. */
    Path tokenPlace(Places places) {
        return places.ofMachine(tokenPlace());
    }
}
