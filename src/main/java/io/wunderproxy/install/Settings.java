package io.wunderproxy.install;

import io.wunderproxy.launchconfig.StaticEnvironment;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The settings of the service: lines {@code KEY=value} and comments, as systemd reads them. */
record Settings(List<String> lines) {

    private static final String CFG = "WUNDERPROXY_CFG";
    private static final String BUCKET = "WUNDERPROXY_BUCKET";
    private static final String APP = "WUNDERPROXY_APP";
    private static final String STATE_DIRECTORY = "WUNDERPROXY_STATE_DIR";
    private static final String TOKEN_FILE = "WUNDERPROXY_API_TOKEN_FILE";
    private static final String DOCKER_HOST = "WUNDERPROXY_DOCKER_HOST";

    private static final Pattern KEY = Pattern.compile("[A-Z][A-Z0-9_]*");

    /** Characters that systemd, or a shell that reads the file, would not take literally. */
    private static final Pattern SPECIAL = Pattern.compile("[\"'\\\\`$\\p{Cntrl}]");

    /** Those that are there; where there are none, those that a new service begins with. */
    static Settings read(Machine machine) throws IOException, InstallException {
        var file = machine.places().settings();
        try {
            return new Settings(machine.files()
                    .text(file)
                    .orElseGet(() -> Template.SETTINGS.text())
                    .lines()
                    .toList());
        } catch (CharacterCodingException e) {
            throw new InstallException(file + " is not text in UTF-8; correct it first");
        } catch (AccessDeniedException e) {
            if (machine.process().isRoot()) {
                throw e;
            }
            return new Settings(Template.SETTINGS.text().lines().toList());
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
            if (equals < 0 || !KEY.matcher(key).matches()) {
                throw new InstallException.Misuse(
                        "--set " + key + ": must be KEY=VALUE, with a KEY of capital letters");
            }
        }
    }

    /** These with others: each takes the place of the first of its name, or comes last. */
    Settings with(List<String> assignments) {
        var result = new ArrayList<>(lines);
        for (var assignment : assignments) {
            var key = assignment.substring(0, assignment.indexOf('=') + 1);
            var first = -1;
            for (var i = 0; i < result.size() && first < 0; i++) {
                first = result.get(i).startsWith(key) ? i : -1;
            }
            if (first < 0) {
                result.add(assignment);
            } else {
                result.set(first, assignment);
                var rest = result.subList(first + 1, result.size());
                rest.removeIf(line -> line.startsWith(key));
            }
        }
        return new Settings(List.copyOf(result));
    }

    String text() {
        return String.join("\n", lines);
    }

    /** The last value of this name, if it is not empty. */
    private Optional<String> value(String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key + "="))
                .reduce((earlier, later) -> later)
                .map(line -> line.substring(key.length() + 1))
                .filter(value -> !value.isEmpty());
    }

    /** Whether the service can start with them. */
    boolean areComplete() {
        return value(APP).isPresent() && value(BUCKET).isPresent();
    }

    /** Whether they say where the Docker Engine is. */
    boolean nameEngine() {
        return lines.stream().anyMatch(line -> line.startsWith(DOCKER_HOST + "="));
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
