package io.wunderproxy.cli.help;

import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.FormerNames;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the script by which a shell completes commands and options. */
@Command(
        name = "completion",
        description = "Print the script that makes a shell complete commands and options.",
        footer = {
            "",
            "Examples:",
            "  source <(wunderproxy completion bash)",
            "  wunderproxy completion bash > /etc/bash_completion.d/wunderproxy",
            "  source <(wunderproxy completion zsh)",
            "  wunderproxy completion fish > ~/.config/fish/completions/wunderproxy.fish"
        })
public final class CompletionCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Parameters(paramLabel = "<bash|zsh|fish>", description = "The shell.")
    Shell shell;

    /** The shells that are known. */
    enum Shell {
        BASH,
        ZSH,
        FISH
    }

    @Override
    public Integer call() {
        var program = spec.root().commandLine();
        spec.commandLine()
                .getOut()
                .println(
                        switch (shell) {
                            case BASH -> bash(program);
                            // Loaded from fpath, it runs once per shell; sourced, it needs compinit and loads it.
                            case ZSH -> "#compdef " + program.getCommandName() + "\n" + bash(program);
                            case FISH -> FishCompletion.of(program);
                        });
        return Exit.OK.code();
    }

    private static String bash(CommandLine program) {
        return FormerNames.notOffered(AutoComplete.bash(program.getCommandName(), program), program);
    }
}
