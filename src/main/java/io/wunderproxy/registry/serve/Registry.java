package io.wunderproxy.registry.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** The local image registry: {@code localhost:<port>}, where the images of the application come from. */
public interface Registry extends AutoCloseable {

    /** @throws IOException if it can't be started; the message says why and what to do */
    void start() throws IOException;

    /** What it is and whether it can be used, for people: {@code Kind}, {@code Port}, {@code State} ({@code Ok}, or what is wrong). */
    ObjectNode describe();

    @Override
    void close();
}
