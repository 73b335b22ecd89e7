package io.wunderproxy.container;

import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ContainerPort;
import io.wunderproxy.container.Container.Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The addresses at which this host reaches containers.
 *
 * @param engine where their engine listens
 * @param isOfThisHost whether an address is in a network that this host has an address in
 */
record ContainerAddresses(URI engine, Predicate<String> isOfThisHost) {

    static ContainerAddresses of(URI engine) {
        return new ContainerAddresses(engine, ContainerAddresses::isOnNetworkOfThisHost);
    }

    /** Whether the engine is that of this machine. */
    boolean engineIsHere() {
        return "unix".equals(engine.getScheme());
    }

    /** The address at which this host reaches a port of the container: its own one if possible, else the published port. */
    Optional<Address> address(Container container, int port) {
        if (container.network() == Container.Network.OF_HOST) {
            return Optional.of(published("", port));
        }
        if (engineIsHere()) {
            var own = container.addresses().stream().filter(isOfThisHost).findFirst();
            if (own.isPresent()) {
                return Optional.of(new Address(own.get(), port));
            }
        }
        return Optional.ofNullable(container.published().get(port))
                .map(published -> published(published.host(), published.port()))
                .or(() -> container.addresses().stream().findFirst().map(ip -> new Address(ip, port)));
    }

    /**
     * The address at which this host reaches a port of the engine's host.
     *
     * @param boundTo the address there; empty, {@code 0.0.0.0} and {@code ::} are all of them
     */
    Address published(String boundTo, int port) {
        var everywhere = boundTo.isEmpty() || boundTo.equals("0.0.0.0") || boundTo.equals("::");
        if (engineIsHere()) {
            return new Address(everywhere ? boundTo.equals("::") ? "::1" : "127.0.0.1" : boundTo, port);
        }
        var onLoopback = boundTo.startsWith("127.") || boundTo.equals("::1");
        return new Address(everywhere || onLoopback ? engine.getHost() : boundTo, port);
    }

    /** Whether a container of a listing has published this port of the host, or has this address in a network. */
    boolean isAt(com.github.dockerjava.api.model.Container running, Address address) {
        return publishes(running, address) || hasAddress(running, address.host());
    }

    private boolean publishes(com.github.dockerjava.api.model.Container running, Address address) {
        return Stream.of(Objects.requireNonNullElse(running.getPorts(), new ContainerPort[0]))
                .filter(port -> "tcp".equals(port.getType()) && port.getPublicPort() != null)
                .anyMatch(port -> port.getPublicPort() == address.port()
                        && published(Objects.toString(port.getIp(), ""), port.getPublicPort())
                                .equals(address));
    }

    private static boolean hasAddress(com.github.dockerjava.api.model.Container running, String host) {
        return running.getNetworkSettings() != null
                && Objects.requireNonNullElse(
                                running.getNetworkSettings().getNetworks(), Map.<String, ContainerNetwork>of())
                        .values()
                        .stream()
                        .anyMatch(network -> isSameAddress(host, network.getIpAddress())
                                || isSameAddress(host, network.getGlobalIPv6Address()));
    }

    /** An address of IPv6 may be written in many ways. */
    private static boolean isSameAddress(String host, String text) {
        if (text == null || text.isEmpty()) {
            return false;
        }
        try {
            return InetAddress.ofLiteral(host).equals(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            return host.equals(text);
        }
    }

    /** On a Linux host its bridges have an address in each Docker network; with Docker Desktop they are inside of its machine. */
    private static boolean isOnNetworkOfThisHost(String ip) {
        try {
            var address = InetAddress.ofLiteral(ip);
            return NetworkInterface.networkInterfaces()
                    .flatMap(i -> i.getInterfaceAddresses().stream())
                    .filter(own -> !own.getAddress().isLoopbackAddress())
                    .anyMatch(own -> sameSubnet(own, address));
        } catch (SocketException e) {
            return false;
        }
    }

    private static boolean sameSubnet(InterfaceAddress own, InetAddress other) {
        return sameSubnet(own.getAddress().getAddress(), own.getNetworkPrefixLength(), other.getAddress());
    }

    static boolean sameSubnet(byte[] own, int prefixLength, byte[] other) {
        if (own.length != other.length) {
            return false;
        }
        for (var bit = 0; bit < prefixLength; bit++) {
            var mask = 0x80 >> (bit % 8);
            if ((own[bit / 8] & mask) != (other[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }
}
