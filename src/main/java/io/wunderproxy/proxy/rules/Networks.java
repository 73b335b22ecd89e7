package io.wunderproxy.proxy.rules;

import java.util.ArrayList;
import java.util.List;

/** A list of IP addresses and networks such as {@code 10.0.0.0/8}. Immutable. */
public final class Networks {
    private record Network(byte[] address, int prefix) {
        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            for (var bit = 0; bit < prefix; bit += 8) {
                var mask = prefix - bit >= 8 ? 0xff : 0xff << (8 - (prefix - bit));
                if (((address[bit / 8] ^ other[bit / 8]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    private final List<Network> networks = new ArrayList<>();

    /** @throws IllegalArgumentException if one is neither an address nor a network; its message is that text */
    public Networks(List<String> addressesAndNetworks) {
        for (var text : addressesAndNetworks) {
            networks.add(parse(text));
        }
    }

    private static Network parse(String text) {
        var slash = text.indexOf('/');
        var address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (address != null) {
            var bits = address.length * 8;
            if (slash < 0) {
                return new Network(address, bits);
            }
            var digits = text.substring(slash + 1);
            if (digits.matches("[0-9]{1,3}") && Integer.parseInt(digits) <= bits) {
                return new Network(address, Integer.parseInt(digits));
            }
        }
        throw new IllegalArgumentException(text);
    }

    /** Whether this IP address is one of them or in one of them; false for null. */
    public boolean contains(String address) {
        if (networks.isEmpty() || address == null) {
            return false;
        }
        var zone = address.indexOf('%');
        var bytes = IpAddress.parse(zone < 0 ? address : address.substring(0, zone));
        return bytes != null && networks.stream().anyMatch(network -> network.contains(bytes));
    }
}
