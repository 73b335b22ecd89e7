package io.wunderproxy.deployment;

import io.wunderproxy.container.Container.Address;
import io.wunderproxy.names.ShortId;

/**
 * The running container of a deployment.
 *
 * @param address where this host reaches the application
 * @param port the port that the API shows: the published one if there is one, else the application's own
 */
public record Instance(String containerId, String containerName, Address address, int port) {

    public String abbreviatedId() {
        return ShortId.of(containerId);
    }
}
