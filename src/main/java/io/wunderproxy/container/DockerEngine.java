package io.wunderproxy.container;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.container.Container.Address;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Docker Engine 20.10 or later, over its Unix socket or TCP. */
public final class DockerEngine implements ContainerRuntime {

    /** The address at which the engine listens by default. */
    public static final String USUAL_HOST = "unix:///var/run/docker.sock";

    private final EngineCalls calls;
    private final ContainerAddresses addresses;
    private final ContainerCalls containers;
    private final ContainerOutput output;
    private final Images images;
    private final Listeners listeners;

    /** The address of the engine that is used where none is named: {@code $DOCKER_HOST}, else the usual one of this machine. */
    public static String defaultHost() {
        var environment = System.getenv().getOrDefault("DOCKER_HOST", "");
        return environment.isBlank() ? USUAL_HOST : environment;
    }

    /** @param host as in {@code DOCKER_HOST}: {@code unix:///path} or {@code tcp://host:port} */
    public static DockerEngine at(String host) {
        return new DockerEngine(new EngineCalls(host));
    }

    private DockerEngine(EngineCalls calls) {
        this.calls = calls;
        this.addresses = ContainerAddresses.of(calls.host());
        this.containers = new ContainerCalls(calls);
        this.output = new ContainerOutput(calls);
        this.images = new Images(calls);
        this.listeners = new Listeners(containers, addresses, Processes.ofThisMachine());
    }

    @Override
    public void ping() throws EngineException {
        calls.call("ping", EngineCalls.QUICK, client -> client.pingCmd().exec());
    }

    // ---- containers ----

    @Override
    public List<Container> list(ContainerFilter filter) throws EngineException {
        return containers.list(filter);
    }

    @Override
    public Optional<Container> find(String idOrName) throws EngineException {
        return containers.find(idOrName);
    }

    @Override
    public String create(String name, ObjectNode body) throws EngineException {
        return containers.create(name, body);
    }

    @Override
    public void start(String id) throws EngineException {
        containers.start(id);
    }

    @Override
    public void stop(String id, Duration timeout) throws EngineException {
        containers.stop(id, timeout);
    }

    @Override
    public void remove(String id, Volumes anonymous) throws EngineException {
        containers.remove(id, anonymous);
    }

    @Override
    public Future<?> exit(String id) {
        return containers.exit(id);
    }

    // ---- output of containers ----

    @Override
    public List<String> logTail(String id, int lines) throws EngineException {
        return output.tail(id, lines);
    }

    @Override
    public void logs(String id, int tail, boolean follow, Consumer<String> lines)
            throws EngineException, InterruptedException {
        output.read(id, tail, follow, lines);
    }

    // ---- images ----

    @Override
    public boolean hasImage(String image) throws EngineException {
        return images.has(image);
    }

    @Override
    public void pull(String image, Consumer<PullState> progress) throws EngineException {
        images.pull(image, progress);
    }

    /**
     * Writes an image into a file, as {@code docker save} does. Has no time limit.
     *
     * @throws EngineException of kind NO_IMAGE if the engine does not have it
     */
    public void save(String image, Path to) throws EngineException {
        images.save(image, to);
    }

    @Override
    public boolean removeImage(String image) throws EngineException {
        return images.remove(image);
    }

    // ---- addresses, and who listens there ----

    @Override
    public Optional<Address> address(Container container, int port) {
        return addresses.address(container, port);
    }

    @Override
    public Address published(String boundTo, int port) {
        return addresses.published(boundTo, port);
    }

    @Override
    public Optional<Listener> listener(Address address) throws EngineException {
        return listeners.at(address);
    }

    @Override
    public Optional<Listener> stranger(Container container, int port) {
        return listeners.stranger(container, port);
    }

    @Override
    public Optional<List<ListeningSocket>> listeningSockets(Container container) {
        return listeners.sockets(container);
    }
}
