package io.wunderproxy.cli.ssh;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Installs the agent on a host. */
@Command(
        name = "install",
        description = {
            "Install the agent on a host over SSH: copy this program, set up user, service, settings and token, start it, and"
                    + " wait until it is ready.",
            "",
            "The host needs x86_64, systemd and Docker, and a login as root or with sudo that asks for no password. "
                    + "Run it again to apply changes; without changes, nothing is restarted."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy host install root@shop1 --bucket my-bucket --prefix production --app shop",
            "  wunderproxy host install root@shop1 --set WUNDERPROXY_API=127.0.0.1:8001 --token-file ./token"
        })
public final class HostInstallCommand implements Runnable {

    @Mixin
    HostInstaller installer;

    @Option(
            names = "--bucket",
            paramLabel = "<bucket>",
            description = "Bucket with the launch configurations, or file:/some/dir there. Needed the first time.")
    String bucket;

    @Option(names = "--prefix", paramLabel = "<prefix>", description = "Prefix of the keys in the bucket.")
    String prefix;

    @Option(names = "--app", paramLabel = "<name>", description = "Name of the application. Needed the first time.")
    String app;

    @Option(
            names = "--set",
            paramLabel = "<KEY=value>",
            description = "Any other setting, such as WUNDERPROXY_API=127.0.0.1:8001; may be repeated.")
    List<String> settings;

    @Option(
            names = "--token-file",
            paramLabel = "<file>",
            description = "The agent's token. Default: the one it has, else a new one")
    Path tokenFile;

    @Override
    public void run() {
        var options = new ArrayList<String>();
        add(options, "--bucket", bucket);
        add(options, "--prefix", prefix);
        add(options, "--app", app);
        if (settings != null) {
            settings.forEach(setting -> add(options, "--set", setting));
        }
        if (tokenFile != null && !Files.isReadable(tokenFile)) {
            throw new ParameterException(
                    installer.spec.commandLine(), "--token-file " + tokenFile + ": cannot be read");
        }
        installer.run(false, options, Optional.ofNullable(tokenFile));
    }

    private static void add(List<String> options, String name, String value) {
        if (value != null) {
            options.add(name);
            options.add(value);
        }
    }
}
