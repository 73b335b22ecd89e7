package io.wunderproxy.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.stats.TrafficStats;
import org.junit.jupiter.api.Test;

class ExchangeAccountTest {
    private final TrafficStats stats = new TrafficStats();
    private final ExchangeAccount account = new ExchangeAccount(stats.forLoop(), null, "192.0.2.1", "GET", "/", 11, 0);

    @Test
    void an_exchange_is_counted_once_however_often_it_ends() {
        assertThat(stats.snapshot().inFlight()).isEqualTo(1);
        account.close(200, 3, 4, null, 5);
        account.close(499, 3, 4, null, 6);
        assertThat(account.isClosed()).isTrue();
        var snapshot = stats.snapshot();
        assertThat(snapshot.inFlight()).isZero();
        assertThat(snapshot.byStatus()).containsOnlyKeys(200);
        assertThat(snapshot.sinceStart().requests()).isEqualTo(1);
        assertThat(snapshot.sinceStart().bytesOut()).isEqualTo(4);
    }

    @Test
    void a_refusal_is_counted_by_its_reason_and_a_redirect_is_none() {
        account.refused(null);
        assertThat(account.refusal()).isNull();
        account.refused(Refusal.NO_SPACE);
        assertThat(account.refusal()).isEqualTo(Refusal.NO_SPACE);
        assertThat(stats.snapshot().refusals()).containsEntry(Refusal.NO_SPACE, 1L);
    }
}
