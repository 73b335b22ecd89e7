package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From a hash to a container that runs: what is pulled, created, reused and replaced. */
class LaunchIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore().behindDockerGate();

    @Test
    void the_container_is_named_after_the_revision_and_labelled_with_app_hash_and_agent() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();

        agent.launch(blue);

        assertThat(host.containers()).singleElement().satisfies(container -> {
            assertThat(container.name()).isEqualTo(blue.revision());
            assertThat(container.label("io.wunderproxy.app")).isEqualTo(host.app());
            assertThat(container.label("io.wunderproxy.hash")).isEqualTo(blue.hash());
            assertThat(container.label("io.wunderproxy.agent")).isNotEmpty();
        });
    }

    @Test
    void the_configuration_is_passed_whole_with_the_static_environment_appended() {
        var cfg = host.file("static.cfg", "RAILS_ENV=production\nGREETING=a = b\n");
        var agent = host.startAgent("--cfg", cfg.toString());
        var blue = host.revision("blue")
                .env("OWN", "1")
                .with(json -> {
                    json.withObject("/ContainerConfig").put("StopSignal", "SIGINT");
                    json.withObject("/ContainerConfig/Labels").put("team", "checkout");
                    json.withObject("/HostConfig").put("ShmSize", 12_582_912).put("ReadonlyRootfs", true);
                    json.withObject("/HostConfig")
                            .withArray("Ulimits")
                            .addObject()
                            .put("Name", "nofile");
                    ((com.fasterxml.jackson.databind.node.ObjectNode) json.at("/HostConfig/Ulimits/0"))
                            .put("Soft", 4321)
                            .put("Hard", 4321);
                })
                .publish();

        assertThat(agent.launch(blue).status()).isEqualTo(200);

        var container = host.containers().getFirst();
        assertThat(container.environment())
                .contains("OWN=1", "RAILS_ENV=production", "GREETING=a = b", "REVISION=" + blue.revision());
        assertThat(container.inspected().at("/Config/StopSignal").asText()).isEqualTo("SIGINT");
        assertThat(container.label("team")).isEqualTo("checkout");
        assertThat(container.inspected().at("/HostConfig/ShmSize").asInt()).isEqualTo(12_582_912);
        assertThat(container.inspected().at("/HostConfig/ReadonlyRootfs").asBoolean())
                .isTrue();
        assertThat(container.inspected().at("/HostConfig/Ulimits/0/Soft").asInt())
                .isEqualTo(4321);
    }

    @Test
    void without_a_port_binding_the_application_gets_an_ephemeral_port_of_loopback() {
        var agent = host.startAgent();

        var response = agent.launch(host.revision("blue").publish());

        var binding = host.containers().getFirst().inspected().at("/NetworkSettings/Ports/9292~1tcp/0");
        assertThat(binding.path("HostIp").asText()).isEqualTo("127.0.0.1");
        assertThat(response.body().strip())
                .endsWith(" on port " + binding.path("HostPort").asText());
    }

    @Test
    void a_port_binding_of_the_configuration_is_kept() {
        var agent = host.startAgent();
        int port = Ports.free();
        var blue = onFixedPort("blue", port).publish();

        assertThat(agent.launch(blue).body().strip()).endsWith(" on port " + port);

        assertThat(host.containers().getFirst().publishedPort("9292/tcp")).isEqualTo(port);
    }

    @Test
    void with_host_networking_a_revision_is_refused_where_another_serves_or_starts() {
        var agent = host.startAgent();
        int port = Ports.free();
        var blue = onHostNetwork("blue", port).env("START_DELAY", "2").publish();
        var green = onHostNetwork("green", port).publish();
        var first = agent.launchLater(blue);
        await().until(() -> host.containers().stream().anyMatch(Engine.Container::isRunning));

        var besideALaunch = agent.launch(green);
        assertThat(first.join().status()).isEqualTo(200);
        assertThat(agent.switchTo(blue).status()).isEqualTo(200);
        var besideOneThatServes = agent.launch(green);

        assertThat(List.of(besideALaunch, besideOneThatServes)).allSatisfy(response -> {
            assertThat(response.status()).isEqualTo(409);
            assertThat(response.body())
                    .contains("revision " + blue.revision())
                    .contains("127.0.0.1:" + port)
                    .contains("HostConfig.NetworkMode");
        });
        assertThat(host.containerNames()).containsExactly(blue.revision());
        assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());

        var amber = onHostNetwork("amber", Ports.free()).publish();
        agent.deploy(amber);
        agent.kill();
        agent.restart().awaitServing(amber);
        assertThat(agent.launch(amber).status()).isEqualTo(200);
    }

    @Test
    void a_fixed_port_of_the_host_that_another_has_is_refused_with_its_name() throws Exception {
        var agent = host.startAgent();
        int port = Ports.free();
        var blue = onFixedPort("blue", port).publish();
        var green = onFixedPort("green", port).publish();
        try (var other = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
            var besideAnotherProgram = agent.launch(blue);

            assertThat(besideAnotherProgram.status()).isEqualTo(409);
            assertThat(besideAnotherProgram.body())
                    .contains("127.0.0.1:" + other.getLocalPort())
                    .contains("process " + ProcessHandle.current().pid());
        }
        agent.deploy(blue);

        var besideBlue = agent.launch(green);

        assertThat(besideBlue.status()).isEqualTo(409);
        assertThat(besideBlue.body())
                .contains("revision " + blue.revision())
                .contains("HostConfig.PortBindings.9292/tcp")
                .contains("leave HostPort empty");
        assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());
    }

    @Test
    void on_a_shared_network_the_response_of_somebody_else_confirms_nothing() throws Exception {
        var agent = host.startAgent();
        int port = Ports.free();
        var blue =
                onHostNetwork("blue", port).env("NO_LISTEN", "1").deadline("4s").publish();
        var launch = agent.launchLater(blue);
        await().until(() -> host.containers().stream().anyMatch(Engine.Container::isRunning));
        var somebodyElse = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        somebodyElse.createContext("/", exchange -> exchange.sendResponseHeaders(200, -1));
        somebodyElse.start();
        try {
            var response = launch.join();

            assertThat(response.status()).isEqualTo(504);
            assertThat(response.body())
                    .contains("process " + ProcessHandle.current().pid());
        } finally {
            somebodyElse.stop(0);
        }
    }

    @Test
    void in_the_network_of_another_container_it_is_reached_there_and_confirmed_by_itself() {
        var agent = host.startAgent();
        var foreign = "localhost:" + host.registryPort() + "/" + host.app() + "-other:1";
        host.engine().buildImage(foreign);
        host.engine().run(host.unique("foreign"), foreign, "--env", "PORT=7000");
        try {
            // Docker allows such a container no exposed ports.
            var shared = host.revision("shared").with(json -> {
                json.withObject("/ContainerConfig").remove("ExposedPorts");
                json.withObject("/HostConfig").put("NetworkMode", "container:" + host.unique("foreign"));
            });
            var blue = shared.publish();
            agent.deploy(blue);
            var again = agent.launch(shared.env("VERSION", "2").publish());

            assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());
            assertThat(again.status()).isEqualTo(409);
            assertThat(again.body()).contains("revision " + blue.revision()).contains("9292");
        } finally {
            host.engine().removeEverythingOf(host.app() + "-other");
        }
    }

    private Revision onHostNetwork(String name, int port) {
        return host.revision(name).env("PORT", String.valueOf(port)).with(json -> {
            json.withObject("/HostConfig").put("NetworkMode", "host");
            json.withObject("/ContainerConfig").putObject("ExposedPorts").putObject(port + "/tcp");
        });
    }

    private Revision onFixedPort(String name, int port) {
        return host.revision(name).with(json -> json.withArray("/HostConfig/PortBindings/9292~1tcp")
                .addObject()
                .put("HostIp", "127.0.0.1")
                .put("HostPort", String.valueOf(port)));
    }

    @Test
    void the_one_other_port_that_a_configuration_exposes_is_the_applications() {
        var agent = host.startAgent();
        var blue = host.revision("blue")
                .env("PORT", "3000")
                .with(json -> json.withObject("/ContainerConfig")
                        .putObject("ExposedPorts")
                        .putObject("3000/tcp"))
                .publish();

        agent.deploy(blue);

        assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());
    }

    @Test
    void an_image_that_the_engine_lacks_is_pulled() {
        var agent = host.startAgent();
        var blue = host.revision("blue").pushed().publish();

        agent.deploy(blue);

        assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());
        assertThat(agent.log()).containsIgnoringCase("pull").contains(blue.image());
    }

    @Test
    void a_pull_may_take_its_time() {
        var agent = host.startAgent();
        var blue = host.revision("blue").pushed().publish();
        var pull = host.dockerGate().hold(Gate.Moment.BEFORE, DockerCall.PULL);
        var launch = agent.launchLater(blue);
        pull.awaitArrival();

        await("the launch to wait for it").during(Duration.ofSeconds(4)).until(() -> !launch.isDone());
        pull.release();

        assertThat(launch.join().toString()).startsWith("200 ");
    }

    @Test
    void an_image_that_the_engine_has_is_not_pulled() {
        var agent = host.startAgent();

        agent.deploy(host.revision("blue").publish());

        assertThat(host.dockerGate().count(DockerCall.PULL)).isZero();
    }

    @Test
    void an_image_is_always_pulled_when_the_configuration_forces_it() {
        var agent = host.startAgent();
        var blue = host.revision("blue")
                .pushed()
                .with(json -> json.put("ForceReload", true))
                .publish();
        host.engine().buildImage(blue.image());

        agent.deploy(blue);

        assertThat(host.dockerGate().count(DockerCall.PULL)).isEqualTo(1);
    }

    @Test
    void a_container_that_already_runs_this_configuration_is_reused() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var first = agent.launch(blue);

        var second = agent.launch(blue);

        assertThat(second.status()).isEqualTo(200);
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(host.dockerGate().count(DockerCall.CREATE)).isEqualTo(1);
    }

    @Test
    void a_container_of_the_same_name_that_runs_another_configuration_is_replaced() {
        var agent = host.startAgent();
        var old = host.revision("blue").env("VERSION", "old").publish();
        agent.launch(old);
        var changed = host.revision("blue").env("VERSION", "new").publish();

        agent.deploy(changed);

        await().untilAsserted(
                        () -> assertThat(host.containers()).singleElement().satisfies(container -> {
                            assertThat(container.name()).isEqualTo(old.revision());
                            assertThat(container.environment()).contains("VERSION=new");
                        }));
    }

    @Test
    void the_active_container_is_not_replaced_by_one_of_the_same_name() {
        var agent = host.startAgent();
        var old = host.revision("blue").env("VERSION", "old").publish();
        agent.deploy(old);
        var changed = host.revision("blue").env("VERSION", "new").publish();

        assertThat(agent.launch(changed).status()).isEqualTo(200);

        assertThat(agent.status().at("/Active/Hash").asText()).isEqualTo(old.hash());
        assertThat(agent.get("/revision").status()).isEqualTo(200);
        assertThat(host.containerNames()).hasSize(2).contains(old.revision()).anySatisfy(name -> assertThat(name)
                .startsWith(old.revision() + "-")
                .contains(changed.hash().substring(0, 8)));
        assertThat(agent.switchTo(changed).status()).isEqualTo(200);
        await().until(() -> host.containers().size() == 1);
    }

    @Test
    void two_launches_of_one_hash_share_one_run() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var create = host.dockerGate().hold(Gate.Moment.BEFORE, DockerCall.CREATE);
        var first = agent.launchLater(blue);
        create.awaitArrival();
        var second = agent.launchLater(blue);
        create.release();

        assertThat(first.join().status()).isEqualTo(200);
        assertThat(second.join()).hasToString(first.join().toString());
        assertThat(host.dockerGate().count(DockerCall.CREATE)).isEqualTo(1);
        assertThat(host.containers()).hasSize(1);
    }

    @Test
    void different_hashes_are_launched_side_by_side() {
        var agent = host.startAgent();
        var blue = host.revision("blue").pushed().publish();
        var green = host.revision("green").publish();
        var pull = host.dockerGate().hold(Gate.Moment.BEFORE, DockerCall.PULL);
        var first = agent.launchLater(blue);
        pull.awaitArrival();

        assertThat(agent.launch(green).status()).isEqualTo(200);

        pull.release();
        assertThat(first.join().status()).isEqualTo(200);
        assertThat(host.containerNames()).containsExactlyInAnyOrder(blue.revision(), green.revision());
    }

    @Test
    void containers_of_others_are_left_alone() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var foreign = "localhost:" + host.registryPort() + "/" + host.app() + "-other:1";
        host.engine().buildImage(foreign);
        host.engine().run(host.unique("foreign"), foreign);
        try {
            agent.deploy(blue).deploy(host.revision("green").publish());

            await().until(() -> host.containers().size() == 1);
            assertThat(host.engine().containers(host.app() + "-other"))
                    .singleElement()
                    .matches(Engine.Container::isRunning);
        } finally {
            host.engine().removeEverythingOf(host.app() + "-other");
        }
    }

    @Test
    void a_foreign_container_of_the_same_name_is_not_taken_down() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var foreign = "localhost:" + host.registryPort() + "/" + host.app() + "-other:1";
        host.engine().buildImage(foreign);
        host.engine().run(blue.revision(), foreign);
        try {
            agent.launch(blue);

            assertThat(host.engine().containers(host.app() + "-other"))
                    .singleElement()
                    .matches(Engine.Container::isRunning);
        } finally {
            host.engine().removeEverythingOf(host.app() + "-other");
        }
    }

    @Test
    void variables_of_the_environment_do_not_reach_logs_or_responses() {
        var cfg = host.file("static.cfg", "STATIC_PASSWORD=hunter-two-static\n");
        var agent = host.agent(Map.of("SOME_SECRET", "x"), "--cfg", cfg.toString())
                .start()
                .awaitUp();
        var good = host.revision("good")
                .env("DATABASE_PASSWORD", "hunter-two-dynamic")
                .publish();
        var bad = host.revision("bad")
                .env("DATABASE_PASSWORD", "hunter-two-dynamic")
                .env("EXIT_CODE", "3")
                .publish();
        var invalid = host.revision("invalid")
                .env("DATABASE_PASSWORD", "hunter-two-dynamic")
                .with(json -> json.withArray("/ContainerConfig/Env").add(17))
                .publish();
        agent.deploy(good);

        var responses = List.of(agent.launch(bad), agent.launch(invalid), agent.api("GET", "/status"));

        assertThat(responses).extracting(Response::status).containsExactly(409, 422, 200);
        assertThat(responses).allSatisfy(response -> assertThat(response.body()).doesNotContain("hunter-two"));
        assertThat(agent.log()).doesNotContain("hunter-two");
        assertThat(agent.metrics()).doesNotContain("hunter-two");
    }
}
