package io.wunderproxy.container;

import com.github.dockerjava.api.command.HealthState;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.InternetProtocol;
import io.wunderproxy.container.Container.Address;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Containers as the engine describes them. */
final class Containers {

    private static final String OF_CONTAINER = "container:";

    private Containers() {}

    /** @param network whose network it uses: itself unless it shares another's; empty if that one is gone */
    static Container of(InspectContainerResponse c, Optional<InspectContainerResponse> network) {
        var state = c.getState();
        var networks =
                network.map(owner -> owner.getNetworkSettings().getNetworks()).orElse(Map.of());
        return new Container(
                c.getId(),
                c.getName().replaceFirst("^/", ""),
                Objects.toString(c.getConfig().getImage(), ""),
                Optional.ofNullable(c.getConfig().getLabels()).orElse(Map.of()),
                Instant.parse(c.getCreated()),
                Optional.ofNullable(c.getConfig().getEnv()).map(Arrays::asList).orElse(List.of()),
                new Container.Status(
                        Objects.toString(state.getStatus(), "unknown"),
                        state.getExitCodeLong() == null
                                ? 0
                                : state.getExitCodeLong().intValue(),
                        Boolean.TRUE.equals(state.getOOMKilled()),
                        Objects.toString(state.getError(), ""),
                        state.getPidLong() == null ? 0 : state.getPidLong(),
                        health(state.getHealth())),
                network(c, network),
                Stream.concat(
                                networks.values().stream().map(ContainerNetwork::getIpAddress),
                                networks.values().stream().map(ContainerNetwork::getGlobalIPv6Address))
                        .filter(ip -> ip != null && !ip.isEmpty())
                        .toList(),
                network.map(Containers::published).orElse(Map.of()));
    }

    /** Docker leaves it out where there is no check, and Podman gives it no status. */
    private static Optional<Container.Health> health(HealthState health) {
        var status = health == null ? "" : Objects.toString(health.getStatus(), "");
        if (status.isEmpty() || status.equals("none")) {
            return Optional.empty();
        }
        var runs = Optional.ofNullable(health.getLog()).orElse(List.of());
        return Optional.of(new Container.Health(
                status, runs.isEmpty() ? "" : Objects.toString(runs.getLast().getOutput(), "")));
    }

    private static Container.Network network(
            InspectContainerResponse container, Optional<InspectContainerResponse> network) {
        if (network.isPresent() && networkMode(network.get()).equals("host")) {
            return Container.Network.OF_HOST;
        }
        return sharedWith(container).isPresent() ? Container.Network.OF_CONTAINER : Container.Network.OWN;
    }

    /** The id or name of the container whose network this one uses, if it is not its own or its host's. */
    static Optional<String> sharedWith(InspectContainerResponse container) {
        var mode = networkMode(container);
        return mode.startsWith(OF_CONTAINER) ? Optional.of(mode.substring(OF_CONTAINER.length())) : Optional.empty();
    }

    private static String networkMode(InspectContainerResponse container) {
        return container.getHostConfig() == null
                ? ""
                : Objects.toString(container.getHostConfig().getNetworkMode(), "");
    }

    private static Map<Integer, Address> published(InspectContainerResponse c) {
        var published = new HashMap<Integer, Address>();
        var ports = c.getNetworkSettings().getPorts();
        if (ports != null) {
            ports.getBindings().forEach((port, bindings) -> {
                if (bindings != null && bindings.length > 0 && port.getProtocol() == InternetProtocol.TCP) {
                    published.put(
                            port.getPort(),
                            new Address(
                                    Objects.toString(bindings[0].getHostIp(), ""),
                                    Integer.parseInt(bindings[0].getHostPortSpec())));
                }
            });
        }
        return published;
    }
}
