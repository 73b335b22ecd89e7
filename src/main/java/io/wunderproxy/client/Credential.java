package io.wunderproxy.client;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * The token, and to whom it may be shown.
 *
 * @param token empty if none was given
 * @param member who must prove that it is this member before it gets the token; empty if the user has given the address
 * @param inTheClear is told that the token goes to an address over a network where others may read it
 */
public record Credential(Optional<String> token, Optional<ExpectedMember> member, Consumer<ManagerAddress> inTheClear) {

    public static final Credential NONE = new Credential(Optional.empty(), Optional.empty(), address -> {});
}
