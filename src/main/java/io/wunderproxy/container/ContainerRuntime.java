package io.wunderproxy.container;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.container.Container.Address;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** What a deployment needs of a container engine. Calls block for a bounded time; each can be repeated safely. */
public interface ContainerRuntime {

    /** @throws EngineException if the engine does not answer within a few seconds */
    void ping() throws EngineException;

    /** All containers, stopped ones included, that the filter accepts by what a listing tells of them. */
    List<Container> list(ContainerFilter filter) throws EngineException;

    /** The container with this id or name. */
    Optional<Container> find(String idOrName) throws EngineException;

    boolean hasImage(String image) throws EngineException;

    /** Pulls the image; progress is told at most twice a second. */
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

    /** Ends the container with SIGTERM, and with SIGKILL after the time-out; nothing happens when it is gone. */
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
     * @param follow whether to go on until the container ends
     * @param lines is told each line, without its end; may block, and then nothing is read meanwhile
     */
    void logs(String id, int tail, boolean follow, Consumer<String> lines) throws EngineException, InterruptedException;

    /** Done when the container does not run any more. Cancel it when that is of no interest any more. */
    Future<?> exit(String id);

    /** Where this host reaches a port of the container: its own address if possible, else the published port. */
    Optional<Address> address(Container container, int port);

    /** Where this host reaches a port of the engine's host. */
    Address published(String boundTo, int port);

    /** Who accepts connections at this address now; empty if nobody does. */
    Optional<Listener> listener(Address address) throws EngineException;

    /**
     * Who else than the container listens where this host asks a port of it. Empty when nobody does, and also when this process
     * may not see whose sockets they are.
     */
    Optional<Listener> stranger(Container container, int port);

    /** The TCP sockets on which the container listens; empty when this host can't see that. */
    Optional<List<ListeningSocket>> listeningSockets(Container container);

    /** How far a pull is: of the {@code total} bytes known of so far, {@code bytes} are there. */
    record PullState(long bytes, long total) {}

    /** What becomes of the anonymous volumes of a container that is removed. */
    enum Volumes {
        DELETE,
        KEEP
    }

    /** Picks containers out of a listing. */
    interface ContainerFilter {
        boolean accepts(String image, java.util.Map<String, String> labels);
    }
}
