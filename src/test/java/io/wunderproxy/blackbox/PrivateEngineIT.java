package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The second engine, which tests may stop: its containers respond all the time, and it knows nothing of the first one's. */
class PrivateEngineIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore().withEngineOfItsOwn();

    @Test
    void its_containers_respond_while_it_is_stopped() {
        host.engine().buildImage(host.image("app"));
        host.engine().run(host.unique("app"), host.image("app"));
        var container = host.containers().getFirst();
        await("the application").until(() -> responds(container));
        assertThat(Engine.ofThisMachine().containers(host.app())).isEmpty();

        host.privateEngine().stop();
        assertThat(responds(container)).isTrue();

        host.privateEngine().start();
        assertThat(responds(container)).isTrue();
        assertThat(host.containers()).singleElement().satisfies(after -> {
            assertThat(after.id()).isEqualTo(container.id());
            assertThat(after.startedAt()).isEqualTo(container.startedAt());
        });
    }

    private static boolean responds(Engine.Container container) {
        return Command.of("curl", "-sf", "http://" + container.address() + ":9292/up")
                        .exitCode()
                == 0;
    }
}
