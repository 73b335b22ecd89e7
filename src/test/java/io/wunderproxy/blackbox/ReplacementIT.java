package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** POST /reload: the agent is replaced by a process that it starts, and nobody who is served notices. */
class ReplacementIT {

    @RegisterExtension
    final Host host = Host.withDirectoryStore().behindDockerGate();

    @Test
    void no_request_fails_and_no_connection_is_refused_while_agents_replace_each_other() throws Exception {
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        var agent = host.startAgent("--drain-timeout", "60s");
        agent.deploy(blue);
        var faults = new ConcurrentLinkedQueue<String>();
        var over = new CompletableFuture<Void>();
        var visitor = Thread.ofVirtual().start(() -> visit(agent.proxyPort(), faults, over));
        List<Load.Exchange> exchanges;
        try (var load = Load.start(agent.proxyPort(), 16, 2);
                var download = new Wire(agent.proxyPort())) {
            var head = download.send("GET /drip/10 HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            agent.replace();
            // The download is open at the container that this takes out of service, through an agent that is gone for
            // others.
            agent.deploy(green);
            var last = agent.replace();
            assertThat(new String(download.readBody(head))).endsWith("drop 100 of 100\nend\n");
            exchanges = load.end();
            assertThat(load.failures()).isEmpty();
            assertThat(last.isAlive()).isTrue();
        }
        over.complete(null);
        visitor.join();
        assertThat(faults).isEmpty();
        assertThat(exchanges).hasSizeGreaterThan(100);
        assertThat(agent.process().awaitExit(LONG)).isZero();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(host.containerNames()).containsExactly(green.revision()));
    }

    /** Opens one connection after the other. */
    private static void visit(int port, ConcurrentLinkedQueue<String> faults, CompletableFuture<Void> over) {
        while (!over.isDone()) {
            try (var wire = new Wire(port)) {
                var head = wire.send("GET /up HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
                if (head.status() != 200) {
                    faults.add(head.toString());
                }
            } catch (Exception e) {
                faults.add(e.toString());
            }
        }
    }

    @Test
    void wrong_settings_change_nothing() throws Exception {
        var blue = host.revision("blue").publish();
        Path file = host.file("variables", "COLOUR=blue\n");
        var agent = host.startAgent("--cfg", file.toString());
        agent.deploy(blue);
        Files.writeString(file, "NOT A NAME=1\n");

        var response = agent.reload();

        assertThat(response.status()).isEqualTo(409);
        assertThat(response.body()).contains("was not replaced, and continues", "variables, line 1");
        assertThat(agent.children()).isEmpty();
        assertThat(agent.awaitServing(blue)
                        .launch(host.revision("green").publish())
                        .status())
                .isEqualTo(200);
        Files.writeString(file, "COLOUR=green\n");
        agent.replace();
        agent.awaitServing(blue);
    }

    @Test
    void a_launch_under_way_is_awaited_and_a_successor_that_is_killed_meanwhile_changes_nothing() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue);
        var step = host.dockerGate().hold(Gate.Moment.BEFORE, DockerCall.START);
        var launch = agent.launchLater(green);
        step.awaitArrival();

        var reload = CompletableFuture.supplyAsync(agent::reload);
        agent.awaitHandOver("it asks for the journal").destroyForcibly();

        assertThat(reload).succeedsWithin(LONG).satisfies(response -> assertThat(response.status())
                .isEqualTo(409));
        step.release();
        assertThat(launch).succeedsWithin(LONG).satisfies(response -> assertThat(response.status())
                .isEqualTo(200));
        agent.replace();
        assertThat(agent.switchTo(green).status()).isEqualTo(200);
        agent.awaitServing(green);
    }

    @Test
    void an_agent_that_is_killed_while_it_hands_over_is_replaced_all_the_more() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        agent.deploy(blue);
        var step = host.dockerGate().hold(Gate.Moment.BEFORE, DockerCall.START);
        agent.launchLater(host.revision("green").publish());
        step.awaitArrival();
        CompletableFuture.supplyAsync(agent::reload);
        var successor = agent.awaitHandOver("it asks for the journal");

        try {
            agent.kill();
            step.drop();
            agent.awaitServing(blue);
            assertThat(successor.isAlive()).isTrue();
        } finally {
            successor.destroyForcibly();
        }
    }
}
