package io.wunderproxy.proxy.loop;

/**
 * Everything of one kind that an event loop has to look at some time, by the second in which that is due. A look touches nothing but
 * what is due, however much there is. An element may be looked at too early, never too late: whoever has a deadline that moves away lets the
 * element be where it is, and says at the next look when the one after that is due.
 *
 * <p>Times are those of {@link System#nanoTime}. On one event loop.
 */
final class DeadlineWheel<E extends Listed<E>> {
    /** The step for each element that is due. */
    interface Look<E> {
        /** Returns when to look again; now, if at the next look. */
        long at(E element, long now);
    }

    /** A slot is 2^30 ns long, about a second. */
    private static final int SLOT_BITS = 30;

    /** Elements that are due in more than two minutes share a slot with earlier ones, and are skipped until it is their turn. */
    private static final int SLOTS = 128;

    private final E[] slots = newSlots();
    private long looked;
    /** The one that the look under way comes to next. */
    private E upcoming;

    DeadlineWheel(long now) {
        looked = now;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <E extends Listed<E>> E[] newSlots() {
        return (E[]) new Listed[SLOTS];
    }

    /** Lets an element be looked at by the first look after this time, and not before; it may be there already. */
    void put(E element, long at) {
        remove(element);
        element.at = at;
        var slot = slot(at - looked < 0 ? looked : at);
        var first = slots[slot];
        element.slot = slot;
        element.next = first;
        if (first != null) {
            first.previous = element;
        }
        slots[slot] = element;
    }

    private static int slot(long at) {
        return (int) (at >> SLOT_BITS) & SLOTS - 1;
    }

    /** Lets an element be looked at by the next look. */
    void putFirst(E element) {
        put(element, looked);
    }

    /** Lets an element, if it is there, be looked at by the next look; the one under way, if any, is not meant. */
    void hasten(E element) {
        if (element.at - looked > 0 && element.slot != Listed.NOWHERE) {
            put(element, looked);
        }
    }

    /** Removes an element. Does nothing if it is not there. */
    void remove(E element) {
        if (element.slot == Listed.NOWHERE) {
            return;
        }
        if (element == upcoming) {
            upcoming = element.next;
        }
        if (element.previous == null) {
            slots[element.slot] = element.next;
        } else {
            element.previous.next = element.next;
        }
        if (element.next != null) {
            element.next.previous = element.previous;
        }
        element.next = null;
        element.previous = null;
        element.slot = Listed.NOWHERE;
    }

    /**
     * Looks at each element that is due, once, whatever comes or goes meanwhile. A mistake costs no element its look: it is thrown
     * when all have had theirs.
     */
    void look(long now, Look<? super E> look) {
        RuntimeException failed = null;
        var last = now >> SLOT_BITS;
        var slot = Math.max(looked >> SLOT_BITS, last - SLOTS + 1);
        looked = now;
        for (; slot <= last; slot++) {
            for (var element = slots[(int) slot & SLOTS - 1]; element != null; element = upcoming) {
                upcoming = element.next;
                if (element.at - now < 0) {
                    var again = now;
                    try {
                        again = look.at(element, now);
                    } catch (RuntimeException mistake) {
                        failed = mistake;
                    }
                    if (element.slot != Listed.NOWHERE) {
                        put(element, again);
                    }
                }
            }
        }
        if (failed != null) {
            throw failed;
        }
    }
}
