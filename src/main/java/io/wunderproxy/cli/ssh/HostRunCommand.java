package io.wunderproxy.cli.ssh;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.cli.reach.SshLogin;
import io.wunderproxy.remote.ShellWords;
import io.wunderproxy.remote.SshException;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Runs a command on a host. */
@Command(
        name = "run",
        exitCodeList = {"0:the command has ended with 0; with any other code, this one ends with the same"},
        description = {
            "Run a command on a host over SSH. Its output is shown as it comes, and its exit code becomes this "
                    + "command's.",
            "",
            "The words after '--' arrive as they are; for pipes and variables, give them to a shell. The command gets no input,"
                    + " and ends when this one does."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy host run ops@shop1 -- docker ps",
            "  wunderproxy host run shop1 -- sh -c 'df -h | tail -n +2'"
        })
public final class HostRunCommand implements Callable<Integer> {

    @Mixin
    OutputOptions output;

    @Mixin
    HostTarget host;

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "<command>",
            description = "The command and its arguments.")
    List<String> command;

    @Override
    public Integer call() {
        var session = host.session();
        var out = new Beginning();
        var err = new Beginning();
        var began = System.nanoTime();
        try {
            var status = session.run(
                    ShellWords.quote(command), output.json ? out : System.out, output.json ? err : System.err);
            var seconds = (System.nanoTime() - began) / 1e9;
            if (output.json) {
                output.print(JsonNodeFactory.instance
                        .objectNode()
                        .put("Host", host.toString())
                        .put("ExitCode", status)
                        .put("Seconds", Math.round(seconds * 1000) / 1000.0)
                        .put("Stdout", out.text())
                        .put("Stderr", err.text())
                        .put("Truncated", out.truncated || err.truncated));
            } else {
                System.out.flush();
                output.note(host + ": exit code " + status + " after " + String.format(Locale.ROOT, "%.1f s", seconds));
            }
            return status;
        } catch (SshException e) {
            throw SshLogin.failure(e);
        }
    }

    /** The beginning of an output, as much as can be printed as one document. */
    private static final class Beginning extends OutputStream {
        private static final int LIMIT = 16 * 1024 * 1024;

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private boolean truncated;

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] more, int from, int length) {
            var count = Math.min(length, LIMIT - bytes.size());
            bytes.write(more, from, count);
            truncated |= count < length;
        }

        synchronized String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
