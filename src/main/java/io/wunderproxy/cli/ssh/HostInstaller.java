package io.wunderproxy.cli.ssh;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.ErrorMessages;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.cli.reach.SshLogin;
import io.wunderproxy.remote.FileDigest;
import io.wunderproxy.remote.RemoteScripts;
import io.wunderproxy.remote.ShellWords;
import io.wunderproxy.remote.SshException;
import io.wunderproxy.remote.SshSession;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Brings this program to a host and lets it install itself there. The installation finishes what it began when the
 * connection breaks off, and restores what was there if the service does not come up.
 */
@Command(exitCodeList = {ExitCodes.NOT_FOUND, ExitCodes.NOT_ALLOWED})
final class HostInstaller {

    private static final String INSTALLED = "/usr/local/bin/wunderproxy";

    /** The directory of the JVM build. */
    private static final String JVM_BUILD = "/usr/local/lib/wunderproxy";

    /** A file that the Debian package alone has. */
    private static final String PACKAGE = "/usr/lib/systemd/system/wunderproxy.service";

    @Spec(Spec.Target.MIXEE)
    CommandSpec spec;

    @Mixin
    HostTarget host;

    @Mixin
    OutputOptions output;

    @Option(
            names = "--binary",
            paramLabel = "<file>",
            description = "The program to install, a native executable. Default: the one that runs now")
    Path binary;

    @Option(
            names = "--serve-within",
            paramLabel = "<time>",
            defaultValue = "60s",
            converter = DurationConverter.class,
            description = "How long an agent that served may take to serve again, before the previous state is "
                    + "restored. "
                    + "Default: ${DEFAULT-VALUE}")
    java.time.Duration serveWithin;

    private final List<String> steps = new ArrayList<>();

    /**
     * A host as it describes itself.
     *
     * @param installed the checksum of the program, {@code jvm} for the JVM build, {@code package} for the Debian package; empty
     *     if there is none of them
     */
    record Found(boolean isRoot, Optional<String> installed) {}

    /**
     * Installs or upgrades.
     *
     * @param onlyUpgrade refuses a host where nothing is installed
     * @param settings options of {@code install}
     * @param token file with the agent's token
     */
    void run(boolean onlyUpgrade, List<String> settings, Optional<Path> token) {
        var program = program();
        var session = host.session();
        try {
            tell("logged in to " + host);
            var found = look(session);
            if (onlyUpgrade && found.installed().isEmpty()) {
                throw new CommandFailure(
                        Exit.NOT_FOUND, "nothing is installed on " + host + "; use: wunderproxy host install " + host);
            }
            if (found.installed().filter("package"::equals).isPresent()) {
                throw new CommandFailure("the Debian package of wunderproxy is installed on " + host
                        + ", which this command leaves alone: upgrade it there with apt-get, or first: apt-get remove wunderproxy,"
                        + " which leaves settings, token and state as they are");
            }
            var sum = FileDigest.sha256(program);
            var same = found.installed().filter(sum::equals).isPresent();
            var directory = output(session, List.of("mktemp", "-d", "/var/tmp/wunderproxy.XXXXXX"));
            try {
                install(session, found, directory, program, sum, same, settings, token);
            } finally {
                session.run(
                        ShellWords.quote(List.of("rm", "-rf", directory)),
                        OutputStream.nullOutputStream(),
                        OutputStream.nullOutputStream());
            }
            if (output.json) {
                var json = JsonNodeFactory.instance
                        .objectNode()
                        .put("Host", host.toString())
                        .put("Sha256", sum)
                        .put("Copied", !same);
                steps.forEach(json.putArray("Steps")::add);
                output.print(json);
            }
        } catch (SshException e) {
            throw SshLogin.failure(e);
        }
    }

