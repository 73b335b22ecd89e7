package io.wunderproxy.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.proxy.rules.NoBackendReason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AppBackendsTest {
    private static final Backend BLUE = new Backend("blue", "10.0.0.1", 9292);
    private static final Backend GREEN = new Backend("green", "10.0.0.2", 9292);

    private final AppBackends active = new AppBackends();

    @Test
    void has_no_lease_to_give_before_the_first_switch() {
        assertThat(active.acquire()).isNull();
        assertThat(active.current()).isEmpty();
        assertThat(active.absence()).isEqualTo(NoBackendReason.STARTING);
    }

    @Test
    void switch_returns_the_backend_that_drains_from_now_on() {
        assertThat(active.switchTo(BLUE)).isEmpty();
        assertThat(active.switchTo(GREEN)).contains(BLUE);
        assertThat(active.current()).contains(GREEN);
        assertThat(active.acquire().backend()).isEqualTo(GREEN);
    }

    @Test
    void switch_to_the_active_backend_changes_nothing() {
        active.switchTo(BLUE);
        var lease = active.acquire();
        assertThat(active.switchTo(BLUE)).isEmpty();
        assertThat(active.leases(BLUE)).isOne();
        lease.release();
    }

    @Test
    void a_backend_without_leases_is_drained_at_once() {
        active.switchTo(BLUE);
        active.switchTo(GREEN);
        assertThat(active.drained(BLUE)).isCompletedWithValue(DrainResult.DRAINED);
    }

    @Test
    void a_backend_drains_until_its_last_lease_is_released() {
        active.switchTo(BLUE);
        var first = active.acquire();
        var second = active.acquire();
        active.switchTo(GREEN);
        var drained = active.drained(BLUE);
        first.release();
        first.release();
        assertThat(drained).isNotDone();
        assertThat(active.leases(BLUE)).isOne();
        second.release();
        assertThat(drained).isCompletedWithValue(DrainResult.DRAINED);
    }

    @Test
    void the_active_backend_is_never_drained() {
        active.switchTo(BLUE);
        active.acquire().release();
        assertThat(active.drained(BLUE)).isNotDone();
    }

    @Test
    void switching_back_cancels_the_drain() {
        active.switchTo(BLUE);
        var lease = active.acquire();
        active.switchTo(GREEN);
        var drained = active.drained(BLUE);
        assertThat(active.switchTo(BLUE)).contains(GREEN);
        assertThat(drained).isCompletedWithValue(DrainResult.REACTIVATED);
        lease.release();
        assertThat(active.drained(BLUE)).isNotDone();
        assertThat(active.acquire().backend()).isEqualTo(BLUE);
        assertThat(active.drained(GREEN)).isCompletedWithValue(DrainResult.DRAINED);
    }

    @Test
    void a_reactivated_backend_drains_again_after_the_next_switch() {
        active.switchTo(BLUE);
        var lease = active.acquire();
        active.switchTo(GREEN);
        active.switchTo(BLUE);
        active.switchTo(GREEN);
        var drained = active.drained(BLUE);
        assertThat(drained).isNotDone();
        lease.release();
        assertThat(drained).isCompletedWithValue(DrainResult.DRAINED);
    }

    @Test
    void another_address_is_another_backend() {
        var moved = new Backend(BLUE.id(), "10.0.0.9", 9292);
        active.switchTo(BLUE);
        var lease = active.acquire();
        assertThat(active.switchTo(moved)).contains(BLUE);
        assertThat(active.drained(BLUE)).isNotDone();
        lease.release();
        assertThat(active.drained(BLUE)).isCompletedWithValue(DrainResult.DRAINED);
        assertThat(active.drained(moved)).isNotDone();
    }

    @Test
    void abandon_ends_a_drain_with_leases_left() {
        active.switchTo(BLUE);
        var lease = active.acquire();
        active.switchTo(GREEN);
        var drained = active.drained(BLUE);
        active.abandon(BLUE);
        assertThat(drained).isCompletedWithValue(DrainResult.ABANDONED);
        lease.release();
        assertThat(active.leases(BLUE)).isZero();
    }

    @Test
    void abandon_leaves_the_active_backend_alone() {
        active.switchTo(BLUE);
        active.abandon(BLUE);
        assertThat(active.acquire().backend()).isEqualTo(BLUE);
    }

    @Test
    void an_abandoned_backend_can_be_switched_to_anew() {
        active.switchTo(BLUE);
        active.acquire();
        active.switchTo(GREEN);
        active.abandon(BLUE);
        active.switchTo(BLUE);
        assertThat(active.leases(BLUE)).isZero();
        assertThat(active.acquire().backend()).isEqualTo(BLUE);
    }

    @Test
    void clear_drains_the_active_backend_and_says_why() {
        active.switchTo(BLUE);
        assertThat(active.clear(NoBackendReason.NOT_CONFIGURED)).contains(BLUE);
        assertThat(active.acquire()).isNull();
        assertThat(active.absence()).isEqualTo(NoBackendReason.NOT_CONFIGURED);
        assertThat(active.drained(BLUE)).isCompletedWithValue(DrainResult.DRAINED);
    }

    @Test
    void listeners_hear_of_each_backend_that_gets_no_more_requests() {
        var closed = new ArrayList<Backend>();
        active.onClosed(closed::add);
        active.switchTo(BLUE);
        var lease = active.acquire();
        active.switchTo(GREEN);
        assertThat(closed).isEmpty();
        lease.release();
        assertThat(closed).containsExactly(BLUE);
    }

    @Test
    void shared_requests_go_to_each_backend_in_proportion_to_its_weight() {
        active.share(List.of(new Share(BLUE, 3), new Share(GREEN, 1)));

        for (var i = 0; i < 4000; i++) {
            active.acquire();
        }

        assertThat(active.current()).contains(BLUE);
        assertThat(active.leases(BLUE)).isBetween(2700L, 3300L);
        assertThat(active.leases(GREEN)).isEqualTo(4000 - active.leases(BLUE));
    }

    @Test
    void who_has_no_share_any_more_drains_and_who_keeps_one_does_not() {
        active.switchTo(BLUE);
        var blue = active.acquire();
        assertThat(active.share(List.of(new Share(BLUE, 9), new Share(GREEN, 1))))
                .isEmpty();
        assertThat(active.leases(BLUE)).isOne();

        assertThat(active.switchTo(GREEN)).contains(BLUE);
        var drained = active.drained(BLUE);
        assertThat(drained).isNotDone();
        assertThat(active.drained(GREEN)).isNotDone();
        blue.release();
        assertThat(drained).isCompletedWithValue(DrainResult.DRAINED);
    }

    @Test
    void a_share_needs_a_weight() {
        assertThatThrownBy(() -> new Share(BLUE, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Share(BLUE, 10_001)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> active.share(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void applications_do_not_touch_each_other() {
        var host = new ActiveBackend();
        host.of("shop").switchTo(BLUE);
        host.of("blog").switchTo(GREEN);
        host.of("blog").clear(NoBackendReason.NOT_CONFIGURED);

        assertThat(host.of("shop").current()).contains(BLUE);
        assertThat(host.of("blog").current()).isEmpty();
        assertThat(host.of("shop")).isSameAs(host.of("shop"));
    }

    /** The promise that matters most: what is drained is stopped, so nobody may hold a lease on it. */
    @Test
    void no_lease_is_ever_taken_on_a_drained_backend_whatever_the_interleaving() throws Exception {
        active.switchTo(new Backend("0", "10.0.0.1", 1));
        var stop = new CountDownLatch(1);
        try (var threads = Executors.newFixedThreadPool(3)) {
            var violations = new ArrayList<java.util.concurrent.Future<Long>>();
            for (var thread = 0; thread < 3; thread++) {
                violations.add(threads.submit(() -> {
                    var found = 0L;
                    while (stop.getCount() > 0) {
                        var lease = active.acquire();
                        var drained = active.drained(lease.backend());
                        if (drained.isDone() && drained.get() == DrainResult.DRAINED) {
                            found++;
                        }
                        lease.release();
                    }
                    return found;
                }));
            }
            for (var number = 1; number <= 20_000; number++) {
                // Every third one goes back to the one before, which may drain still or be drained already.
                var id = number % 3 == 0 ? number - 2 : number;
                var previous = active.switchTo(new Backend(Integer.toString(id), "10.0.0.1", 1));
                if (number % 50 == 0) {
                    active.drained(previous.orElseThrow()).get(10, TimeUnit.SECONDS);
                }
            }
            stop.countDown();
            for (var found : violations) {
                assertThat(found.get()).isZero();
            }
        }
    }
}
