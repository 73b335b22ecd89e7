package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A Docker host for one test: a store, a registry, an engine, and an application that no other test knows. Everything
 * that it made is gone when the test is over. As a static field it lasts for all tests of its class.
 */
final class Host implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    static final String PREFIX = "apps/shop";
    private static final String BUCKET = "wunderproxy-it";

    private boolean withS3;
    private boolean behindDockerGate;
    private boolean behindStoreGate;
    private boolean withEngineOfItsOwn;
    private boolean lastsForAllTests;

    private String app;
    private Directory directory;
    private Engine engine;
    private PrivateEngine privateEngine;
    private Store store;
    private S3Server s3;
    private RegistryServer registry;
    private Gate dockerGate;
    private Gate storeGate;
    private int registryPort;
    private int storePort;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final List<Agent> agents = new ArrayList<>();

    /** With its configurations in a directory, {@code file:}. */
    static Host withDirectoryStore() {
        return new Host();
    }

    /** With its configurations behind a real S3 server. */
    static Host withS3Store() {
        var host = new Host();
        host.withS3 = true;
        return host;
    }

    /** Puts a gate between agent and engine. */
    Host behindDockerGate() {
        behindDockerGate = true;
        return this;
    }

    /** Puts a gate between agent and S3 server. */
    Host behindStoreGate() {
        behindStoreGate = true;
        return this;
    }

    /** Uses a second Docker Engine, which the test may stop. */
    Host withEngineOfItsOwn() {
        withEngineOfItsOwn = true;
        return this;
    }

    // ---- what a test arranges ----

    String app() {
        return app;
    }

    Path directory() {
        return directory.path();
    }

    Path stateDirectory() {
        return directory.path().resolve("state");
    }

    Engine engine() {
        return engine;
    }

    PrivateEngine privateEngine() {
        return privateEngine;
    }

    Store store() {
        return store;
    }

    S3Server s3() {
        return s3;
    }

    Gate dockerGate() {
        return dockerGate;
    }

    Gate storeGate() {
        return storeGate;
    }

    int registryPort() {
        return registryPort;
    }

    /** The registry; started when a test first asks for it. */
    RegistryServer registry() {
        if (registry == null) {
            registry = closeLater(new RegistryServer(registryPort, directory.sub("registry")));
        }
        return registry;
    }

    /** A name that no other test's container has: containers are named after revisions. */
    String unique(String name) {
        return name + "-" + app;
    }

    String image(String tag) {
        return "localhost:" + registryPort + "/" + app + ":" + tag;
    }

    Revision revision(String name) {
        return new Revision(this, unique(name));
    }

    /** The containers of the application that exist now. */
    List<Engine.Container> containers() {
        return engine.containers(app);
    }

    List<String> containerNames() {
        return containers().stream().map(Engine.Container::name).toList();
    }

    <T extends AutoCloseable> T closeLater(T resource) {
        opened.push(resource);
        return resource;
    }

    /** Starts an agent with these options beside the usual ones and waits until its manager responds. */
    Agent startAgent(String... options) {
        return agent(Map.of(), options).start().awaitUp();
    }

    /** Makes this the current configuration, then starts an agent and waits until it serves it. */
    Agent serving(Revision.Published current) {
        store().putCurrent(current.json());
        return startAgent().awaitServing(current);
    }

    /** An agent that is not started yet. */
    Agent agent(Map<String, String> environment, String... options) {
        return agent(command(), environment, options);
    }

    /** An agent of this program, which is not started yet. */
    Agent agent(List<String> program, Map<String, String> environment, String... options) {
        int proxyPort = Ports.free();
        int apiPort = Ports.free();
        var all = new LinkedHashMap<String, String>();
        all.put("--proxy", "127.0.0.1:" + proxyPort);
        all.put("--api", "127.0.0.1:" + apiPort);
        all.put("--registry-port", String.valueOf(registryPort));
        all.put("--state-dir", stateDirectory().toString());
        all.put("--docker-host", dockerHost());
        for (int i = 0; i < options.length; i += 2) {
            all.put(options[i], options[i + 1]);
        }
        var words = new ArrayList<>(program);
        words.add("run");
        all.forEach((option, value) -> words.addAll(List.of(option, value)));
        words.addAll(List.of(bucket(), PREFIX, app));

        var variables = new TreeMap<>(storeEnvironment());
        variables.putAll(environment);
        var log = directory.path().resolve("agent-" + agents.size() + ".log");
        var token = Path.of(all.get("--state-dir")).resolve("api-token");
        var agent = closeLater(new Agent(words, variables, log, token, proxyPort, apiPort));
        agents.add(agent);
        return agent;
    }

    /** The program under test: a command line, given by whoever runs the tests. */
    static List<String> command() {
        var built =
                Path.of(System.getProperty("java.home"), "bin", "java") + " -jar target/quarkus-app/quarkus-run.jar";
        return Arrays.asList(System.getProperty("wunderproxy.command", built).split(" "));
    }

    /** The first argument of {@code run}. */
    String bucket() {
        return withS3 ? BUCKET : "file:" + store.bucket();
    }

    String dockerHost() {
        return behindDockerGate ? "unix://" + directory.path().resolve("docker.sock") : engine.host();
    }

    Map<String, String> storeEnvironment() {
        if (!withS3) {
            return Map.of();
        }
        return Map.of(
                "AWS_ENDPOINT_URL",
                "http://127.0.0.1:" + storePort,
                "AWS_REGION",
                "eu-central-1",
                "AWS_ACCESS_KEY_ID",
                S3Server.ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY",
                S3Server.SECRET_KEY);
    }

    // ---- its life ----

    @Override
    public void beforeAll(ExtensionContext context) {
        lastsForAllTests = true;
        open();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (!lastsForAllTests) {
            open();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        context.getExecutionException().ifPresent(failure -> tell(context));
        if (!lastsForAllTests) {
            close();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (lastsForAllTests) {
            close();
        }
    }

    private void open() {
        app = "it"
                + Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36, 36 * 36 * 36 * 36 * 36), 36);
        directory = Directory.create();
        registryPort = Ports.free();
        if (withEngineOfItsOwn) {
            privateEngine = closeLater(new PrivateEngine(directory.sub("docker")));
            engine = privateEngine.engine();
        } else {
            engine = Engine.ofThisMachine();
        }
        if (behindDockerGate) {
            var socket = Path.of(engine.host().substring("unix://".length()));
            dockerGate = closeLater(Gate.onUnixSocket(directory.path().resolve("docker.sock"), socket));
        }
        if (withS3) {
            s3 = closeLater(new S3Server(directory.sub("s3")));
            storePort = s3.port();
            store = new Store(s3.bucket(BUCKET), PREFIX);
        } else {
            store = new Store(directory.sub("store"), PREFIX);
            directory.sub("store/" + PREFIX);
        }
        if (behindStoreGate) {
            storePort = Ports.free();
            storeGate = closeLater(Gate.onPort(storePort, s3.port()));
        }
    }

    private void close() throws Exception {
        agents.forEach(Agent::close);
        var leaks = agents.stream()
                .filter(agent -> agent.process() != null)
                .flatMap(agent -> agent.log().lines())
                .filter(line -> line.contains("LEAK: "))
                .toList();
        agents.clear();
        engine.removeEverythingOf(app);
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        registry = null;
        directory.close();
        assertThat(leaks).as("buffers that an agent has not released").isEmpty();
    }

    private void tell(ExtensionContext context) {
        for (var agent : agents) {
            System.err.println("---- " + context.getDisplayName() + " failed; the agent's log:");
            System.err.println(agent.process() == null ? "(never started)" : agent.log());
        }
    }

    /** A file in the test's own directory. */
    Path file(String name, String content) {
        try {
            return java.nio.file.Files.writeString(directory.path().resolve(name), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
