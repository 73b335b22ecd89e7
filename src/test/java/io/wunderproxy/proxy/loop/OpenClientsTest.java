package io.wunderproxy.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.wunderproxy.proxy.admission.MemoryAccount;
import io.wunderproxy.proxy.stats.ConnectionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenClientsTest {
    private static final int IDLE_SECONDS = 75;
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final OpenClients clients = new OpenClients(0);
    private long now;
    private int looks;

    /** Does nothing but to be cut when it has been idle for too long. */
    private final class IdleClient implements OpenConnection {
        private final Channel channel = new EmbeddedChannel();
        private long since;

        @Override
        public long look(long time) {
            looks++;
            if (time - since > IDLE_SECONDS * SECOND) {
                cut();
            }
            return since + IDLE_SECONDS * SECOND;
        }

        @Override
        public void cut() {
            clients.remove(this);
        }

        @Override
        public Channel channel() {
            return channel;
        }

        @Override
        public ConnectionState state() {
            return ConnectionState.IDLE;
        }

        @Override
        public MemoryAccount memory() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void closeAfterNext() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void cutAtOnce() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void shed() {
            throw new UnsupportedOperationException();
        }
    }

    private int looksIn(int seconds) {
        looks = 0;
        for (var second = 0; second < seconds; second++) {
            now += SECOND;
            clients.look(now);
        }
        return looks;
    }

    @Test
    void a_look_each_second_touches_no_idle_client_until_its_time_is_up() {
        for (var i = 0; i < 10_000; i++) {
            clients.add(new IdleClient());
        }
        assertThat(looksIn(1)).isEqualTo(10_000);
        assertThat(looksIn(IDLE_SECONDS - 1)).isZero();
        assertThat(clients.all()).hasSize(10_000);
        assertThat(looksIn(1)).isEqualTo(10_000);
        assertThat(clients.isEmpty()).isTrue();
    }

    @Test
    void a_client_that_came_back_is_cut_a_whole_time_later() {
        var client = new IdleClient();
        clients.add(client);
        looksIn(50);
        client.since = now;
        assertThat(looksIn(IDLE_SECONDS)).isEqualTo(1);
        assertThat(clients.all()).containsExactly(client);
        looksIn(1);
        assertThat(clients.isEmpty()).isTrue();
    }

    @Test
    void a_client_on_which_something_happens_is_looked_at_in_the_next_second() {
        List<ClientWatch> watches = new ArrayList<>();
        for (var i = 0; i < 100; i++) {
            watches.add(clients.add(new IdleClient()));
        }
        looksIn(5);
        watches.get(42).soon();
        watches.get(42).soon();
        assertThat(looksIn(1)).isEqualTo(1);
        assertThat(looksIn(1)).isZero();
    }
}
