package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The response that a client of the proxy gets when there is nobody to forward to. */
class NoBackendIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    @Test
    void returns_404_while_there_is_no_configuration_at_all() {
        var agent = host.startAgent();

        await().untilAsserted(() -> assertThat(agent.get("/").status()).isEqualTo(404));
    }

    @Test
    void returns_502_while_the_container_cannot_be_reached() {
        var agent = host.startAgent();
        // Healthy on one port, but nobody listens on the application's.
        agent.deploy(host.revision("blue")
                .with(json -> json.withObject("/ContainerConfig")
                        .putObject("ExposedPorts")
                        .putObject("3000/tcp"))
                .with(json -> json.withObject("/HealthCheck").put("Port", 9292))
                .publish());

        var response = agent.get("/revision");

        assertThat(response.status()).isEqualTo(502);
    }
}
