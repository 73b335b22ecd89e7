package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Several hosts on this machine: each is a network namespace with an address, a Docker Engine and an agent of its own, behind one
 * bridge. The operator is on the bridge's own address; store, table and images are the same for all.
 */
final class FleetNetwork implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    static final String APP = "fleet";
    static final String PREFIX = "apps/fleet";
    static final String TABLE = "wunderproxy-it";
    private static final String TOKEN = "a-token-of-all-hosts-that-nobody-guesses";
    private static final String NETWORK = "10.213." + (76 + Fork.NUMBER) + ".";

    private final int size;
    private final List<Node> nodes = new ArrayList<>();
    private Directory directory;
    private Store store;
    private DynamoServer dynamo;
    private String bridge;

    FleetNetwork(int size) {
        this.size = size;
    }

    /** A host. */
    final class Node {
        private final String name;
        private final String address;
        private final String namespace;
        private final String cable;
        private final Engine engine;
        private final Path state;
        private ServerProcess docker;
        private ServerProcess agent;
        private ProcessHandle successor;

        private Node(int number) {
            name = "host-" + number;
            address = NETWORK + (10 + number);
            namespace = bridge + "n" + number;
            cable = bridge + "v" + number;
            state = directory.sub(name);
            engine = new Engine("unix://" + state.resolve("docker.sock"));
            Command.run("ip", "netns", "add", namespace);
            Command.run("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", namespace);
            Command.run("ip", "link", "set", cable, "master", bridge, "up");
            Command.run("ip", "-n", namespace, "address", "add", address + "/24", "dev", "eth0");
            Command.run("ip", "-n", namespace, "link", "set", "eth0", "up");
            Command.run("ip", "-n", namespace, "link", "set", "lo", "up");
            Command.run("ip", "-n", namespace, "route", "add", "default", "via", NETWORK + 1);
            startEngine();
        }

        String name() {
            return name;
        }

        String address() {
            return address;
        }

        Engine engine() {
            return engine;
        }

        ServerProcess agent() {
            return agent;
        }

        /** Runs it where this host is. Unlike ip(8)'s own, this keeps the control groups, which Docker needs. */
        private ServerProcess process(String what, List<String> words, Map<String, String> environment) {
            var all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + namespace));
            all.addAll(words);
            return new ServerProcess(what, all, environment, state.resolve(what + ".log"));
        }

        private void startEngine() {
            docker = process(
                    "dockerd",
                    List.of(
                            "dockerd",
                            "--iptables=false",
                            "--ip-forward=false",
                            "--ip-masq=false",
                            "--bip",
                            "172.30.0.1/24",
                            "--host",
                            engine.host(),
                            "--data-root",
                            state.resolve("data").toString(),
                            "--exec-root",
                            state.resolve("exec").toString(),
                            "--pidfile",
                            state.resolve("docker.pid").toString()),
                    Map.of());
        }

        private void awaitEngine() {
            await("the engine of " + name)
                    .atMost(LONG)
                    .until(() -> Command.of("docker", "--host", engine.host(), "info")
                                    .exitCode()
                            == 0);
        }

        /** Starts its agent; does not wait. */
        Node startAgent() {
            var words = new ArrayList<>(Host.command());
            words.add("run");
            var options = new LinkedHashMap<String, String>();
            options.put("--proxy", "0.0.0.0:80");
            options.put("--api", "0.0.0.0:8001");
            options.put("--registry-port", "8080");
            options.put("--registry", "embedded");
            options.put("--image-bucket", images());
            options.put("--state-dir", state.resolve("agent").toString());
            options.put("--docker-host", engine.host());
            options.put("--api-token-file", directory.path().resolve("token").toString());
            options.put("--cfg", directory.path().resolve(name + ".cfg").toString());
            options.put("--drain-timeout", "5s");
            options.put("--table", TABLE);
            options.put("--member-id", name);
            options.put("--advertise", address);
            options.put("--member-interval", "2s");
            options.forEach((option, value) -> words.addAll(List.of(option, value)));
            words.addAll(List.of(bucket(), PREFIX, APP));
            var environment = new LinkedHashMap<>(tableEnvironment());
            environment.put("JAVA_TOOL_OPTIONS", "-Xmx128m");
            agent = process("agent", words, environment);
            return this;
        }

        /** Has its agent replaced by another process, which {@link #startAgentAnew} ends. */
        void replaceAgent() {
            var report =
                    operator().run("reload --json --host " + address + ":8001").orFail();
            successor =
                    ProcessHandle.of(report.json().path("ProcessId").asLong()).orElseThrow();
        }

        /** Ends its agent, whichever process that is, and starts another one; does not wait for that. */
        Node startAgentAnew() {
            endAgent();
            return startAgent();
        }

        private void endAgent() {
            if (successor != null) {
                successor.destroyForcibly();
                successor.onExit().join();
                successor = null;
            }
            if (agent != null) {
                agent.close();
            }
        }

        Node awaitServing(String revision) {
            await(name + " to serve " + revision)
                    .atMost(LONG)
                    .ignoreExceptions()
                    .until(() -> serves().equals(revision));
            return this;
        }

        /** The revision that its proxy responds with. */
        String serves() throws IOException {
            try (var wire = new Wire(address, 80)) {
                wire.send("GET /up HTTP/1.1\r\nHost: fleet\r\n\r\n");
                return wire.readHead().header("X-Revision");
            }
        }

        /** The names of the containers of the application that its engine has. */
        List<String> containers() {
            return engine.containers(APP).stream().map(Engine.Container::name).toList();
        }

        /** Pulls its cable. */
        void disconnect() {
            Command.run("ip", "link", "set", cable, "down");
        }

        void connect() {
            Command.run("ip", "link", "set", cable, "up");
        }

        private void close() throws IOException {
            endAgent();
            engine.removeEverythingOf(APP);
            docker.terminate();
            docker.awaitExit(Duration.ofSeconds(60));
            for (var mount : Files.readAllLines(Path.of("/proc/self/mounts")).reversed()) {
                var target = mount.split(" ")[1];
                if (target.startsWith(state.toString())) {
                    Command.of("umount", "--lazy", target);
                }
            }
            Command.run("ip", "netns", "delete", namespace);
        }
    }

    List<Node> nodes() {
        return nodes;
    }

    Node node(int number) {
        return nodes.get(number - 1);
    }

    Path directory() {
        return directory.path();
    }

    Store store() {
        return store;
    }

    DynamoServer dynamo() {
        return dynamo;
    }

    private String bucket() {
        return "file:" + store.bucket();
    }

    private String images() {
        return "file:" + directory.path().resolve("images");
    }

    private Map<String, String> tableEnvironment() {
        return dynamo.environment(NETWORK + 1);
    }

    /** The operator, with the table and the token. */
    CommandLine operator() {
        var environment = new LinkedHashMap<>(tableEnvironment());
        environment.put("HOME", directory.path().toString());
        environment.put("WUNDERPROXY_S3BUCKET", bucket());
        environment.put("WUNDERPROXY_S3PREFIX", PREFIX);
        environment.put("WUNDERPROXY_TABLE", TABLE);
        environment.put("WUNDERPROXY_TOKEN", TOKEN);
        return new CommandLine(directory.path(), environment);
    }

    /** Pushes an image for all hosts, and makes a configuration of it in a file; the arguments are settings of the application. */
    Path revision(String name, String... arguments) {
        var image = "localhost:8080/" + APP + ":" + name;
        var builder = node(1).engine();
        builder.buildImage(image);
        var archive = directory.path().resolve(name + ".tar").toString();
        Command.run("docker", "--host", builder.host(), "save", "--output", archive, image);
        operator().run("image push --image-bucket", images(), archive).orFail();
        builder.removeImage(image);
        var quoted =
                Arrays.stream(arguments).map(argument -> '"' + argument + '"').toList();
        try {
            return Files.writeString(directory.path().resolve(name + ".json"), """
                    {
                      "ContainerConfig": {
                        "Image": "%s", "Env": ["REVISION=%s"], "Cmd": [%s], "ExposedPorts": {"9292/tcp": {}}
                      },
                      "HostConfig": {},
                      "HealthCheckPath": "up",
                      "HealthCheck": {"Deadline": "8s"},
                      "Revision": "%s"
                    }
                    """.formatted(
                            image, name, String.join(", ", quoted), name));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        directory = Directory.create();
        Files.writeString(directory.path().resolve("token"), TOKEN);
        store = new Store(directory.sub("store"), PREFIX);
        directory.sub("store/" + PREFIX);
        bridge = "wpf" + ProcessHandle.current().pid() % 100_000;
        Command.run("ip", "link", "add", bridge, "type", "bridge");
        Command.run("ip", "address", "add", NETWORK + "1/24", "dev", bridge);
        Command.run("ip", "link", "set", bridge, "up");
        directory.sub("images");
        dynamo = DynamoServer.in(directory.sub("dynamo"));
        for (var number = 1; number <= size; number++) {
            Files.writeString(directory.path().resolve("host-" + number + ".cfg"), "ZONE=host-" + number + "\n");
            nodes.add(new Node(number));
        }
        nodes.forEach(Node::awaitEngine);
        operator().run("table create").orFail();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        context.getExecutionException().ifPresent(failure -> {
            for (var node : nodes) {
                System.err.println("---- " + context.getDisplayName() + " failed; the log of " + node.name() + ":");
                System.err.println(node.agent == null ? "(never started)" : node.agent.log());
            }
        });
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        for (var node : nodes) {
            node.close();
        }
        if (dynamo != null) {
            dynamo.close();
        }
        Command.run("ip", "link", "delete", bridge);
        directory.close();
    }
}
