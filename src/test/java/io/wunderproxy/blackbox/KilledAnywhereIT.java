package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SIGKILL at every step of launch, switch, retirement and hand-over. Started again, the agent serves the right revision, leaves no
 * container behind, and the deployment can be carried through.
 */
class KilledAnywhereIT {

    @RegisterExtension
    final Host host = Host.withDirectoryStore().behindDockerGate();

    private static Stream<Arguments> beforeAndAfter(DockerCall... calls) {
        return Stream.of(calls)
                .flatMap(call -> Stream.of(Gate.Moment.values()).map(moment -> Arguments.of(moment, call)));
    }

    static Stream<Arguments> stepsOfALaunch() {
        return beforeAndAfter(DockerCall.PULL, DockerCall.CREATE, DockerCall.START);
    }

    static Stream<Arguments> stepsOfARetirement() {
        return beforeAndAfter(DockerCall.STOP, DockerCall.REMOVE, DockerCall.DELETE_IMAGE);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("stepsOfALaunch")
    void in_a_launch(Gate.Moment moment, DockerCall call) {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").pushed().publish();
        agent.deploy(blue);
        var step = host.dockerGate().hold(moment, call);
        agent.launchLater(green);
        step.awaitArrival();

        agent.kill();
        step.drop();
        agent.restart().awaitServing(blue);

        assertNothingIsLeftOver(agent);
        assertCanBeCarriedThrough(agent, green);
    }

    @Test
    void while_the_new_container_gets_healthy() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").env("START_DELAY", "3").publish();
        agent.deploy(blue).launchLater(green);
        await().until(() -> host.containerNames().contains(green.revision()));

        agent.kill();
        agent.restart().awaitServing(blue);

        assertNothingIsLeftOver(agent);
        assertCanBeCarriedThrough(agent, green);
    }

