package io.wunderproxy.client;

import io.wunderproxy.api.DeploymentView;
import io.wunderproxy.api.Identity;
import io.wunderproxy.api.Status;
import java.util.List;

/**
 * The calls that a deployment makes of one host's manager. They block; failures are {@link ManagerException}s. Configurations are
 * named by their hashes.
 */
public interface ManagerCalls extends AutoCloseable {

    ManagerAddress address();

    /** Fails as a call that changes something would, if the manager would not accept the token. */
    void checkToken();

    /** The manager's identity, and what its agent knows; {@link Identity#UNKNOWN} if the agent is too old to say. */
    Identity identity();

    /**
     * Sets the number that calls which change something carry from now on: the agent refuses a call whose number is lower than
     * one that it has seen, so that a rollout that has lost the lock of a fleet can't undo what was done since.
     */
    void fenced(long number);

    Status status();

    /** The deployment of this hash, with its events. */
    DeploymentView deployment(String hash);

    /**
     * Launches a configuration, and waits until it is healthy.
     *
     * @return the manager's message about the launch, for people
     */
    String launch(String hash);

    /** Begins a launch; {@link #deployment} has its progress. */
    void beginLaunch(String hash);

    /**
     * Sends all new requests to the container of this configuration.
     *
     * @return the manager's message about the switch, for people
     */
    String switchTo(String hash);

    /** Removes the container that was launched and not switched to. */
    void discard(String hash);

    /** The last lines of the log of a deployment's container. */
    List<String> log(String hash, int lines);

    @Override
    void close();
}
