package io.wunderproxy.cli.fleet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.FleetTable;
import io.wunderproxy.remote.ShellWords;
import io.wunderproxy.remote.SshException;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Runs a command on all hosts of a fleet. */
@Command(
        name = "run",
        exitCodeList = {"1:the command failed on a host, or could not be run there"},
        description = {
            "Run a command on all hosts of a fleet over SSH.",
            "",
            "Each line is passed on as it comes, with the name of its host before it. The exit code is 0 if it was 0"
                    + " on all hosts. --via ssh://user@{host} names the user; missing parts come from ~/.ssh/config."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy fleet run --via ssh://ops@{host} --table wunderproxy -s my-bucket -p production -- uptime",
            "  wunderproxy fleet run --tag role=shop -s my-bucket -p production -- sh -c 'df -h / | tail -n 1'"
        })
public final class FleetRunCommand implements Callable<Integer> {

    @Mixin
    FleetOptions fleet;

    @Parameters(arity = "1..*", paramLabel = "<command>", description = "The command and its arguments.")
    List<String> command;

    /**
     * The command's outcome on one host.
     *
     * @param exitCode of the command; -1 if it could not be run
     * @param problem why it could not be run; empty if it could
     */
    private record Outcome(String host, int exitCode, double seconds, String problem, Lines out, Lines err) {}

    @Override
    public Integer call() throws FleetException {
        var table = fleet.openTable();
        try {
            var outcomes = fleet.parallel().map(fleet.present(table, Clock.systemUTC()), this::run);
            report(outcomes);
            return (outcomes.stream().allMatch(outcome -> outcome.exitCode() == 0) ? Exit.OK : Exit.FAILED).code();
        } finally {
            table.ifPresent(FleetTable::close);
        }
    }

    private Outcome run(FleetOptions.Found found) {
        var began = System.nanoTime();
        var out = new Lines(found.name(), fleet.output.json ? null : fleet.output.out());
        var err = new Lines(
                found.name(),
                fleet.output.json ? null : fleet.output.spec.commandLine().getErr());
        var target = fleet.connection.login(found.address());
        try {
            var exitCode = fleet.connection.session(target).run(ShellWords.quote(command), out, err);
            return new Outcome(found.name(), exitCode, (System.nanoTime() - began) / 1e9, "", out, err);
        } catch (SshException | CommandFailure e) {
            return new Outcome(found.name(), -1, (System.nanoTime() - began) / 1e9, e.getMessage(), out, err);
        } finally {
            out.end();
            err.end();
        }
    }

    private void report(List<Outcome> outcomes) {
        if (fleet.output.json) {
            var array = JsonNodeFactory.instance.arrayNode();
            for (var outcome : outcomes) {
                array.addObject()
                        .put("Host", outcome.host())
                        .put("ExitCode", outcome.exitCode())
                        .put("Seconds", Math.round(outcome.seconds() * 1000) / 1000.0)
                        .put("Stdout", outcome.out().text())
                        .put("Stderr", outcome.err().text())
                        .put("Problem", outcome.problem().isEmpty() ? null : outcome.problem());
            }
            fleet.output.print(array);
            return;
        }
        fleet.output.out().flush();
        for (var outcome : outcomes) {
            if (outcome.exitCode() != 0) {
                fleet.output.note(outcome.host() + ": "
                        + (outcome.problem().isEmpty() ? "exit code " + outcome.exitCode() : outcome.problem()));
            }
        }
        var failed =
                outcomes.stream().filter(outcome -> outcome.exitCode() != 0).count();
        var longest = outcomes.stream().mapToDouble(Outcome::seconds).max().orElse(0);
        fleet.output.note(String.format(
                Locale.ROOT,
                "%d hosts, %s, the slowest took %.1f s",
                outcomes.size(),
                failed == 0 ? "all with exit code 0" : failed + " failed",
                longest));
    }

    /** Passes on whole lines, so that those of several hosts do not get mixed up; or keeps them. */
    private static final class Lines extends OutputStream {
        private static final int LIMIT = 1024 * 1024;

        private final String host;
        private final PrintWriter to;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        /** @param to where the lines are printed; null to keep them */
        Lines(String host, PrintWriter to) {
            this.host = host;
            this.to = to;
        }

        @Override
        public synchronized void write(int b) {
            if (to == null) {
                if (bytes.size() < LIMIT) {
                    bytes.write(b);
                }
            } else if (b == '\n' || bytes.size() == LIMIT) {
                print();
            } else {
                bytes.write(b);
            }
        }

        private void print() {
            to.println(host + " | " + text());
            to.flush();
            bytes.reset();
        }

        synchronized void end() {
            if (to != null && bytes.size() > 0) {
                print();
            }
        }

        synchronized String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
