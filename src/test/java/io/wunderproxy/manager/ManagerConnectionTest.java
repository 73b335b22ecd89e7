package io.wunderproxy.manager;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Who lets the manager wait is cut off; who waits for it is not. */
class ManagerConnectionTest {

    private final AtomicLong now = new AtomicLong();
    private final Places<ManagerConnection> places = new Places<>(2);

    /** A channel is active as soon as it is made. */
    private EmbeddedChannel connect() {
        var channel = new EmbeddedChannel(false, false);
        channel.pipeline().addFirst(new ManagerConnection(channel, places, now::get));
        try {
            channel.register();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return channel;
    }

    private static ManagerConnection of(EmbeddedChannel channel) {
        return channel.pipeline().get(ManagerConnection.class);
    }

    private static void receive(EmbeddedChannel channel) {
        channel.writeInbound(Unpooled.copiedBuffer(new byte[1]));
    }

    private void pass(EmbeddedChannel channel, Duration time) {
        now.addAndGet(time.toNanos());
        channel.advanceTimeBy(2, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }

    private static Duration justBefore(Duration limit) {
        return limit.minusMillis(1);
    }

    @Test
    void a_head_that_comes_byte_by_byte_has_its_time() {
        var channel = connect();
        pass(channel, justBefore(ManagerConnection.HEAD));
        receive(channel);
        assertThat(channel.isOpen()).isTrue();

        receive(channel);
        pass(channel, Duration.ofMillis(2));

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void a_body_that_does_not_end_has_its_time() {
        var channel = connect();
        of(channel).began(true, () -> false);
        pass(channel, justBefore(ManagerConnection.BODY));
        assertThat(channel.isOpen()).isTrue();

        pass(channel, Duration.ofMillis(2));

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void a_call_may_take_long_to_respond() {
        var channel = connect();
        of(channel).began(true, () -> true);

        pass(channel, Duration.ofHours(1));

        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void a_connection_without_a_request_is_closed_in_the_end() {
        var channel = connect();
        of(channel).began(false, () -> true).run();
        pass(channel, justBefore(ManagerConnection.IDLE));
        assertThat(channel.isOpen()).isTrue();

        pass(channel, Duration.ofMillis(2));

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void the_next_head_has_its_time_from_its_first_byte() {
        var channel = connect();
        of(channel).began(false, () -> true).run();
        pass(channel, justBefore(ManagerConnection.IDLE));
        receive(channel);
        pass(channel, justBefore(ManagerConnection.HEAD));
        assertThat(channel.isOpen()).isTrue();

        pass(channel, Duration.ofMillis(2));

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void a_connection_under_way_with_a_change_is_not_cut_off_for_others() {
        var changing = connect();
        of(changing).began(true, () -> true);
        var silent = connect();

        var third = connect();

        assertThat(changing.isOpen()).isTrue();
        assertThat(silent.isOpen()).isFalse();
        assertThat(third.isOpen()).isTrue();
    }
}
