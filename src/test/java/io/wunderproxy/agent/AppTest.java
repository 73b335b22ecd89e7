package io.wunderproxy.agent;

import static io.wunderproxy.deployment.TestApplication.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.FakeEngine;
import io.wunderproxy.deployment.Deployment;
import io.wunderproxy.deployment.Host;
import io.wunderproxy.deployment.TestSettings;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.health.FakeProbe;
import io.wunderproxy.health.HealthProber;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.ImageBuckets;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.proxy.routing.ActiveBackend;
import io.wunderproxy.time.ManualTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two applications in one process, on one engine. */
class AppTest {

    @TempDir
    Path directory;

    private final ActiveBackend activeBackend = new ActiveBackend();
    private final ManualTime time = ManualTime.standing();
    private final FakeEngine engine = new FakeEngine(time.clock());
    private final Host host = new Host(
            engine,
            new HealthProber(new FakeProbe(), time),
            new EventLog(time.clock()),
            ImageBuckets.notServed(),
            time.clock(),
            time,
            "boot");

    private App shop;
    private App blog;

    @BeforeEach
    void start() throws Exception {
        shop = started("shop");
        blog = started("blog");
    }

    @AfterEach
    void stop() throws Exception {
        shop.close();
        blog.close();
    }

    private App started(String name) throws IOException {
        var app = open(name);
        app.recovery().start(() -> {});
        awaitThat(name + " has recovered", () -> app.recovery().obstacle().isEmpty());
        return app;
    }

    private App open(String name) throws IOException {
        return App.open(TestSettings.of(name, directory.resolve(name)), store(name), activeBackend, host);
    }

    private LaunchConfigStore store(String name) throws IOException {
        var path = Files.createDirectories(directory.resolve("store").resolve(name));
        return LaunchConfigStore.open(LaunchConfigStore.DIRECTORY_SCHEME + path, "");
    }

    private Deployment launched(App app, String revision) throws Exception {
        var document = """
                {"ContainerConfig":{"Image":"localhost:8080/%s:%s"},"Revision":"%s","HealthCheckPath":"up",
                 "HealthCheck":{"Successes":1}}""".formatted(app.name(), revision, revision).getBytes(StandardCharsets.UTF_8);
        var config = LaunchConfig.parse(ConfigHash.sha256(document), document);
        store(app.name()).put(config);
        return app.deployments().launch(config.hash());
    }

    private Deployment serving(App app, String revision) throws Exception {
        return app.deployments().switchTo(launched(app, revision).hash(), () -> {});
    }

    @Test
    void a_launch_in_one_is_no_launch_in_the_other() throws Exception {
        var blue = launched(shop, "shop-blue");

        assertThat(shop.deployments().all()).containsExactly(blue);
        assertThat(blog.deployments().all()).isEmpty();
        assertThatThrownBy(() -> blog.deployments().switchTo(blue.hash(), () -> {}))
                .hasMessageContaining("POST its hash to /launch first");
    }

    @Test
    void a_switch_in_one_leaves_the_route_and_the_numbers_of_the_other() throws Exception {
        var blue = serving(shop, "shop-blue");
        var red = serving(blog, "blog-red");
        var lease = shop.backends().acquire();

        serving(blog, "blog-green");

        assertThat(lease.backend().id()).isEqualTo(container(blue));
        assertThat(shop.deployments().active()).contains(blue);
        assertThat(shop.backends().current().orElseThrow().id()).isEqualTo(container(blue));
        assertThat(shop.deployments().leases(blue)).isOne();
        awaitEnd(blog, red);
        assertThat(engine.all()).extracting(Container::name).containsExactlyInAnyOrder("shop-blue", "blog-green");
    }

    @Test
    void a_retirement_in_one_removes_nothing_of_the_other() throws Exception {
        serving(shop, "shop-blue");
        launched(shop, "shop-next");
        var red = serving(blog, "blog-red");
        serving(blog, "blog-green");
        awaitEnd(blog, red);

        assertThat(engine.all())
                .extracting(Container::name)
                .containsExactlyInAnyOrder("shop-blue", "shop-next", "blog-green");
        assertThat(engine.images())
                .containsExactlyInAnyOrder(
                        "localhost:8080/shop:shop-blue",
                        "localhost:8080/shop:shop-next",
                        "localhost:8080/blog:blog-green");
    }

    @Test
    void each_has_its_own_gate_which_outlives_the_process() throws Exception {
        blog.gate().maintenance("back soon");
        blog.close();
        blog = open("blog");

        assertThat(blog.gate().isOpen()).isFalse();
        assertThat(shop.gate().isOpen()).isTrue();
    }

    @Test
    void each_has_its_own_fence() throws Exception {
        shop.fence().pass(7);
        blog.fence().pass(3);

        assertThatThrownBy(() -> shop.fence().pass(3)).hasMessageContaining("deployment 3 was superseded by 7");
    }

    @Test
    void one_that_is_started_again_finds_what_it_served_and_the_other_serves_on() throws Exception {
        var blue = serving(shop, "shop-blue");
        var red = serving(blog, "blog-red");
        blog.close();
        blog = started("blog");

        assertThat(blog.deployments().active().map(Deployment::hash)).contains(red.hash());
        assertThat(shop.deployments().active()).contains(blue);
    }

    @Test
    void one_that_is_started_again_after_its_container_has_ended_starts_that_too() throws Exception {
        var red = serving(blog, "blog-red");
        blog.close();
        engine.ends(container(red), 137);
        blog = started("blog");

        awaitThat("it runs again", () -> engine.named("blog-red").running());
        assertThat(blog.backends().current()).isPresent();
    }

    @Test
    void two_can_not_have_the_same_state_directory() {
        assertThatThrownBy(() -> open("shop")).hasMessageContaining("is used by another agent");
    }

    private static void awaitEnd(App app, Deployment deployment) {
        awaitThat(
                deployment + " has ended",
                () -> app.deployments().find(deployment.hash()).state().ended());
    }

    private static String container(Deployment deployment) {
        return deployment.state().running().orElseThrow().containerId();
    }
}
