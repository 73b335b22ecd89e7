package io.wunderproxy.agent;

import io.wunderproxy.cli.DurationConverter;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options of {@code run} that make this host a member of a fleet. */
class FleetFlags {

    @ArgGroup(validate = false, heading = "%nFleet, the hosts that read the same configurations:%n", order = 12)
    Membership membership = new Membership();

    static class Membership {
        @Option(
                names = "--table",
                paramLabel = "<name>",
                description = "DynamoDB table in which this host reports what it serves, and finds its peers. Region, "
                        + "credentials and endpoint as for S3. Default: none")
        String table;

        @Option(
                names = "--member-id",
                paramLabel = "<name>",
                description = "This host's name in the table. Default: the host's name")
        String memberId;

        @Option(
                names = "--advertise",
                paramLabel = "<address>",
                description =
                        "IP address or name by which others reach this host. Default: the one it listens on; if it "
                                + "listens on all, that of the interface that routes outwards")
        String advertise;

        @Option(
                names = "--member-interval",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                description = "How often this host reports to the table; after three missed reports it counts as gone. "
                        + "Default: ${DEFAULT-VALUE}")
        Duration memberInterval = MembershipOptions.DEFAULT.memberInterval();

        MembershipOptions options() {
            return new MembershipOptions(
                    Optional.ofNullable(table),
                    Optional.ofNullable(memberId),
                    Optional.ofNullable(advertise),
                    memberInterval);
        }
    }
}
