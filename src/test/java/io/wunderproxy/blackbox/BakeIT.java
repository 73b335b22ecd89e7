package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A revision that is compared with the one before it, on a real engine. */
class BakeIT {

    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    private void awaitEnd(Agent agent, Revision.Published revision, String state, Runnable meanwhile) {
        await(revision.revision() + " to be " + state).atMost(LONG).until(() -> {
            meanwhile.run();
            return agent.bake(revision).equals(state);
        });
    }

    private static void requests(Agent agent) {
        for (var i = 0; i < 20; i++) {
            agent.get("/revision");
        }
    }

    @Test
    void a_good_revision_stays_and_the_old_container_goes_after_the_bake() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue).launch(green);

        assertThat(agent.switchAndBake(green, "5s").status()).isEqualTo(200);
        assertThat(host.containerNames()).contains(blue.revision());
        awaitEnd(agent, green, "baked", () -> agent.get("/revision"));

        assertThat(agent.get("/revision").revision()).isEqualTo(green.revision());
        await().until(() -> host.containerNames().equals(java.util.List.of(green.revision())));
    }

    @Test
    void a_revision_of_which_one_request_in_twenty_fails_is_switched_back_after_its_agent_was_killed() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").argument("FAIL_EVERY", "20").publish();
        agent.deploy(blue);
        for (var i = 0; i < 20; i++) {
            requests(agent);
        }
        agent.launch(green);
        agent.switchAndBake(green, "60s");
        agent.kill();
        agent.restart().awaitServing(green);

        awaitEnd(agent, green, "switched-back", () -> requests(agent));

        assertThat(agent.get("/revision").revision()).isEqualTo(blue.revision());
        assertThat(agent.api("GET", "/deployments/" + green.hash())
                        .json()
                        .at("/Bake/Reason")
                        .asText())
                .contains("errors since the switch");
        await().until(() -> host.containerNames().equals(java.util.List.of(blue.revision())));
    }

    @Test
    void a_revision_that_hangs_is_switched_back() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").argument("PAGE_DELAY", "600").publish();
        agent.deploy(blue).launch(green);
        agent.switchAndBake(green, "60s");
        for (var i = 0; i < 4; i++) {
            Thread.ofVirtual().start(() -> agent.get("/revision"));
        }

        awaitEnd(agent, green, "switched-back", () -> {});
        assertThat(agent.get("/revision").revision()).isEqualTo(blue.revision());
    }
}
