package io.wunderproxy.client;

import io.wunderproxy.api.DeploymentView;
import io.wunderproxy.api.Identity;
import io.wunderproxy.api.Status;
import java.util.List;

/**
 * What a deployment asks of one host's manager. Calls block; failures are {@link ManagerException}s. Configurations are named by
 * their hashes.
 */
public interface ManagerCalls extends AutoCloseable {

    ManagerAddress address();

    /** Fails as a call would that changes something, if the manager would not take the token. */
    void checkToken();

    /** Who the manager is, and what its agent knows; {@link Identity#UNTOLD} of an agent that is too old to say. */
    Identity identity();

    /**
     * Calls that change something carry this number from now on: the agent refuses a call whose number is lower than one that it has
     * seen, so that who has lost the lock of a fleet can't undo what was done since.
     */
    void fenced(long number);

    Status status();

    /** The deployment of this hash, with its events. */
    DeploymentView deployment(String hash);

    /**
     * Launches, and waits until it is healthy.
     *
     * @return what the manager says of it, for people
     */
    String launch(String hash);

    /** Begins a launch, which {@link #deployment} tells the rest of. */
    void beginLaunch(String hash);

    /**
     * Sends all new requests there.
     *
     * @return what the manager says of it, for people
     */
    String switchTo(String hash);

    /** Removes what was launched and not switched to. */
    void discard(String hash);

    /** The last lines of the log of its container. */
    List<String> log(String hash, int lines);

    @Override
    void close();
}
