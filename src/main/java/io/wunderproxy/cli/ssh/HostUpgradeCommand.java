package io.wunderproxy.cli.ssh;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Replaces the agent on a host. */
@Command(
        name = "upgrade",
        description = {
            "Replace the agent on a host by this program, over SSH; settings, token and state stay.",
            "",
            "The new one takes over without a gap where that is possible; the output says whether it did, or was"
                    + " restarted. If it does not start, or does not serve again as the old one did, the old one is"
                    + " restored. If both are the same, nothing is started."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy host upgrade root@shop1",
            "  wunderproxy host upgrade root@shop1 --binary ./wunderproxy --serve-within 2m"
        })
public final class HostUpgradeCommand implements Runnable {

    @Mixin
    HostInstaller installer;

    @Override
    public void run() {
        installer.run(true, List.of(), Optional.empty());
    }
}
