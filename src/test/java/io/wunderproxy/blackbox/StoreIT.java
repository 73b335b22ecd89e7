package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The object store over S3: what is read, and what happens when it is away, slow, wrong or closed. */
class StoreIT {
    private static final Predicate<String> DOWNLOAD = line -> line.startsWith("GET ") && line.contains("container.");

    @RegisterExtension
    final Host host = Host.withS3Store().behindStoreGate();

    @Test
    void boots_launches_and_switches_from_a_bucket() {
        var blue = host.revision("blue").publish();
        var green = host.revision("green").sha256().publish();
        var agent = host.serving(blue);

        agent.deploy(green);

        assertThat(agent.get("/revision").body()).isEqualTo(green.revision());
        assertThat(host.storeGate().seen())
                .anyMatch(line -> line.contains("/" + Host.PREFIX + "/current.json"))
                .anyMatch(line -> line.contains("/" + Host.PREFIX + "/container." + green.hash() + ".json"));
    }

    @Test
    void returns_404_for_a_configuration_that_is_not_there() {
        var agent = host.startAgent();

        var response = agent.launch("0123456789abcdef0123456789abcdef");

        assertThat(response.status()).isEqualTo(404);
        assertThat(response.body().lines()).hasSize(1);
    }

    @Test
    void that_is_down_is_named_with_bucket_key_and_cause() {
        var agent = serving("blue");
        var green = host.revision("green").publish();

        host.s3().stop();
        var response = agent.launch(green);

        assertRefused(agent, response, green);
        assertThat(response.body()).contains("wunderproxy-it").contains("container." + green.hash() + ".json");
    }

    @Test
    void that_was_down_is_used_again_when_it_is_back() {
        var agent = serving("blue");
        var green = host.revision("green").publish();
        host.s3().stop();
        assertThat(agent.launch(green).status()).isEqualTo(503);

        host.s3().start(S3Server.SECRET_KEY);

        agent.deploy(green);
        assertThat(agent.get("/revision").body()).isEqualTo(green.revision());
    }

    @Test
    void that_does_not_respond_is_given_up_in_bounded_time() {
        var agent = serving("blue");
        var green = host.revision("green").publish();
        host.storeGate().stall(Gate.Moment.AFTER, DOWNLOAD);
        var asked = Instant.now();

        var response = agent.launch(green);

        assertRefused(agent, response, green);
        assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(60));
    }

    @Test
    void that_breaks_off_in_the_middle_is_not_believed() {
        var agent = serving("blue");
        var green = host.revision("green").publish();
        host.storeGate().truncate(500, DOWNLOAD);

        assertRefused(agent, agent.launch(green), green);

        host.storeGate().open();
        assertThat(agent.launch(green).status()).isEqualTo(200);
    }

    @Test
    void that_breaks_off_once_is_asked_again() {
        var agent = serving("blue");
        var green = host.revision("green").publish();
        var once = host.storeGate().hold(Gate.Moment.AFTER, DOWNLOAD);
        var launch = agent.launchLater(green);
        once.awaitArrival().drop();

        assertThat(launch.join().status()).isEqualTo(200);
    }

    @Test
    void whose_content_does_not_match_its_hash_is_not_believed() {
        var agent = serving("blue");
        var green = host.revision("green").publish();
        host.store().put("container." + green.hash() + ".json", green.json() + "\n");

        var response = agent.launch(green);

        assertThat(response.status()).isEqualTo(422);
        assertThat(response.body().lines()).hasSize(1);
        assertThat(response.body()).contains("container." + green.hash() + ".json");
        assertThat(host.containerNames()).doesNotContain(green.revision());
    }

    @Test
    void that_refuses_access_is_named_as_such() {
        var agent = serving("blue");
        var green = host.revision("green").publish();
        host.s3().stop();
        host.s3().start("another-secret");

        var response = agent.launch(green);

        assertRefused(agent, response, green);
        assertThat(response.body()).contains("403");
        assertThat(agent.log() + response.body()).doesNotContain(S3Server.SECRET_KEY);
    }

    @Test
    void with_an_object_beyond_one_mebibyte_is_refused() {
        var agent = serving("blue");
        var huge = host.revision("huge")
                .with(json -> json.withObject("/ContainerConfig/Labels").put("padding", "x".repeat(1 << 20)))
                .publish();

        var response = agent.launch(huge);

        assertThat(response.status()).isIn(413, 422);
        assertThat(response.body().lines()).hasSize(1);
        assertThat(response.body()).hasSizeLessThan(1000);
    }

    @Test
    void that_is_down_at_boot_is_replaced_by_the_last_good_copy() {
        var agent = serving("blue");
        agent.kill();
        host.engine().remove(host.unique("blue"));
        host.s3().stop();

        agent.restart();

        await().atMost(LONG)
                .ignoreExceptions()
                .until(() -> agent.get("/revision").body().equals(host.unique("blue")));
    }

    @Test
    void that_is_down_at_the_first_boot_is_waited_for() {
        var blue = host.revision("blue").publish();
        host.store().putCurrent(blue.json());
        host.s3().stop();
        var agent = host.startAgent();

        var early = agent.get("/");
        assertThat(early.status()).isEqualTo(503);
        assertThat(early.header("Retry-After")).isPresent();
        assertThat(agent.ready().status()).isEqualTo(503);

        host.s3().start(S3Server.SECRET_KEY);
        agent.awaitServing(blue);
    }

    @Test
    void that_has_lost_its_current_configuration_does_not_stop_what_runs() {
        var agent = serving("blue");
        agent.kill();
        host.store().removeCurrent();

        agent.restart();

        await().atMost(LONG)
                .ignoreExceptions()
                .until(() -> agent.get("/revision").body().equals(host.unique("blue")));
    }

    private Agent serving(String name) {
        return host.serving(host.revision(name).publish());
    }

    private void assertRefused(Agent agent, Response response, Revision.Published refused) {
        assertThat(response.status()).as(response.body()).isEqualTo(503);
        assertThat(response.body().lines()).hasSize(1);
        assertThat(host.containerNames()).doesNotContain(refused.revision());
        assertThat(agent.get("/revision").body()).isEqualTo(host.unique("blue"));
    }
}
