package io.wunderproxy.cli;

import io.wunderproxy.remote.SshTarget;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Works on other hosts over SSH. */
@Command(
        name = "host",
        description = "Run commands on a host over SSH, and install or upgrade the agent there.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  wunderproxy host run ops@shop1 -- uptime",
            "  wunderproxy host install root@shop1 --bucket my-bucket --prefix production --app shop",
            "  wunderproxy host upgrade root@shop1"
        },
        subcommands = {HostRunCommand.class, HostInstallCommand.class, HostUpgradeCommand.class})
public final class HostCommand {

    static final String TARGET = "[user@]host[:port]; what is left out comes from ~/.ssh/config.";

    /** Reads whom to log in to. */
    static final class TargetConverter implements CommandLine.ITypeConverter<SshTarget> {
        @Override
        public SshTarget convert(String text) {
            try {
                return SshTarget.parse(text);
            } catch (IllegalArgumentException e) {
                throw new CommandLine.TypeConversionException(e.getMessage());
            }
        }
    }
}
