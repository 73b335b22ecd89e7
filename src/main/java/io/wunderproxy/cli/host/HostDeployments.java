package io.wunderproxy.cli.host;

import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.client.ManagerClient;
import io.wunderproxy.launchconfig.ConfigHash;
import java.util.stream.Collectors;

/** The deployments that a host knows, by the names that people give them. */
final class HostDeployments {

    private static final int SHORTEST_ABBREVIATION = 4;

    private HostDeployments() {}

    /** Finds the hash: one in full, or of the one deployment on the host that has this revision or begins like this. */
    static String hash(ManagerClient manager, String name) {
        try {
            return new ConfigHash(name).value();
        } catch (IllegalArgumentException notInFull) {
            var fitting = manager.status().deployments().stream()
                    .filter(d -> d.revision().equals(name)
                            || name.length() >= SHORTEST_ABBREVIATION
                                    && d.hash().startsWith(name))
                    .map(DeploymentSummary::hash)
                    .collect(Collectors.toSet());
            return switch (fitting.size()) {
                case 1 -> fitting.iterator().next();
                case 0 ->
                    throw new CommandFailure(
                            Exit.NOT_FOUND,
                            "'" + name + "' is neither a hash nor a revision on this host; see 'wunderproxy status'");
                default ->
                    throw new CommandFailure(
                            Exit.NOT_FOUND,
                            "'" + name + "' is not unique on this host: "
                                    + fitting.stream().sorted().collect(Collectors.joining(", ")));
            };
        }
    }
}
