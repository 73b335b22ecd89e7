package io.wunderproxy.proxy.rules;

import java.util.List;

/**
 * The addresses of proxies in front of this one whose {@code X-Forwarded-*} and {@code X-Request-*} headers are
 * believed: a list of IP addresses and networks such as {@code 10.0.0.0/8}. Immutable.
 */
public final class TrustedProxies {
    /** Nobody is believed. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    private final Networks networks;

    /** @throws IllegalArgumentException if one is neither an address nor a network */
    public TrustedProxies(List<String> addressesAndNetworks) {
        try {
            networks = new Networks(addressesAndNetworks);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "trusted proxy '" + e.getMessage() + "' is neither an IP address nor a network such as 10.0.0.0/8",
                    e);
        }
    }

    /** Whether the peer at this IP address is believed; false for null. */
    public boolean contains(String address) {
        return networks.contains(address);
    }
}
