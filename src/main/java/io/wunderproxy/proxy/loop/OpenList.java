package io.wunderproxy.proxy.loop;

import java.util.function.Consumer;

/**
 * Everything of one kind that is open on an event loop, the newest first. Whatever a step of {@link #forEach} does to the list, the
 * others are still visited once: an element that leaves keeps its way on, which leads to older ones only.
 */
final class OpenList<E extends Listed<E>> {
    private E first;

    /** Adds an element, which must never have been in a list. */
    void add(E element) {
        element.listed = true;
        element.next = first;
        if (first != null) {
            first.previous = element;
        }
        first = element;
    }

    /** Removes an element. Does nothing if it is not in the list. */
    void remove(E element) {
        if (!element.listed) {
            return;
        }
        element.listed = false;
        if (element.previous == null) {
            first = element.next;
        } else {
            element.previous.next = element.next;
        }
        if (element.next != null) {
            element.next.previous = element.previous;
        }
        element.previous = null;
    }

    /** Visits each element that is there now, unless it leaves before its turn. */
    void forEach(Consumer<? super E> step) {
        for (var element = first; element != null; element = element.next) {
            if (element.listed) {
                step.accept(element);
            }
        }
    }

    boolean isEmpty() {
        return first == null;
    }
}
