package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The store and the engine over other ways than the nearest: HTTPS, TCP, and TCP with TLS and certificates on both sides. */
class SecureConnectionsIT {

    @Nested
    class ToTheManager {
        @RegisterExtension
        final Host host = Host.withDirectoryStore();

        @Test
        void commands_believe_who_the_given_authority_vouches_for_and_nobody_else() {
            var certificates = Certificates.in(host.directory().resolve("tls"));
            var agent = host.agent(
                            Map.of(),
                            "--api-tls-cert",
                            certificates.serverCertificate().toString(),
                            "--api-tls-key",
                            certificates.serverKey().toString())
                    .start();
            var operator = new CommandLine(host, null).with("WUNDERPROXY_HOST", "https://127.0.0.1:" + agent.apiPort());
            await().atMost(LONG)
                    .until(() -> operator.run(
                                            "status --ca-file",
                                            certificates.authority().toString())
                                    .exitCode()
                            == 0);

            var stranger = operator.run("status");

            assertThat(stranger.exitCode()).isEqualTo(5);
            assertThat(stranger.err()).contains("cannot reach the manager", "certif");
        }
    }

    @Nested
    class ToTheStore {
        @RegisterExtension
        final Host host = Host.withS3Store();

        @Test
        void https_is_spoken_with_a_server_that_the_given_authority_vouches_for() {
            var blue = host.revision("blue").publish();
            host.store().putCurrent(blue.json());

            host.agent(Map.of(
                            "AWS_ENDPOINT_URL",
                            "https://127.0.0.1:" + host.s3().securePort(),
                            "AWS_CA_BUNDLE",
                            host.s3().certificates().authority().toString()))
                    .start()
                    .awaitUp()
                    .awaitServing(blue);
        }

        @Test
        void a_server_that_nobody_vouches_for_is_not_believed() {
            var blue = host.revision("blue").publish();
            var agent = host.agent(Map.of(
                            "AWS_ENDPOINT_URL", "https://127.0.0.1:" + host.s3().securePort()))
                    .start()
                    .awaitUp();

            var response = agent.launch(blue);

            assertThat(response.status()).isEqualTo(503);
            assertThat(response.body())
                    .contains("container." + blue.hash() + ".json")
                    .contains("certif");
            assertThat(response.body().lines()).hasSize(1);
        }

        @Test
        void an_authority_that_cannot_be_read_is_named() {
            var blue = host.revision("blue").publish();
            var agent = host.agent(Map.of("AWS_CA_BUNDLE", "/no/such/file.pem"))
                    .start()
                    .awaitUp();

            var response = agent.launch(blue);

            assertThat(response.status()).isEqualTo(503);
            assertThat(response.body()).contains("AWS_CA_BUNDLE").contains("/no/such/file.pem");
        }
    }

    @Nested
    class ToTheEngine {
        @RegisterExtension
        final Host host = Host.withDirectoryStore().withEngineOfItsOwn();

        @Test
        void tcp_carries_all_that_a_deployment_needs() {
            var port = Ports.free();
            var socket = Path.of(host.engine().host().substring("unix://".length()));
            host.closeLater(Gate.onPort(port, socket));

            deployTwice(host.startAgent("--docker-host", "tcp://127.0.0.1:" + port));
        }

        @Test
        void tls_is_spoken_with_the_certificates_of_dockers_own_variables() {
            var engine = host.privateEngine();

            deployTwice(host.agent(
                            Map.of(
                                    "DOCKER_TLS_VERIFY",
                                    "1",
                                    "DOCKER_CERT_PATH",
                                    engine.certificates().directory().toString()),
                            "--docker-host",
                            engine.secureHost())
                    .start()
                    .awaitUp());
        }

        private void deployTwice(Agent agent) {
            var blue = host.revision("blue").publish();
            var green = host.revision("green").publish();
            agent.deploy(blue);
            agent.awaitServing(blue);
            agent.deploy(green);
            agent.awaitServing(green);
        }
    }
}
