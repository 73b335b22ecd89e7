package io.wunderproxy.remote;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The shell scripts that run on another host. Their text is in {@code src/main/resources/remote}, where {@code deploy/verify} has
 * shellcheck read it, and is sent with the command: nothing is left on the host.
 */
public enum RemoteScripts {
    /** Runs a command until it ends or the connection does: command. */
    RUN_UNTIL_INPUT_ENDS("run-until-input-ends.sh"),
    /** Replaces a file with the standard input: file, SHA-256, permissions in octal. */
    RECEIVE_FILE("receive-file.sh"),
    /** Says what the host is and what is installed there: program, directory of the JVM build, file of the Debian package. */
    DESCRIBE_HOST("describe-host.sh"),
    /** Has a program install itself: program, where one may be installed, options of {@code install}. */
    INSTALL_PROGRAM("install-program.sh");

    private final String text;

    RemoteScripts(String name) {
        try (var in = RemoteScripts.class.getResourceAsStream("/remote/" + name)) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The words of the command that runs it with these arguments. */
    public List<String> with(String... arguments) {
        var words = new ArrayList<>(List.of("sh", "-c", text, "sh"));
        words.addAll(List.of(arguments));
        return words;
    }
}
