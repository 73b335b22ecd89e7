package io.wunderproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.client.ManagerException;
import io.wunderproxy.rollout.RolloutException;
import io.wunderproxy.store.StoreException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The numbers that scripts rely on. */
class ExitTest {

    @ParameterizedTest
    @CsvSource({
        "OK, 0",
        "FAILED, 1",
        "MISUSE, 2",
        "NOT_FOUND, 3",
        "NOT_ALLOWED, 4",
        "UNAVAILABLE, 5",
        "CONFLICT, 6",
        "INVALID, 7",
        "NOT_HEALTHY, 8",
        "NOTHING_CHANGED, 10"
    })
    void the_numbers_never_change(Exit exit, int code) {
        assertThat(exit.code()).isEqualTo(code);
    }

    @Test
    void no_two_have_the_same_number() {
        assertThat(Arrays.stream(Exit.values()).map(Exit::code)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource({
        "NOT_FOUND, NOT_FOUND",
        "NOT_ALLOWED, NOT_ALLOWED",
        "CONFLICT, CONFLICT",
        "INVALID, INVALID",
        "NOT_HEALTHY, NOT_HEALTHY",
        "FAILED, FAILED"
    })
    void a_deployment_that_fails_has_the_number_of_its_kind(RolloutException.Kind kind, Exit exit) {
        assertThat(Exit.of(new RolloutException(kind, "failed"))).isEqualTo(exit);
    }

    @ParameterizedTest
    @EnumSource(ManagerException.Kind.class)
    void a_call_that_fails_has_the_number_of_its_kind(ManagerException.Kind kind) {
        assertThat(Exit.of(new ManagerException(kind, "failed")).name()).isEqualTo(kind.name());
    }

    @Test
    void a_store_may_be_away_or_deny() {
        assertThat(Exit.of(new StoreException("away"))).isEqualTo(Exit.UNAVAILABLE);
        assertThat(Exit.of(new StoreException.Denied("denied", null))).isEqualTo(Exit.NOT_ALLOWED);
    }
}
