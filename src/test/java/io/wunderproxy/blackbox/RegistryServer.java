package io.wunderproxy.blackbox;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Debian's docker-registry, in a process of its own on a port of loopback. */
final class RegistryServer implements AutoCloseable {
    private final int port;
    private final Path configuration;
    private final Path log;
    private ServerProcess process;

    RegistryServer(int port, Path directory) {
        this.port = port;
        configuration = directory.resolve("registry.yml");
        log = directory.resolve("registry.log");
        try {
            Files.writeString(configuration, """
                    version: 0.1
                    log: {level: warn}
                    storage:
                      filesystem: {rootdirectory: %s}
                    http: {addr: "127.0.0.1:%d"}
                    """.formatted(directory.resolve("registry"), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start();
    }

    /** Starts it; does nothing when it runs. */
    void start() {
        if (process != null && process.isAlive()) {
            return;
        }
        var words = List.of("docker-registry", "serve", configuration.toString());
        process = new ServerProcess("docker-registry", words, Map.of(), log);
        await("docker-registry").until(() -> isListening(port));
    }

    void stop() {
        process.close();
    }

    @Override
    public void close() {
        stop();
    }

    static boolean isListening(int port) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
