package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A second Docker Engine on this machine, with directories, a socket and a bridge of its own, for the tests that stop
 * the engine. Its containers live on while it is stopped (live restore). It listens on a port too, over TLS, to whoever
 * has a certificate.
 */
final class PrivateEngine implements AutoCloseable {
    private final Path directory;
    private final String bridge = "wp" + ProcessHandle.current().pid();
    private final Engine engine;
    private final int securePort = Ports.free();
    private final Certificates certificates;
    private ServerProcess process;

    PrivateEngine(Path directory) {
        this.directory = directory;
        engine = new Engine("unix://" + directory.resolve("docker.sock"));
        certificates = Certificates.in(directory.resolve("tls"));
        Command.run("ip", "link", "add", bridge, "type", "bridge");
        Command.run("ip", "address", "add", "172.31." + (250 + Fork.NUMBER) + ".1/24", "dev", bridge);
        Command.run("ip", "link", "set", bridge, "up");
        start();
    }

    Engine engine() {
        return engine;
    }

    /** Where it listens over TLS. */
    String secureHost() {
        return "tcp://127.0.0.1:" + securePort;
    }

    Certificates certificates() {
        return certificates;
    }

    /** Starts it and waits until it responds. */
    void start() {
        var words = new ArrayList<>(List.of("dockerd", "--live-restore", "--iptables=false", "--ip-forward=false"));
        words.addAll(List.of("--ip-masq=false", "--bridge", bridge, "--host", engine.host()));
        words.addAll(List.of("--host", secureHost(), "--tlsverify"));
        words.addAll(List.of("--tlscacert", certificates.authority().toString()));
        words.addAll(List.of("--tlscert", certificates.serverCertificate().toString()));
        words.addAll(List.of("--tlskey", certificates.serverKey().toString()));
        words.addAll(List.of("--data-root", directory.resolve("data").toString()));
        words.addAll(List.of("--exec-root", directory.resolve("exec").toString()));
        words.addAll(List.of("--pidfile", directory.resolve("docker.pid").toString()));
        process = new ServerProcess("dockerd", words, Map.of(), directory.resolve("dockerd.log"));
        await("the second engine").atMost(LONG).until(this::responds);
    }

    /** Stops it; its containers run on. */
    void stop() {
        process.terminate();
        process.awaitExit(Duration.ofSeconds(60));
    }

    private boolean responds() {
        return Command.of("docker", "--host", engine.host(), "info").exitCode() == 0;
    }

    @Override
    public void close() throws IOException {
        if (process.isAlive()) {
            stop();
        }
        for (var mount : Files.readAllLines(Path.of("/proc/self/mounts")).reversed()) {
            var target = mount.split(" ")[1];
            if (target.startsWith(directory.toString())) {
                Command.of("umount", "--lazy", target);
            }
        }
        Command.run("ip", "link", "delete", bridge);
    }
}
