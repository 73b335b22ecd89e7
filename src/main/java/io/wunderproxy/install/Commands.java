package io.wunderproxy.install;

import java.util.List;

/** Runs the system's own commands. All that the installer starts goes through here. */
public interface Commands {

    /** How a command ended, and what it printed. */
    record Result(int status, String out, String err) {
        boolean succeeded() {
            return status == 0;
        }

        /** The output in one line: for a failure, why. */
        String words() {
            var said = (err.isBlank() ? out : err).strip();
            return said.isEmpty() ? "exit code " + status : said.replace("\n", "; ");
        }
    }

    /** Where a command can't be started at all, as shells say it. */
    int NOT_STARTED = 127;

    /**
     * Runs a command until it ends, however long it takes.
     *
     * @param input what it reads from its standard input
     * @return {@link #NOT_STARTED} and the reason if it could not be started
     */
    Result run(String input, List<String> words);

    /** Runs a command that reads nothing. */
    default Result run(String... words) {
        return run("", List.of(words));
    }

    /**
     * Runs a command that must succeed.
     *
     * @throws InstallException if it does not; it says which command, and what that said
     */
    default String must(String... words) throws InstallException {
        var result = run(words);
        if (!result.succeeded()) {
            throw new InstallException("'" + String.join(" ", words) + "' fails: " + result.words());
        }
        return result.out();
    }
}
