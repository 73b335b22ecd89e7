package io.wunderproxy.cli.install;

import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.OptionDefaults;
import io.wunderproxy.install.InstallOptions;
import io.wunderproxy.install.Installer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Installs the agent on this host. */
@Command(
        name = "install",
        sortOptions = false,
        abbreviateSynopsis = true,
        description = {
            "Install this program as a systemd service on this host, or bring an installed one up to date.",
            "",
            "Settings, token and state stay as they are. An agent that runs is replaced without a gap where only"
                    + " program or options change, see 'reload', else restarted; the output says which. If the service"
                    + " does not start, or does not serve again as before, everything is restored; if this installation is"
                    + " killed, the next one does so. Needs x86_64, systemd, Docker and root. Where the service is"
                    + " installed and only settings are given, the program that is there stays.",
            "",
            "Options of the agent are kept in /etc/wunderproxy/settings, environment variables in"
                    + " /etc/wunderproxy/environment. The options of this command are taken from the command line alone."
        },
        footer = {
            "",
            "Examples:",
            "  Install this program:",
            "    wunderproxy install --bucket my-bucket --prefix production --app shop",
            "  Upgrade to the program in this directory:",
            "    ./wunderproxy install",
            "  Change a setting:",
            "    wunderproxy install --set api=127.0.0.1:8001"
        })
public final class InstallCommand implements Runnable, OptionDefaults.CommandLineOnly {

    @Option(
            names = "--binary",
            paramLabel = "<file>",
            description = "The program to install, a native executable; its unit is that of the program that runs now."
                    + " Default: the one that runs now.")
    Path binary;

    @Option(names = "--sha256", paramLabel = "<hex>", description = "What its SHA-256 must be.")
    String sha256;

    @Option(
            names = "--jar",
            paramLabel = "<dir>",
            description =
                    "The JVM build (target/quarkus-app) instead, which needs a Java 25 in JAVA_HOME or on the PATH.")
    Path jvmBuild;

    @Option(
            names = "--bucket",
            paramLabel = "<bucket>",
            description = "Bucket with the launch configurations, or file:/some/dir. Needed the first time.")
    String bucket;

    @Option(names = "--prefix", paramLabel = "<prefix>", description = "Prefix of the keys in the bucket.")
    String prefix;

    @Option(names = "--app", paramLabel = "<name>", description = "Name of the application. Needed the first time.")
    String app;

    @Option(
            names = "--set",
            paramLabel = "<name=value>",
            description = "An option of 'run', such as api=127.0.0.1:8001, or an environment variable, such as "
                    + "AWS_REGION=eu-central-1; may be repeated.")
    List<String> settings = List.of();

    @Option(
            names = "--settings-file",
            paramLabel = "<file>",
            description =
                    "File of such settings, one a line: others on the host can read a command line, and sudo logs it. "
                            + "May be repeated.")
    List<Path> settingsFiles = List.of();

    @Option(
            names = "--token-file",
            paramLabel = "<file>",
            description =
                    "The token that calls which change state need. Default: the one that is there, else a new one")
    Path tokenFile;

    @Option(
            names = "--serve-within",
            paramLabel = "<time>",
            defaultValue = "60s",
            converter = Seconds.class,
            description =
                    "How long an agent that served may take to serve again, before the previous state is restored: "
                            + "90s, 2m, or a"
                            + " number of seconds. Default: ${DEFAULT-VALUE}")
    Duration serveWithin;

    @Option(names = "--no-start", description = "Install only, and leave the service as it runs.")
    boolean noStart;

    @Mixin
    LocalMachine machine;

    /** Reads times as all options do, and a number alone as seconds. */
    static final class Seconds implements ITypeConverter<Duration> {

        private static final Pattern NUMBER = Pattern.compile("[0-9]{1,5}");

        @Override
        public Duration convert(String value) {
            return new DurationConverter().convert(NUMBER.matcher(value).matches() ? value + "s" : value);
        }
    }

    @Override
    public void run() {
        var options = new InstallOptions(
                Optional.ofNullable(binary),
                Optional.ofNullable(sha256),
                Optional.ofNullable(jvmBuild),
                assignments(),
                Optional.ofNullable(tokenFile),
                serveWithin,
                !noStart,
                machine.dryRun);
        machine.run(() -> new Installer(machine.open(), options, machine.voice()).run());
    }

    private List<String> assignments() {
        var all = new ArrayList<String>();
        for (var file : settingsFiles) {
            try {
                Files.readAllLines(file).stream()
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .forEach(all::add);
            } catch (IOException e) {
                throw new ParameterException(
                        machine.spec.commandLine(), "--settings-file " + file + ": cannot be read");
            }
        }
        all.addAll(settings);
        add(all, "WUNDERPROXY_BUCKET", bucket);
        add(all, "WUNDERPROXY_PREFIX", prefix);
        add(all, "WUNDERPROXY_APP", app);
        return all;
    }

    private static void add(List<String> all, String key, String value) {
        if (value != null) {
            all.add(key + "=" + value);
        }
    }
}
