package io.wunderproxy.blackbox;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** OpenSSH's server on a loopback port, with keys and settings of its own, that lets the user of the tests in. */
final class SshServer implements AutoCloseable {
    private final Path directory;
    private final int port = Ports.free();
    private final Path log;
    private ServerProcess process;

    /** With these lines of sshd_config before its own. */
    SshServer(Path directory, String... settings) {
        this.directory = directory;
        this.log = directory.resolve("sshd.log");
        try {
            Files.createDirectories(Path.of("/run/sshd"));
            key(directory.resolve("host_key"), "ed25519");
            Files.writeString(directory.resolve("authorized_keys"), "");
            var lines = new ArrayList<>(List.of(settings));
            lines.addAll(List.of(
                    "ListenAddress 127.0.0.1:" + port,
                    "HostKey " + directory.resolve("host_key"),
                    "AuthorizedKeysFile " + directory.resolve("authorized_keys"),
                    "StrictModes no",
                    "UsePAM no",
                    "PermitRootLogin yes",
                    "PasswordAuthentication no",
                    "PidFile none",
                    "LogLevel VERBOSE"));
            Files.write(directory.resolve("sshd_config"), lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    SshServer start() {
        return start(List.of());
    }

    /** As the last words of this command. */
    SshServer start(List<String> before) {
        var words = new ArrayList<>(before);
        words.addAll(List.of(
                "/usr/sbin/sshd",
                "-D",
                "-e",
                "-f",
                directory.resolve("sshd_config").toString()));
        process = new ServerProcess("sshd", words, Map.of(), log);
        await("sshd").failFast(() -> !process.isAlive()).until(() -> RegistryServer.isListening(port));
        return this;
    }

    int port() {
        return port;
    }

    String log() {
        return process.log();
    }

    /** Lets whoever has this key in. */
    SshServer authorize(Path key) {
        return write("authorized_keys", read(key.resolveSibling(key.getFileName() + ".pub")));
    }

    /** The host's key as known_hosts has it after the name. */
    String hostKey() {
        var words = read(directory.resolve("host_key.pub")).split(" ");
        return words[0] + " " + words[1];
    }

    String fingerprint() {
        return Command.run(
                        "ssh-keygen", "-lf", directory.resolve("host_key.pub").toString())
                .split(" ")[1];
    }

    /** How known_hosts names it. */
    String knownAs() {
        return "[127.0.0.1]:" + port;
    }

    /** Its line of known_hosts. */
    String knownHost() {
        return knownAs() + " " + hostKey() + "\n";
    }

    /** Makes a key pair; a passphrase may follow. */
    static Path key(Path file, String type, String... passphrase) {
        Command.run(
                "ssh-keygen",
                "-q",
                "-t",
                type,
                "-N",
                passphrase.length == 0 ? "" : passphrase[0],
                "-f",
                file.toString());
        return file;
    }

    private SshServer write(String name, String text) {
        try {
            Files.writeString(directory.resolve(name), text);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }
}
