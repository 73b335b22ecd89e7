package io.wunderproxy.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.testkit.Patience;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChangesTest {

    @TempDir
    Path directory;

    private TestApplication shop;

    @BeforeEach
    void start() throws Exception {
        shop = TestApplication.in(directory);
    }

    @AfterEach
    void stop() throws Exception {
        shop.close();
    }

    @Test
    void the_state_is_passed_on_when_the_last_change_has_ended() throws Exception {
        var launched = shop.engine.holds("start");
        var launch = TestApplication.meanwhile(() -> shop.launched("blue"));
        shop.engine.isHeld("start").join();
        assertThatThrownBy(() -> shop.state.passOn(Duration.ZERO, () -> true))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("try again when it has ended");
        var passed = TestApplication.meanwhile(() -> {
            shop.state.passOn(Patience.LONG, () -> true);
            return true;
        });

        assertThatThrownBy(() -> shop.state.passOn(Patience.LONG, () -> false))
                .hasMessageContaining("the successor has ended while it waited");

        launched.complete(null);

        assertThat(launch).succeedsWithin(Patience.SOON);
        assertThat(passed).succeedsWithin(Patience.SOON);
    }

    @Test
    void nothing_changes_while_another_process_has_the_state() throws Exception {
        var blue = shop.serving("blue");
        var green = shop.config("green");
        shop.state.passOn(Patience.SOON, () -> true);

        assertThatThrownBy(() -> shop.deployments().launch(green.hash())).hasMessageContaining("being replaced");
        assertThatThrownBy(() -> shop.deployments().switchTo(blue.hash(), () -> {}))
                .hasMessageContaining("being replaced");
        assertThatThrownBy(() -> shop.deployments().discard(blue.hash())).hasMessageContaining("being replaced");
        assertThatThrownBy(() -> shop.state.write("journal.json", "{}".getBytes(StandardCharsets.US_ASCII)))
                .hasMessageContaining("another agent has it now");
        assertThat(shop.deployments().active()).isPresent();
    }

    @Test
    void what_was_passed_on_comes_back_when_the_other_process_is_gone() throws Exception {
        shop.serving("blue");
        shop.state.passOn(Patience.SOON, () -> true);
        // Locks are held by processes: a second one in this process is refused whoever has it.
        shop.state.takeBack();

        shop.serving("green");

        assertThat(shop.restart().recover().deployments().active().orElseThrow().revision())
                .isEqualTo("green");
    }

    @Test
    void a_successor_serves_what_served_without_asking_docker() throws Exception {
        var blue = shop.serving("blue");
        shop.restart();
        shop.engine.isDown();
        shop.parts.recovery().continueFrom(blue.hash().value(), new CompletableFuture<>());

        assertThat(shop.deployments().active().map(Deployment::hash)).contains(blue.hash());
        assertThat(shop.backends.current()).isPresent();
        shop.engine.works();
    }

    @Test
    void a_successor_removes_nothing_while_the_other_process_has_requests_open() throws Exception {
        var blue = shop.serving("blue");
        shop.restart();
        var ended = new CompletableFuture<Void>();
        shop.parts.recovery().continueFrom(blue.hash().value(), ended);
        shop.recover();
        shop.serving("green");
        shop.awaitState(blue, "draining");
        assertThat(shop.engine.named("blue").running()).isTrue();

        ended.complete(null);

        shop.awaitState(blue, "gone");
    }
}
