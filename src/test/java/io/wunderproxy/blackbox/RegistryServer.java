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

    /** With its images in the directory {@code registry} of this one. */
    RegistryServer(int port, Path directory) {
        this(port, directory, "filesystem: {rootdirectory: %s}".formatted(directory.resolve("registry")));
    }

    /** With its images in a bucket, below a prefix. */
    static RegistryServer overS3(int port, Path directory, S3Server s3, String bucket, String prefix) {
        s3.bucket(bucket);
        return new RegistryServer(
                port,
                directory,
                "s3: {accesskey: %s, secretkey: %s, region: us-east-1, regionendpoint: 'http://127.0.0.1:%d', bucket: %s, rootdirectory: /%s, secure: false}"
                        .formatted(S3Server.ACCESS_KEY, S3Server.SECRET_KEY, s3.port(), bucket, prefix));
    }

    private RegistryServer(int port, Path directory, String storage) {
        this.port = port;
        configuration = directory.resolve("registry.yml");
        log = directory.resolve("registry.log");
        try {
            Files.writeString(configuration, """
                    version: 0.1
                    log: {level: warn}
                    storage:
                      %s
                      redirect: {disable: true}
                    http: {addr: "127.0.0.1:%d"}
                    """.formatted(storage, port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start();
    }

    int port() {
        return port;
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
