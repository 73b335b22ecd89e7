package io.wunderproxy.rollout;

import io.wunderproxy.client.ManagerCalls;
import io.wunderproxy.fleet.FleetException;
import java.util.List;
import java.util.function.Supplier;

/** Finds the hosts that a rollout is for. */
public interface Discovery {

    /**
     * A host that was found.
     *
     * @param name the member's id in the table, or the manager's address
     * @param manager opens it
     */
    record Found(String name, Supplier<ManagerCalls> manager) {}

    /**
     * The hosts that are there now.
     *
     * @throws RolloutException if there is none
     */
    List<Found> find() throws FleetException;

    /** Whether hosts can join: not if somebody has given a list of them. */
    boolean isOpen();
}
