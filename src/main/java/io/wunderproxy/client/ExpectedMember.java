package io.wunderproxy.client;

/**
 * The member of a fleet that a manager must prove to be.
 *
 * @param manager where it is reached, as the table of the fleet says
 */
public record ExpectedMember(String id, String manager) {}
