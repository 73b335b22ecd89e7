package io.wunderproxy.container;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.container.Container.Address;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** The part of a container engine that a deployment needs. Calls block for a bounded time; each can be repeated safely. */
public interface ContainerRuntime {

    /** @throws EngineException if the engine does not respond within a few seconds */
    void ping() throws EngineException;

    /** All containers, stopped ones included, that the filter accepts by their entries in a listing. */
    List<Container> list(ContainerFilter filter) throws EngineException;

    /** The container with this id or name. */
    Optional<Container> find(String idOrName) throws EngineException;

    boolean hasImage(String image) throws EngineException;

    /** Pulls the image; progress is reported at most twice a second. */
    void pull(String image, Consumer<PullState> progress) throws EngineException;

    /**
     * Creates a container, without starting it.
     *
     * @param body the body of the engine's own create call, passed on whole
     * @return its id
     */
    String create(String name, ObjectNode body) throws EngineException;

    /**
     * Starts the container; nothing happens when it runs already.
     *
     * @throws EngineException of kind PORT_TAKEN if a port of the host that it asks for is not free
     */
    void start(String id) throws EngineException;

    /** Ends the container with SIGTERM, and with SIGKILL after the timeout; nothing happens when it is gone. */
    void stop(String id, Duration timeout) throws EngineException;

    /** Removes the container, running or not; nothing happens when it is gone. */
    void remove(String id, Volumes anonymous) throws EngineException;

    /** Removes the image unless a container uses it; says whether it is gone. */
    boolean removeImage(String image) throws EngineException;

    /** The last lines that the container wrote, standard output and error together. */
    List<String> logTail(String id, int lines) throws EngineException;

    /**
     * Reads what the container wrote, standard output and error together, and returns at its end or when interrupted.
     *
     * @param tail how many of the lines written so far
     * @param follow whether to continue until the container ends
     * @param lines gets each line, without its end; may block, and then nothing is read meanwhile
     */
    void logs(String id, int tail, boolean follow, Consumer<String> lines) throws EngineException, InterruptedException;

    /** A future that is done when the container no longer runs. Cancel it when that is no longer of interest. */
    Future<?> exit(String id);

    /** The address at which this host reaches a port of the container: its own one if possible, else the published port. */
    Optional<Address> address(Container container, int port);

    /** The address at which this host reaches a port of the engine's host. */
    Address published(String boundTo, int port);

    /** The listener that accepts connections at this address now; empty if there is none. */
    Optional<Listener> listener(Address address) throws EngineException;

    /**
     * The listener other than the container where this host reaches a port of it. Empty when there is none, and also when this
     * process may not see whose sockets they are.
     */
    Optional<Listener> stranger(Container container, int port);

    /** The TCP sockets on which the container listens; empty when this host can't see that. */
    Optional<List<ListeningSocket>> listeningSockets(Container container);

    /** The progress of a pull: of the {@code total} bytes known of so far, {@code bytes} are there. */
    record PullState(long bytes, long total) {}

    /** Whether the anonymous volumes of a container are removed with it. */
    enum Volumes {
        DELETE,
        KEEP
    }

    /** Picks containers out of a listing. */
    interface ContainerFilter {
        boolean accepts(String image, java.util.Map<String, String> labels);
    }
}
