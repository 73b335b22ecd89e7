package io.wunderproxy.rollout;

import io.wunderproxy.api.Identity;
import io.wunderproxy.launchconfig.ConfigFields;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.rollout.RolloutException.Kind;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds out, before a configuration is stored, whether each host knows all of its fields: an agent refuses to launch one with a field
 * that came after it. Agents that do not say what they know are taken to know what the last of them did.
 */
final class FieldCheck {

    /** The most hosts that a message names. */
    private static final int NAMED = 5;

    private FieldCheck() {}

    /**
     * Checks that all hosts know the fields of a configuration.
     *
     * @param hosts the identity of each host, by its name
     * @throws RolloutException if not; names those hosts, their versions and the fields
     */
    static void check(LaunchConfig config, Map<String, Identity> hosts) {
        var refusals = hosts.entrySet().stream()
                .flatMap(host -> refusal(config, host.getKey(), host.getValue()).stream())
                .sorted()
                .toList();
        if (refusals.isEmpty()) {
            return;
        }
        var more = refusals.size() - NAMED;
        throw new RolloutException(
                Kind.INVALID,
                "nothing was stored or changed: "
                        + refusals.stream().limit(NAMED).collect(Collectors.joining("; "))
                        + (more > 0 ? "; and so do " + more + " more hosts" : "")
                        + "; upgrade the agent there, or leave that out of the configuration");
    }

    private static Optional<String> refusal(LaunchConfig config, String host, Identity identity) {
        var known = identity.launchConfigFields().map(ConfigFields::of).orElse(ConfigFields.OF_OLD_AGENTS);
        var unknown = config.fields().unknownTo(known);
        if (unknown.isEmpty()) {
            return Optional.empty();
        }
        var version = identity.version().isEmpty() ? "too old to tell its version" : "version " + identity.version();
        return Optional.of(
                host + " (" + version + ") does not know " + String.join(", ", unknown) + " of launch configurations");
    }
}
