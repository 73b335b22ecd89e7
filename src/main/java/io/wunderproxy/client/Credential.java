package io.wunderproxy.client;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * The token, and the manager that it may be shown to.
 *
 * @param token empty if none was given
 * @param member the member that the manager must prove to be before it gets the token; empty if the user has given the address
 * @param inTheClear called when the token goes to an address over a network where others may read it
 */
public record Credential(Optional<String> token, Optional<ExpectedMember> member, Consumer<ManagerAddress> inTheClear) {

    public static final Credential NONE = new Credential(Optional.empty(), Optional.empty(), address -> {});
}
