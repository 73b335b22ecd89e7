package io.wunderproxy.registry.serve;

import java.io.IOException;
import java.util.Optional;

/** The local image registry: {@code localhost:<port>}, where the images of the application come from. */
public interface Registry extends AutoCloseable {

    /** @throws IOException if it can't be started; the message says why and what to do */
    void start() throws IOException;

    /** The status of a registry that can be used. */
    String OK = "Ok";

    /**
     * The kind of registry and whether it can be used, for people.
     *
     * @param kind {@code embedded} or {@code external}
     * @param state {@link #OK}, or what is wrong
     * @param imageBucket where an embedded one finds images; empty if launch configurations name their buckets
     */
    record Description(String kind, int port, String state, Optional<String> imageBucket) {}

    Description describe();

    @Override
    void close();
}
