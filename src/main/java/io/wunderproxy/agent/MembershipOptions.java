package io.wunderproxy.agent;

import io.wunderproxy.options.Bounds;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How this host is a member of a fleet.
 *
 * @param table the DynamoDB table of the fleet; empty: this host is on its own
 * @param memberId its name there; empty: the host's; at most 128 letters, digits, dots, underscores and hyphens
 * @param advertise the IP address or name that others reach this host by; empty: is found out
 * @param memberInterval how often it describes itself there; 1 s to 1 h
 */
record MembershipOptions(
        Optional<String> table, Optional<String> memberId, Optional<String> advertise, Duration memberInterval) {

    private static final Pattern MEMBER_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9._:-]{1,253}");

    static final MembershipOptions DEFAULT =
            new MembershipOptions(Optional.empty(), Optional.empty(), Optional.empty(), Duration.ofSeconds(30));

    MembershipOptions {
        memberId.ifPresent(
                id -> Bounds.form("memberId", id, MEMBER_ID, "must be at most 128 letters, digits, '.', '_' and '-'"));
        advertise.ifPresent(address ->
                Bounds.form("advertise", address, ADDRESS, "must be an IP address or a name, without a port"));
        Bounds.time("memberInterval", memberInterval, Duration.ofSeconds(1), Duration.ofHours(1));
    }
}