    private void install(
            SshSession session,
            Found found,
            String directory,
            Path program,
            String sum,
            boolean same,
            List<String> settings,
            Optional<Path> token)
            throws SshException {
        if (same) {
            tell("the program there is this one already: SHA-256 " + sum);
        } else {
            var began = System.nanoTime();
            session.copy(program, directory + "/wunderproxy", 0755);
            tell(String.format(
                    Locale.ROOT,
                    "copied %s (%.1f MB, %.1f s), SHA-256 %s is right there",
                    program,
                    size(program) / 1e6,
                    (System.nanoTime() - began) / 1e9,
                    sum));
        }
        var command = new ArrayList<String>();
        if (!found.isRoot()) {
            command.addAll(List.of("sudo", "-n"));
        }
        command.addAll(RemoteScripts.INSTALL_PROGRAM.with(same ? INSTALLED : directory + "/wunderproxy", INSTALLED));
        command.addAll(List.of("--sha256", sum, "--serve-within", String.valueOf(serveWithin.toSeconds())));
        command.addAll(copySettings(session, directory, settings));
        if (token.isPresent()) {
            session.copy(token.get(), directory + "/token", 0600);
            command.addAll(List.of("--token-file", directory + "/token"));
        }
        var err = new ByteArrayOutputStream();
        var status = session.run(ShellWords.quote(command), new Lines(), err);
        if (status != 0) {
            throw new CommandFailure(
                    status == Exit.MISUSE.code() ? Exit.MISUSE : Exit.FAILED,
                    err.toString(StandardCharsets.UTF_8).strip().replaceFirst("(?m)^install: ", ""));
        }
        tell("done");
    }

    /** A setting may be a secret, which everybody on the host could read in a command line. */
    private static List<String> copySettings(SshSession session, String directory, List<String> options)
            throws SshException {
        var words = new ArrayList<String>();
        var lines = new ArrayList<String>();
        for (var i = 0; i < options.size(); i += 2) {
            if (options.get(i).equals("--set")) {
                lines.add(options.get(i + 1));
            } else {
                words.addAll(options.subList(i, i + 2));
            }
        }
        if (!lines.isEmpty()) {
            try {
                var file = Files.createTempFile("wunderproxy", ".settings");
                try {
                    Files.write(file, lines);
                    session.copy(file, directory + "/settings", 0600);
                } finally {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new CommandFailure("cannot write a temporary file: " + ErrorMessages.words(e));
            }
            words.addAll(List.of("--settings-file", directory + "/settings"));
        }
        return words;
    }

    /** Each line that the installer writes is a step. */
    private final class Lines extends OutputStream {
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();

        @Override
        public void write(int b) {
            if (b != '\n') {
                line.write(b);
                return;
            }
            tell(line.toString(StandardCharsets.UTF_8));
            line.reset();
        }
    }

    private void tell(String step) {
        steps.add(step);
        if (!output.json) {
            output.out().println(step);
            output.out().flush();
        }
    }

    private Path program() {
        if (binary != null) {
            if (!Files.isReadable(binary) || Files.isDirectory(binary)) {
                throw new ParameterException(spec.commandLine(), "--binary " + binary + ": cannot be read");
            }
            return binary;
        }
        if (System.getProperty("org.graalvm.nativeimage.imagecode") == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "this is the JVM build, which needs a JVM there: give a native executable with --binary");
        }
        return Path.of("/proc/self/exe");
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    private static Found look(SshSession session) throws SshException {
        var lines = output(session, RemoteScripts.DESCRIBE_HOST.with(INSTALLED, JVM_BUILD, PACKAGE))
                .split("\n");
        if (!lines[0].equals("Linux x86_64")) {
            throw new CommandFailure("the program is for Linux on x86_64, and " + session.target() + " is " + lines[0]);
        }
        if (!lines[1].equals("root") && !lines[1].equals("sudo")) {
            throw new CommandFailure(
                    Exit.NOT_ALLOWED,
                    "user " + lines[1] + " may not become root on " + session.target()
                            + ": log in as root, or allow sudo without a password for this user there");
        }
        return new Found(
                lines[1].equals("root"), lines.length > 2 ? Optional.of(lines[2].split(" ")[0]) : Optional.empty());
    }

    private static String output(SshSession session, List<String> command) throws SshException {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var status = session.run(ShellWords.quote(command), out, err);
        if (status != 0) {
            throw new CommandFailure(command.getFirst() + " fails on " + session.target() + ": "
                    + err.toString(StandardCharsets.UTF_8).strip());
        }
        return out.toString(StandardCharsets.UTF_8).strip();
    }
}
