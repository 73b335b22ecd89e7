package io.wunderproxy.agent;

import io.wunderproxy.cli.DurationConverter;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/**
 * The options of {@code run} that make this host a member of a fleet. Each becomes the setting {@code agent.fleet.<name>} of
 * {@link FleetConfig}.
 */
class FleetFlags {

    private static final Pattern MEMBER_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9._:-]{1,253}");

    /** Tells the group of these options from others. */
    static final String HEADING = "%nFleet, the hosts that read the same configurations:%n";

    @ArgGroup(validate = false, heading = HEADING, order = 7)
    Membership membership = new Membership();

    static class Membership {
        @Option(
                names = "--table",
                paramLabel = "<name>",
                description = "DynamoDB table in which this host tells what it serves, and finds its peers. Region, "
                        + "credentials and endpoint as for S3. Default: none")
        String table;

        @Option(
                names = "--member-id",
                paramLabel = "<name>",
                description = "What this host is called there. Default: the host's name")
        String memberId;

        @Option(
                names = "--advertise",
                paramLabel = "<address>",
                description =
                        "IP address or name by which others reach this host. Default: the one that it listens on, or, "
                                + "if that is all, that of the interface that routes outwards")
        String advertise;

        @Option(
                names = "--member-interval",
                paramLabel = "<time>",
                defaultValue = "30s",
                converter = DurationConverter.class,
                description = "How often it tells, at least 1s; after three times without a word it counts as gone. "
                        + "Default: ${DEFAULT-VALUE}")
        Duration memberInterval;
    }

    /** What is wrong with these options, for the person who gave them. */
    Optional<String> problem() {
        if (membership.memberId != null
                && !MEMBER_ID.matcher(membership.memberId).matches()) {
            return Optional.of("--member-id: must be at most 128 letters, digits, '.', '_' and '-'");
        }
        if (membership.advertise != null
                && !ADDRESS.matcher(membership.advertise).matches()) {
            return Optional.of("--advertise: must be an IP address or a name, without a port");
        }
        return membership.memberInterval.compareTo(Duration.ofSeconds(1)) < 0
                        || membership.memberInterval.compareTo(Duration.ofHours(1)) > 0
                ? Optional.of("--member-interval: must be 1s to 1h")
                : Optional.empty();
    }
}
