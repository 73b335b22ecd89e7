package io.wunderproxy.proxy.loop;

/** An element of a {@link DeadlineWheel}. It carries its place there, so that neither coming nor going needs a search. */
abstract class Listed<E extends Listed<E>> {
    static final int NOWHERE = -1;

    E next;
    E previous;
    /** Where it is; {@link #NOWHERE} if it is in no wheel. */
    int slot = NOWHERE;

    /** When it is to be looked at. */
    long at;
}
