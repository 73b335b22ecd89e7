package io.wunderproxy.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeadlineWheelTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long START = -7 * SECOND;
    private static final long NEVER = Duration.ofDays(365).toNanos();

    private static final class Element extends Listed<Element> {
        final int number;

        Element(int number) {
            this.number = number;
        }
    }

    private final DeadlineWheel<Element> wheel = new DeadlineWheel<>(START);
    private long now = START;

    private List<Element> add(int elements, long at) {
        return IntStream.range(0, elements)
                .mapToObj(number -> {
                    var added = new Element(number);
                    wheel.put(added, at);
                    return added;
                })
                .toList();
    }

    private List<Integer> lookAfter(long nanos, long again) {
        now += nanos;
        var numbers = new ArrayList<Integer>();
        wheel.look(now, (element, when) -> {
            numbers.add(element.number);
            return when + again;
        });
        return numbers;
    }

    @Test
    void elements_leave_in_any_order() {
        var added = add(4, START);
        assertThat(lookAfter(1, 0)).containsExactlyInAnyOrder(0, 1, 2, 3);
        wheel.remove(added.get(1));
        wheel.remove(added.get(1));
        assertThat(lookAfter(1, 0)).containsExactlyInAnyOrder(0, 2, 3);
        wheel.remove(added.get(3));
        wheel.remove(added.get(0));
        assertThat(lookAfter(1, 0)).containsExactly(2);
        wheel.remove(added.get(2));
        assertThat(lookAfter(1, 0)).isEmpty();
    }

    @Test
    void a_step_may_end_its_element_and_those_around_it() {
        var added = add(5, START);
        var visited = new ArrayList<Integer>();
        wheel.look(++now, (element, when) -> {
            visited.add(element.number);
            if (element.number == 3) {
                wheel.remove(added.get(3));
                wheel.remove(added.get(2));
                wheel.remove(added.get(4));
                wheel.putFirst(new Element(5));
            }
            return when;
        });
        assertThat(visited).containsExactly(4, 3, 1, 0);
        assertThat(lookAfter(1, 0)).containsExactlyInAnyOrder(0, 1, 5);
    }

    @Test
    void an_element_that_is_far_away_can_be_hastened() {
        var added = add(1, START + NEVER).getFirst();
        assertThat(lookAfter(SECOND, 0)).isEmpty();
        wheel.hasten(added);
        assertThat(lookAfter(1, NEVER)).containsExactly(0);
        assertThat(lookAfter(SECOND, 0)).isEmpty();
        wheel.remove(added);
        wheel.hasten(added);
        assertThat(lookAfter(NEVER, 0)).isEmpty();
    }

    @Test
    void all_that_is_due_is_looked_at_after_any_standstill() {
        for (var pause : List.of(1L, SECOND, 60 * SECOND, 200 * SECOND, NEVER)) {
            add(100, now + pause);
            assertThat(lookAfter(pause, 0)).isEmpty();
            assertThat(lookAfter(1, 2 * NEVER)).hasSize(100);
        }
    }

    @Test
    void a_mistake_costs_no_other_element_its_look_nor_itself_the_next() {
        add(3, START);
        var visited = new ArrayList<Integer>();
        assertThatThrownBy(() -> wheel.look(++now, (element, when) -> {
                    visited.add(element.number);
                    if (element.number == 1) {
                        throw new IllegalStateException("mistake");
                    }
                    return when;
                }))
                .hasMessage("mistake");
        assertThat(visited).containsExactlyInAnyOrder(0, 1, 2);
        assertThat(lookAfter(1, 0)).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void each_element_is_looked_at_once_when_it_is_due_and_never_before_whatever_the_steps_do() {
        var random = new SplittableRandom(1);
        var due = new HashMap<Element, Long>();
        for (var round = 0; round < 3000; round++) {
            now += 1 + random.nextLong(random.nextInt(50) == 0 ? 300 * SECOND : 2 * SECOND);
            var expected = new HashSet<Element>();
            due.forEach((element, at) -> {
                if (at < now) {
                    expected.add(element);
                }
            });
            var visited = new HashSet<Element>();
            wheel.look(now, (element, when) -> {
                assertThat(visited.add(element)).isTrue();
                assertThat(expected.remove(element)).isTrue();
                for (var change = random.nextInt(3); change > 0; change--) {
                    var other = new ArrayList<>(due.keySet()).get(random.nextInt(due.size()));
                    switch (random.nextInt(3)) {
                        case 0 -> {
                            wheel.remove(other);
                            due.remove(other);
                            expected.remove(other);
                            if (due.isEmpty()) {
                                return when;
                            }
                        }
                        case 1 -> {
                            // One that waits for its turn in this look keeps it.
                            wheel.hasten(other);
                            due.merge(other, now, Math::min);
                        }
                        default -> {
                            var added = new Element(0);
                            due.put(added, now);
                            wheel.putFirst(added);
                        }
                    }
                }
                var again = when + random.nextLong(200 * SECOND);
                due.computeIfPresent(element, (same, before) -> again);
                return again;
            });
            assertThat(expected).isEmpty();
            while (due.size() < 20) {
                var added = new Element(0);
                var at = now + random.nextLong(100 * SECOND);
                wheel.put(added, at);
                due.put(added, at);
            }
        }
    }
}
