package io.wunderproxy.manager;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Nobody keeps others out by taking all places. */
class PlacesTest {

    private final Places<String> places = new Places<>(3);

    private String take(String address, String who) {
        return places.take(address, who, holder -> !holder.startsWith("busy"));
    }

    @Test
    void the_oldest_of_the_address_with_the_most_leaves_for_a_newcomer() {
        assertThat(take("a", "a1")).isNull();
        assertThat(take("b", "b1")).isNull();
        assertThat(take("b", "b2")).isNull();

        assertThat(take("c", "c1")).isEqualTo("b1");
        assertThat(take("a", "a2")).isEqualTo("a1");
    }

    @Test
    void a_newcomer_of_the_same_address_takes_the_place_of_the_oldest() {
        take("a", "a1");
        take("a", "a2");
        take("a", "a3");

        assertThat(take("a", "a4")).isEqualTo("a1");
        assertThat(take("b", "b1")).isEqualTo("a2");
    }

    @Test
    void who_is_busy_stays_and_the_newcomer_leaves_if_all_are() {
        take("a", "busy1");
        take("a", "a2");
        take("b", "busy3");

        assertThat(take("c", "busy4")).isEqualTo("a2");
        assertThat(take("d", "d1")).isEqualTo("d1");
    }

    @Test
    void a_place_that_was_given_back_is_free() {
        take("a", "a1");
        take("a", "a2");
        take("a", "a3");
        places.leave("a", "a2");
        places.leave("a", "a2");

        assertThat(take("b", "b1")).isNull();
        assertThat(take("b", "b2")).isEqualTo("a1");
    }
}
