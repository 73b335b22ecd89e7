package io.wunderproxy.proxy.loop;

/** An element of an {@link OpenList}. It carries its place there, so that neither coming nor going needs a search. */
abstract class Listed<E extends Listed<E>> {
    E next;
    E previous;
    boolean listed;
}
