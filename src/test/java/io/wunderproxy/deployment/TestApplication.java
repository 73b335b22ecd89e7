package io.wunderproxy.deployment;

import static org.awaitility.Awaitility.await;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.FakeEngine;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.FakeProbe;
import io.wunderproxy.health.HealthProber;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.ImageBuckets;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.testkit.Patience;
import io.wunderproxy.time.ManualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * An application {@code shop} with an engine, a store and a time of its own, so that a test decides what each of them does. Its
 * agent can be ended and started again. Configurations are healthy after one good response, unless they say otherwise.
 */
public final class TestApplication implements AutoCloseable {

    public final ManualTime time;
    public final FakeEngine engine;
    public final FakeProbe probe = new FakeProbe();
    public final LaunchConfigStore store;
    private final Path directory;
    private final Path stored;
    private Optional<Path> environmentFile = Optional.empty();
    private String bootId = "boot-1";

    // Of the agent that runs.
    public EventLog events;
    public AppBackends backends;
    public TrafficStats stats;
    public StateDirectory state;
    Journal journal;
    public DeploymentParts parts;

    /** @param directory empty, or what another of these has left */
    private TestApplication(Path directory, ManualTime time) throws IOException {
        this.directory = directory;
        this.time = time;
        engine = new FakeEngine(time.clock());
        stored = Files.createDirectories(directory.resolve("store"));
        store = LaunchConfigStore.open(LaunchConfigStore.DIRECTORY_SCHEME + stored, "");
        start();
    }

    /** One whose agent has recovered and serves nothing, whose time stands still. */
    public static TestApplication in(Path directory) throws IOException {
        return recovered(new TestApplication(directory, ManualTime.standing()));
    }

    /** One whose time flies. */
    static TestApplication flyingIn(Path directory) throws IOException {
        return recovered(new TestApplication(directory, ManualTime.flying()));
    }

    /** One whose agent has just started, and whose time stands still. */
    static TestApplication startingIn(Path directory) throws IOException {
        return new TestApplication(directory, ManualTime.standing());
    }

    private static TestApplication recovered(TestApplication application) {
        application.parts.deployments().recovered();
        return application;
    }

    private void start() throws IOException {
        events = new EventLog(time.clock());
        backends = new AppBackends();
        stats = new TrafficStats();
        state = StateDirectory.open(directory.resolve("state"));
        journal = Journal.open(state, time.clock(), bootId);
        var host = new Host(
                engine, new HealthProber(probe, time), events, ImageBuckets.notServed(), time.clock(), time, bootId);
        var settings = TestSettings.of("shop", directory.resolve("state"), environmentFile);
        parts = DeploymentParts.of(settings, state, journal, store, backends, stats, host);
    }

    /** Ends the agent and starts it again; its recovery has not begun. */
    TestApplication restart() throws IOException {
        state.close();
        start();
        return this;
    }

    /** Ends the machine and starts it again: no container runs any more. */
    TestApplication restartMachine() throws IOException {
        bootId = bootId + "+";
        engine.all().stream().filter(Container::running).forEach(c -> engine.ends(c.id(), 255));
        return restart();
    }

    /** Starts the agent again with these lines in the file of {@code --cfg}. */
    TestApplication restartWith(String... lines) throws IOException {
        environmentFile = Optional.of(Files.write(directory.resolve("environment"), List.of(lines)));
        restart();
        return recovered(this);
    }

    /** The agent's start up to here. */
    public TestApplication recover() {
        parts.recovery().start(() -> {});
        awaitThat("it has recovered", () -> parts.recovery().obstacle().isEmpty());
        return this;
    }

    /** What is still under way in the background can write nothing any more. */
    @Override
    public void close() throws IOException {
        state.close();
        awaitThat("its state is removed", () -> remove(state.path()));
    }

    private static boolean remove(Path tree) {
        try (var found = Files.walk(tree)) {
            for (var path : found.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
            return true;
        } catch (IOException | UncheckedIOException somebodyHasWritten) {
            return false;
        }
    }

    public Deployments deployments() {
        return parts.deployments();
    }

    /** A configuration that is in the store. */
    public LaunchConfig config(String revision) {
        return config(revision, "");
    }

    /** @param fields further ones of the document, each with a comma before it */
    public LaunchConfig config(String revision, String fields) {
        try {
            var check = fields.contains("\"HealthCheck\"") ? "" : ",\"HealthCheck\":{\"Successes\":1}";
            var environment = fields.contains("\"ContainerConfig\"")
                    ? ""
                    : ",\"ContainerConfig\":{\"Image\":\"%s\"}".formatted(image(revision));
            var document = "{\"HealthCheckPath\":\"up\",\"Revision\":\"%s\"%s%s%s}"
                    .formatted(revision, environment, check, fields)
                    .getBytes(StandardCharsets.UTF_8);
            var config = LaunchConfig.parse(ConfigHash.sha256(document), document);
            store.put(config);
            return config;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    public static String image(String revision) {
        return "localhost:8080/shop:" + revision;
    }

    /** Makes this the store's {@code current.json}. */
    void promote(LaunchConfig config) throws IOException {
        Files.write(stored.resolve("current.json"), config.document());
    }

    /** Writes this into {@code current.json}. */
    void promoteText(String text) throws IOException {
        Files.writeString(stored.resolve("current.json"), text);
    }

    /** Launches a configuration of this revision and waits until it is healthy. */
    public Deployment launched(String revision) throws Exception {
        return deployments().launch(config(revision).hash());
    }

    /** Launches a configuration of this revision and switches to it. */
    public Deployment serving(String revision) throws Exception {
        return deployments().switchTo(launched(revision).hash(), () -> {});
    }

    /** The container of a deployment. */
    public static String container(Deployment deployment) {
        return deployment.state().running().orElseThrow().containerId();
    }

    /** How a deployment stands now. */
    String state(Deployment deployment) {
        return journal.find(deployment.hash()).map(d -> d.state().label()).orElse("unknown");
    }

    /** Waits until a deployment is in this state. */
    public void awaitState(Deployment deployment, String label) {
        awaitThat(deployment + " is " + label, () -> state(deployment).equals(label));
    }

    /** Waits for an event, which may have happened already. */
    public Event awaitEvent(EventType type, Predicate<Event> wanted) throws Exception {
        var reader = events.recentAndNew(EventLog.KEPT);
        var seen = new ArrayList<Event>();
        while (true) {
            var entries = reader.next(Patience.SOON);
            if (entries.isEmpty()) {
                throw new AssertionError("no such event " + type + " among " + seen);
            }
            for (var entry : entries) {
                seen.add(entry.event());
                if (entry.event().type() == type && wanted.test(entry.event())) {
                    return entry.event();
                }
            }
        }
    }

    /** The messages of all events of this type, oldest first. */
    public List<String> messages(EventType type) {
        return events.all().stream()
                .map(EventLog.Entry::event)
                .filter(event -> event.type() == type)
                .map(Event::message)
                .toList();
    }

    /** Waits for something that other threads bring about. */
    public static void awaitThat(String what, Callable<Boolean> condition) {
        await(what).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(condition);
    }

    /** Does this on a thread of its own. */
    static <T> CompletableFuture<T> meanwhile(Callable<T> work) {
        var result = new CompletableFuture<T>();
        Thread.ofVirtual().start(() -> {
            try {
                result.complete(work.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }
}
