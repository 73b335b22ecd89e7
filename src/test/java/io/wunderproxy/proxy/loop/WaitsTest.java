package io.wunderproxy.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.DefaultEventLoop;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WaitsTest {
    private final DefaultEventLoop loop = new DefaultEventLoop();
    private final Waits waits = new Waits(loop, 20, TimeUnit.MILLISECONDS);
    private final List<String> over = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private Waits.Wait named(String name) {
        return waits.then(() -> over.add(name));
    }

    private void onLoop(Runnable step) {
        loop.submit(step).syncUninterruptibly();
    }

    @Test
    void waits_end_in_the_order_in_which_they_began_last_but_those_that_were_given_up() {
        onLoop(() -> {
            var a = named("a");
            var b = named("b");
            a.begin();
            b.begin();
            named("c").begin();
            named("d").begin();
            a.begin();
            b.end();
            b.end();
        });
        await().until(() -> over.size() == 3);
        assertThat(over).containsExactly("c", "d", "a");
    }

    @Test
    void a_wait_can_begin_again_when_it_is_over() {
        var again = new Waits.Wait[1];
        onLoop(() -> {
            again[0] = waits.then(() -> {
                over.add("x");
                if (over.size() < 3) {
                    again[0].begin();
                }
            });
            again[0].begin();
        });
        await().until(() -> over.size() == 3);
    }

    @Test
    void a_mistake_costs_no_other_wait_its_end() {
        onLoop(() -> {
            waits.then(() -> {
                        throw new IllegalStateException("mistake");
                    })
                    .begin();
            named("next").begin();
        });
        await().until(() -> over.equals(List.of("next")));
    }
}
