package io.wunderproxy.container;

import java.util.Optional;

/**
 * A program or container that listens at an address.
 *
 * @param containerId the container that listens, if it is known to be one
 * @param description for people, as the subject of a sentence
 */
public record Listener(Optional<String> containerId, String description) {}
