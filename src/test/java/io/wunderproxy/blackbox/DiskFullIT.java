package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** No room in the state directory: a real, very small file system, filled to the last byte. */
class DiskFullIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    private Path state;

    @BeforeEach
    void the_state_directory_is_a_small_file_system() throws IOException {
        state = Files.createDirectory(host.directory().resolve("small"));
        Command.run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", state.toString());
        host.closeLater(() -> Command.run("umount", "--lazy", state.toString()));
    }

    @Test
    void what_serves_serves_on_and_deployments_fail_with_a_reason_until_there_is_room() throws IOException {
        var agent = host.startAgent("--state-dir", state.toString());
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue);

        fill();
        var response = agent.launch(green);

        assertThat(response.status()).isGreaterThanOrEqualTo(500);
        assertThat(response.body().lines()).hasSize(1);
        assertThat(response.body()).contains(state.toString());
        assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());
        await().untilAsserted(() -> assertThat(host.containerNames()).containsExactly(blue.revision()));

        Files.delete(state.resolve("filler"));
        agent.deploy(green);
        assertThat(agent.get("/revision").body()).isEqualTo(green.revision());
    }

    @Test
    void an_agent_that_is_started_again_without_room_serves_what_it_served() throws IOException {
        var agent = host.startAgent("--state-dir", state.toString());
        var blue = host.revision("blue").publish();
        host.store().putCurrent(blue.json());
        agent.deploy(blue);
        fill();
        agent.kill();

        agent.restart();

        await().ignoreExceptions().until(() -> agent.get("/revision").body().equals(blue.revision()));
    }

    private void fill() throws IOException {
        try (var filler = Files.newOutputStream(state.resolve("filler"))) {
            while (true) {
                filler.write(new byte[1024]);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
        assertThat(state.toFile().getUsableSpace()).isZero();
    }
}
