package io.wunderproxy.agent;

import io.smallrye.config.ConfigMapping;
import java.time.Duration;
import java.util.Optional;

/** How this host is a member of a fleet; set from the command line of {@code run}. */
@ConfigMapping(prefix = "agent.fleet")
interface FleetConfig {

    /** The DynamoDB table of the fleet; empty: this host is on its own. */
    Optional<String> table();

    /** What it is called there. */
    Optional<String> memberId();

    /** The IP address or name that others reach this host by. */
    Optional<String> advertise();

    /** How often it describes itself there. */
    Duration memberInterval();
}
