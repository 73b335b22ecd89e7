package io.wunderproxy.cli.host;

import io.wunderproxy.api.ReloadView;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.OptionDefaults;
import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.supervision.ReloadSocket;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Replaces the agent. */
@Command(
        name = "reload",
        description = {
            "Replace the running agent, without a refused connection or a lost request.",
            "",
            "The program that lies at the agent's path now is started, another version for example, and reads its"
                    + " settings. When it accepts connections the former agent finishes what is open, and ends. If it does"
                    + " not come to that, nothing changes, and this command says why.",
            "",
            "With --process it asks the agent itself and not its manager, and needs no token; 'systemctl reload"
                    + " wunderproxy' does that. If that agent can't be asked, since it is older than this command, the"
                    + " exit code is 3: restart it instead."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy reload",
            "  wunderproxy reload -H 10.0.0.7:8001 --token-file api-token",
            "  systemctl reload wunderproxy"
        })
public final class ReloadCommand implements Runnable {

    @Option(
            names = "--process",
            paramLabel = "<id>",
            descriptionKey = OptionDefaults.COMMAND_LINE_ONLY,
            description = "The agent with this process id on this machine. Only its user and root may ask it.")
    Long process;

    @Mixin
    ManagerOptions options;

    @Mixin
    OutputOptions output;

    @Override
    public void run() {
        if (process == null) {
            try (var manager = options.manager()) {
                output.print(manager.post("/reload", "", output.form()));
            }
            return;
        }
        var view = ReloadView.replacedBy(replace(process));
        if (output.json) {
            output.print(view.toJson());
        } else {
            output.out().println(view.message());
            output.out().flush();
        }
    }

    private long replace(long agent) {
        try {
            var outcome = ReloadSocket.ask(agent, options.timeout())
                    .orElseThrow(() -> new CommandFailure(
                            Exit.NOT_FOUND,
                            "process " + agent
                                    + " can't be asked: no agent, or one of a version that has to be restarted"
                                    + " instead"));
            return switch (outcome) {
                case ReloadSocket.Outcome.Replaced(var successor) -> successor;
                case ReloadSocket.Outcome.Refused(var why) -> throw new CommandFailure(why);
            };
        } catch (IOException e) {
            throw new CommandFailure(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }
}
