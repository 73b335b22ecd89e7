package io.wunderproxy.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OpenListTest {
    private static final class Element extends Listed<Element> {
        final int number;

        Element(int number) {
            this.number = number;
        }
    }

    private final OpenList<Element> list = new OpenList<>();

    private List<Element> add(int elements) {
        var added = new ArrayList<Element>();
        for (var i = 0; i < elements; i++) {
            added.add(new Element(i));
            list.add(added.getLast());
        }
        return added;
    }

    private List<Integer> numbers() {
        var numbers = new ArrayList<Integer>();
        list.forEach(element -> numbers.add(element.number));
        return numbers;
    }

    @Test
    void elements_leave_in_any_order() {
        var added = add(4);
        assertThat(numbers()).containsExactly(3, 2, 1, 0);
        list.remove(added.get(1));
        list.remove(added.get(1));
        assertThat(numbers()).containsExactly(3, 2, 0);
        list.remove(added.get(3));
        list.remove(added.get(0));
        assertThat(numbers()).containsExactly(2);
        assertThat(list.isEmpty()).isFalse();
        list.remove(added.get(2));
        assertThat(numbers()).isEmpty();
        assertThat(list.isEmpty()).isTrue();
    }

    @Test
    void a_step_may_end_its_element_and_those_around_it() {
        var added = add(5);
        var visited = new ArrayList<Integer>();
        list.forEach(element -> {
            visited.add(element.number);
            if (element.number == 3) {
                list.remove(added.get(3));
                list.remove(added.get(2));
                list.remove(added.get(4));
                list.add(new Element(5));
            }
        });
        assertThat(visited).containsExactly(4, 3, 1, 0);
        assertThat(numbers()).containsExactly(5, 1, 0);
    }

    @Test
    void each_element_that_stays_is_visited_once_whatever_the_steps_do() {
        var random = new SplittableRandom(1);
        for (var round = 0; round < 1000; round++) {
            var all = new ArrayList<>(add(random.nextInt(20)));
            var expected = new HashSet<>(all);
            var visited = new ArrayList<Element>();
            list.forEach(element -> {
                visited.add(element);
                for (var change = random.nextInt(4); change > 0; change--) {
                    if (random.nextBoolean()) {
                        var gone = all.get(random.nextInt(all.size()));
                        list.remove(gone);
                        if (!visited.contains(gone)) {
                            expected.remove(gone);
                        }
                    } else {
                        all.addAll(add(1));
                    }
                }
            });
            assertThat(visited).containsExactlyInAnyOrderElementsOf(expected);
            all.forEach(list::remove);
            assertThat(list.isEmpty()).isTrue();
        }
    }
}
