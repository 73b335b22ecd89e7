package io.wunderproxy.cli.host;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.OutputClosed;
import io.wunderproxy.cli.Printable;
import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a container wrote. */
@Command(
        name = "logs",
        exitCodeList = {ExitCodes.NOT_FOUND, ExitCodes.UNAVAILABLE},
        description = "Show what a container wrote; without a name, the active one.",
        footer = {
            "",
            "Examples:",
            "  wunderproxy logs",
            "  wunderproxy logs --follow --tail 20",
            "  wunderproxy logs 4f2c1d"
        })
public final class LogsCommand implements Runnable {

    @Mixin
    ManagerOptions options;

    @Mixin
    OutputOptions output;

    @Parameters(
            arity = "0..1",
            paramLabel = "<hash>",
            description =
                    "The deployment: its hash, the first digits of that, or its revision. Default: the active one")
    String name;

    @Option(
            names = {"-f", "--follow"},
            description = "Follow until the container ends, or Ctrl-C.")
    boolean follow;

    @Option(
            names = {"-n", "--tail"},
            paramLabel = "<number>",
            defaultValue = "100",
            description = "How many of the last lines are shown first. Default: ${DEFAULT-VALUE}")
    int tail;

    @Override
    public void run() {
        // A container may write nothing for as long as it likes.
        var out = output.data();
        try (var manager = follow ? options.manager(Duration.ZERO) : options.manager()) {
            var hash = name == null
                    ? manager.status()
                            .active()
                            .map(DeploymentSummary::hash)
                            .orElseThrow(() -> new CommandFailure(
                                    Exit.NOT_FOUND, "nothing serves; name a deployment, see 'wunderproxy status'"))
                    : HostDeployments.hash(manager, name);
            manager.stream(
                    "/deployments/" + hash + "/logs?tail=" + tail + "&follow=" + follow,
                    Map.of("Accept", "text/plain"),
                    body -> {
                        var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
                        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                            print(out, line);
                        }
                    });
        } catch (IOException e) {
            throw new CommandFailure(Exit.UNAVAILABLE, "the log broke off: " + e.getMessage());
        }
    }

    /** A line as JSON is {@code {"Line": ...}}, so that no line can be taken for something else. */
    private void print(PrintWriter out, String line) {
        out.println(
                output.json
                        ? Printable.json(JsonNodeFactory.instance.objectNode().put("Line", line))
                        : line);
        if (out.checkError()) {
            throw new OutputClosed();
        }
    }
}
