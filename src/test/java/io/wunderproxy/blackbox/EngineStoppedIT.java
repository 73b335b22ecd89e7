package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The Docker Engine is stopped and started again while its containers serve. */
class EngineStoppedIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore().withEngineOfItsOwn();

    @Test
    void requests_are_served_on_and_deployments_are_possible_again_afterwards() {
        var agent = host.startAgent("--health-interval", "1s");
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue);

        try (var load = Load.start(agent.proxyPort(), 8, 0)) {
            host.privateEngine().stop();

            await().untilAsserted(() ->
                    assertThat(agent.status().path("DockerState").asText()).isNotEqualTo("Ok"));
            var refused = agent.launch(green);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body().lines()).hasSize(1);
            assertThat(refused.body()).containsIgnoringCase("docker");
            assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());

            host.privateEngine().start();
            await().untilAsserted(() ->
                    assertThat(agent.status().path("DockerState").asText()).isEqualTo("Ok"));
            agent.deploy(green);

            assertThat(load.end()).isNotEmpty().allSatisfy(exchange -> assertThat(exchange.failure())
                    .isEmpty());
        }
        assertThat(agent.get("/revision").body()).isEqualTo(green.revision());
        await().untilAsserted(() -> assertThat(host.containerNames()).containsExactly(green.revision()));
    }
}