    @Test
    void between_launch_and_switch() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue).launch(green);

        agent.kill();
        agent.restart().awaitServing(blue);

        assertNothingIsLeftOver(agent);
        assertCanBeCarriedThrough(agent, green);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("stepsOfARetirement")
    void in_a_retirement(Gate.Moment moment, DockerCall call) {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue).launch(green);
        var step = host.dockerGate().hold(moment, call);
        agent.switchTo(green);
        step.awaitArrival();

        agent.kill();
        step.drop();
        agent.restart().awaitServing(green);

        await().untilAsserted(() -> assertThat(host.containerNames()).containsExactly(green.revision()));
        await().untilAsserted(
                        () -> assertThat(host.engine().imageTags(host.app())).containsExactly(green.image()));
        assertThat(agent.get("/revision").body()).isEqualTo(green.revision());
    }

    @Test
    void while_the_old_container_drains() throws IOException {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue).launch(green);
        try (var download = new Wire(agent.proxyPort())) {
            download.send("GET /drip/60 HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            agent.switchTo(green);

            agent.kill();
        }
        agent.restart().awaitServing(green);

        await().untilAsserted(() -> assertThat(host.containerNames()).containsExactly(green.revision()));
    }

    @Test
    void in_the_first_launch_after_a_boot() {
        var blue = host.revision("blue").publish();
        host.store().putCurrent(blue.json());
        var start = host.dockerGate().hold(Gate.Moment.AFTER, DockerCall.CREATE);
        var agent = host.startAgent();
        start.awaitArrival();

        agent.kill();
        start.drop();
        agent.restart().awaitServing(blue);

        assertThat(host.containerNames()).containsExactly(blue.revision());
    }

    @ParameterizedTest(name = "after change {0} of the journal")
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void as_soon_as_the_journal_has_changed(int change) {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue);
        var killer = killAtChange(agent, change);

        boolean switched = false;
        try {
            switched =
                    agent.launch(green).status() == 200 && agent.switchTo(green).status() == 200;
        } catch (UncheckedIOException killed) {
            assertThat(killed).as("the agent is gone").isNotNull();
        }
        assertThat(joined(killer)).as("the journal changed that often").isTrue();
        agent.restart();

        if (switched) {
            agent.awaitServing(green);
        }
        await().ignoreExceptions().until(() -> List.of(blue.revision(), green.revision())
                .contains(agent.get("/revision").body()));
        assertNothingIsLeftOver(agent);
        assertCanBeCarriedThrough(agent, green);
    }

    private enum Side {
        AGENT,
        SUCCESSOR
    }

    static Stream<Arguments> stepsOfAHandOver() {
        return Stream.of(
                        "its settings are understood",
                        "it takes a socket",
                        "it has the sockets",
                        "it asks for the journal",
                        "it is ready",
                        "it accepts connections")
                .flatMap(step -> Stream.of(Side.values()).map(side -> Arguments.of(side, step)));
    }

    @ParameterizedTest(name = "{0} when {1}")
    @MethodSource("stepsOfAHandOver")
    void in_a_hand_over(Side killed, String step) {
        var agent = host.startAgent("--drain-timeout", "2s");
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue);
        var reload = new Thread(agent::reload);
        reload.setUncaughtExceptionHandler((thread, noResponse) -> {});
        reload.start();

        var successor = agent.awaitHandOver(step);
        if (killed == Side.AGENT) {
            agent.kill();
        } else {
            successor.destroyForcibly();
        }

        await().atMost(LONG).ignoreExceptions().until(() -> {
            if (!agent.process().isAlive() && !successor.isAlive()) {
                // The service manager's part.
                agent.restart();
            }
            return servesANewConnection(agent, blue);
        });
        assertNothingIsLeftOver(agent);
        assertCanBeCarriedThrough(agent, green);
    }

    /** Whoever ends would still respond on a connection that it has. */
    private static boolean servesANewConnection(Agent agent, Revision.Published expected) throws IOException {
        try (var wire = new Wire(agent.proxyPort())) {
            var head = wire.send("GET /revision HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            return new String(wire.readBody(head), StandardCharsets.UTF_8).equals(expected.revision());
        }
    }

    /** Every container is one that the agent knows and tells of, and no configuration has two. */
    private void assertNothingIsLeftOver(Agent agent) {
        await().untilAsserted(() -> {
            var known = StreamSupport.stream(agent.status().path("Deployments").spliterator(), false)
                    .map(one -> one.path("Hash").asText())
                    .toList();
            var running = host.containers().stream()
                    .map(container -> container.label("io.wunderproxy.hash"))
                    .toList();
            assertThat(known).containsAll(running);
            assertThat(running).doesNotHaveDuplicates();
        });
    }

    private void assertCanBeCarriedThrough(Agent agent, Revision.Published revision) {
        agent.deploy(revision);

        assertThat(agent.get("/revision").body()).isEqualTo(revision.revision());
        await().untilAsserted(() -> assertThat(host.containerNames()).containsExactly(revision.revision()));
    }

    /** Kills it when its journal has been replaced that often: the kernel tells of each time, however soon the next one comes. */
    private Killer killAtChange(Agent agent, int change) {
        var killer = new Killer(agent, host.stateDirectory().resolve("journal.json"), change);
        killer.start();
        return killer;
    }

    private static boolean joined(Killer killer) {
        try {
            killer.join(Duration.ofSeconds(30));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return killer.killed;
    }

    private static final class Killer extends Thread {
        private final Agent agent;
        private final Path journal;
        private final int change;
        private final WatchService changes;
        private volatile boolean killed;

        Killer(Agent agent, Path journal, int change) {
            this.agent = agent;
            this.journal = journal;
            this.change = change;
            setDaemon(true);
            try {
                changes = journal.getFileSystem().newWatchService();
                journal.getParent().register(changes, StandardWatchEventKinds.ENTRY_CREATE);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void run() {
            try (changes) {
                for (int seen = 0; seen < change; ) {
                    var key = changes.poll(20, TimeUnit.SECONDS);
                    if (key == null) {
                        return;
                    }
                    seen += key.pollEvents().stream()
                            .filter(event -> journal.getFileName().equals(event.context()))
                            .mapToInt(WatchEvent::count)
                            .sum();
                    key.reset();
                }
                agent.kill();
                killed = true;
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
