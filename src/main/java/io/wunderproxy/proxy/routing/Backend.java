package io.wunderproxy.proxy.routing;

import io.wunderproxy.proxy.rules.ProxySettings;
import java.util.Objects;

/**
 * Where requests go: one running container and the address at which its application listens.
 *
 * <p>Two backends are the same if all components are equal; a container that comes back with another address is another
 * backend.
 *
 * @param id the container's id
 * @param host an IP address (preferred: nothing is ever looked up) or a host name
 * @param port the application's TCP port, 1 to 65535
 * @param protocol what the application speaks
 * @param settings what its revision says of the proxying of its requests
 */
public record Backend(String id, String host, int port, Protocol protocol, ProxySettings settings) {
    /** The protocol that an application speaks. */
    public enum Protocol {
        /** HTTP/1.1, on connections that are kept. */
        HTTP_1_1,
        /** HTTP/2 with prior knowledge, without TLS, such as gRPC: all requests of an event loop on one connection. */
        HTTP_2
    }

    /** A backend that speaks HTTP/1.1, and has no settings of its own. */
    public Backend(String id, String host, int port) {
        this(id, host, port, Protocol.HTTP_1_1);
    }

    /** A backend without settings of its own. */
    public Backend(String id, String host, int port, Protocol protocol) {
        this(id, host, port, protocol, ProxySettings.NONE);
    }

    public Backend {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(settings, "settings");
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("backend port " + port + " is not between 1 and 65535");
        }
    }

    /** Written out like {@link #hashCode}: a native image interprets those of a record, and each request looks up its pool. */
    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof Backend backend
                        && port == backend.port
                        && protocol == backend.protocol
                        && id.equals(backend.id)
                        && host.equals(backend.host)
                        && settings.equals(backend.settings);
    }

    @Override
    public int hashCode() {
        return 31 * id.hashCode() + port;
    }

    @Override
    public String toString() {
        return id + " at " + host + ":" + port;
    }
}
