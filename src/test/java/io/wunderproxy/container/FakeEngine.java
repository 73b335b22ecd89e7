package io.wunderproxy.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.container.Container.Address;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * An engine without containers: it remembers its calls, and does what an engine would do as far as its callers can see. A
 * test may take away images, end containers, let calls fail, and hold them up.
 */
public final class FakeEngine implements ContainerRuntime {

    private final Clock clock;
    private final Map<String, Made> containers = new LinkedHashMap<>();
    private final Set<String> images = new TreeSet<>();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final Map<String, EngineException> failing = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Void>> held = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Void>> begun = new ConcurrentHashMap<>();
    private final Map<Integer, Listener> strangers = new ConcurrentHashMap<>();
    private final Map<Address, Listener> listeners = new ConcurrentHashMap<>();
    private Container.Health health;
    private int made;

    private static final class Made {
        private Container now;
        private final List<String> log = new ArrayList<>();
        private final CompletableFuture<Void> exit = new CompletableFuture<>();
    }

    public FakeEngine(Clock clock) {
        this.clock = clock;
    }

    /** Its calls, oldest first, such as {@code stop <id>}. */
    public List<String> calls() {
        return List.copyOf(calls);
    }

    /** How often it got this call, whatever the container. */
    public long calls(String verb) {
        return calls.stream()
                .filter(call -> call.equals(verb) || call.startsWith(verb + " "))
                .count();
    }

    public void forgetCalls() {
        calls.clear();
    }

    /** From now on every call of this kind fails so. */
    public void fails(String verb, EngineException.Kind kind, String message) {
        failing.put(verb, new EngineException(kind, message, null));
    }

    /** Every call fails, as if no engine ran. */
    public void isDown() {
        for (var verb : List.of(
                "ping", "list", "find", "image", "pull", "create", "start", "stop", "remove", "removeImage", "log")) {
            fails(verb, EngineException.Kind.UNAVAILABLE, "cannot reach Docker");
        }
    }

    /** Nothing fails any more. */
    public void works() {
        failing.clear();
    }

    /** Calls of this kind wait until the result is completed. */
    public CompletableFuture<Void> holds(String verb) {
        begun.put(verb, new CompletableFuture<>());
        var hold = new CompletableFuture<Void>();
        held.put(verb, hold);
        return hold;
    }

    /** Done when a call of this kind is held up. */
    public CompletableFuture<Void> isHeld(String verb) {
        return begun.get(verb);
    }

    public synchronized void has(String image) {
        images.add(image);
    }

    public synchronized Set<String> images() {
        return Set.copyOf(images);
    }

    /** A container that somebody has made before, which runs. */
    public synchronized Container running(String name, String image, Map<String, String> labels, Instant created) {
        var container = add(name, image, labels, List.of(), Container.Network.OWN, created);
        become(container.id(), status("running", 0));
        return container(container.id());
    }

    /** From now on the engine's own check finds every container that it starts so, and the running ones too. */
    public synchronized void finds(String status, String output) {
        health = new Container.Health(status, output);
        all().stream().filter(Container::running).forEach(c -> become(c.id(), status("running", 0)));
    }

    /** It ends by itself. */
    public synchronized void ends(String id, int exitCode) {
        become(id, status("exited", exitCode));
        containers.get(id).exit.complete(null);
    }

    /** Somebody else removes it. */
    public synchronized void vanishes(String id) {
        var gone = containers.remove(id);
        gone.exit.complete(null);
    }

    /** It is started again by the engine, and is somewhere else. */
    public synchronized void moves(String id, String address) {
        change(id, container(id).status(), List.of(address));
    }

    public synchronized void writes(String id, String... lines) {
        containers.get(id).log.addAll(List.of(lines));
    }

    /** Somebody else listens on this port of every network. */
    public void strangerListens(int port, String description) {
        strangers.put(port, new Listener(Optional.empty(), description));
    }

    /** Somebody listens there. */
    public void listens(Address address, Listener listener) {
        listeners.put(address, listener);
    }

    public synchronized List<Container> all() {
        return containers.values().stream().map(made -> made.now).toList();
    }

    /** The container with this name. */
    public synchronized Container named(String name) {
        return all().stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
    }

    private synchronized Container container(String id) {
        return containers.get(id).now;
    }

    private synchronized void become(String id, Container.Status status) {
        change(id, status, container(id).addresses());
    }

    private void change(String id, Container.Status status, List<String> addresses) {
        var c = container(id);
        containers.get(id).now = new Container(
                c.id(),
                c.name(),
                c.image(),
                c.labels(),
                c.created(),
                c.environment(),
                status,
                c.network(),
                addresses,
                c.published());
    }

    private Container.Status status(String state, int exitCode) {
        return new Container.Status(
                state, exitCode, false, "", state.equals("running") ? 4711 : 0, Optional.ofNullable(health));
    }

    private void called(String verb, String what) throws EngineException {
        calls.add(what.isEmpty() ? verb : verb + " " + what);
        var hold = held.get(verb);
        if (hold != null) {
            begun.get(verb).complete(null);
            hold.join();
        }
        var failure = failing.get(verb);
        if (failure != null) {
            throw new EngineException(failure.kind(), failure.getMessage(), null);
        }
    }

    private EngineException gone(String id) {
        return new EngineException(EngineException.Kind.REFUSED, "No such container: " + id, null);
    }

    @Override
    public void ping() throws EngineException {
        called("ping", "");
    }

    @Override
    public List<Container> list(ContainerFilter filter) throws EngineException {
        called("list", "");
        return all().stream().filter(c -> filter.accepts(c.image(), c.labels())).toList();
    }

    @Override
    public Optional<Container> find(String idOrName) throws EngineException {
        called("find", idOrName);
        return all().stream()
                .filter(c -> c.id().equals(idOrName) || c.name().equals(idOrName))
                .findFirst();
    }

    @Override
    public boolean hasImage(String image) throws EngineException {
        called("image", image);
        return images().contains(image);
    }

    @Override
    public void pull(String image, Consumer<PullState> progress) throws EngineException {
        called("pull", image);
        progress.accept(new PullState(5_000_000, 10_000_000));
        has(image);
    }

    @Override
    public String create(String name, ObjectNode body) throws EngineException {
        called("create", name);
        synchronized (this) {
            var image = body.path("Image").asText();
            if (!images.contains(image)) {
                throw new EngineException(EngineException.Kind.NO_IMAGE, "No such image: " + image, null);
            }
            if (all().stream().anyMatch(c -> c.name().equals(name))) {
                throw new EngineException(EngineException.Kind.NAME_TAKEN, "the name " + name + " is in use", null);
            }
            var labels = new HashMap<String, String>();
            body.path("Labels")
                    .properties()
                    .forEach(
                            label -> labels.put(label.getKey(), label.getValue().asText()));
            var environment =
                    body.path("Env").valueStream().map(JsonNode::asText).toList();
            var mode = body.path("HostConfig").path("NetworkMode").asText();
            return add(
                            name,
                            image,
                            labels,
                            environment,
                            mode.equals("host") ? Container.Network.OF_HOST : Container.Network.OWN,
                            clock.instant())
                    .id();
        }
    }

    private Container add(
            String name,
            String image,
            Map<String, String> labels,
            List<String> environment,
            Container.Network network,
            Instant created) {
        made++;
        var container = new Container(
                "%08x".formatted(made).repeat(8),
                name,
                image,
                Map.copyOf(labels),
                created,
                environment,
                status("created", 0),
                network,
                network == Container.Network.OF_HOST ? List.of() : List.of("10.0.0." + made),
                Map.of());
        var one = new Made();
        one.now = container;
        containers.put(container.id(), one);
        return container;
    }

    @Override
    public void start(String id) throws EngineException {
        called("start", id);
        synchronized (this) {
            if (!containers.containsKey(id)) {
                throw gone(id);
            }
            become(id, status("running", 0));
        }
    }

    @Override
    public void stop(String id, Duration timeout) throws EngineException {
        called("stop", id);
        synchronized (this) {
            if (containers.containsKey(id)) {
                ends(id, 143);
            }
        }
    }

    @Override
    public void remove(String id, Volumes anonymous) throws EngineException {
        called("remove", id);
        synchronized (this) {
            if (containers.containsKey(id)) {
                vanishes(id);
            }
        }
    }

    @Override
    public boolean removeImage(String image) throws EngineException {
        called("removeImage", image);
        synchronized (this) {
            return all().stream().noneMatch(c -> c.image().equals(image)) && images.remove(image);
        }
    }

    @Override
    public List<String> logTail(String id, int lines) throws EngineException {
        called("log", id);
        synchronized (this) {
            return containers.containsKey(id) ? List.copyOf(containers.get(id).log) : List.of();
        }
    }

    @Override
    public void logs(String id, int tail, boolean follow, Consumer<String> lines) throws EngineException {
        logTail(id, tail).forEach(lines);
    }

    @Override
    public synchronized Future<?> exit(String id) {
        // Whoever cancels it does not end the container.
        return containers.containsKey(id) ? containers.get(id).exit.copy() : CompletableFuture.completedFuture(null);
    }

    @Override
    public Optional<Address> address(Container container, int port) {
        return container.network() == Container.Network.OF_HOST
                ? Optional.of(published("", port))
                : container.addresses().stream().findFirst().map(ip -> new Address(ip, port));
    }

    @Override
    public Address published(String boundTo, int port) {
        return new Address("127.0.0.1", port);
    }

    @Override
    public Optional<Listener> listener(Address address) {
        return Optional.ofNullable(listeners.get(address));
    }

    @Override
    public Optional<Listener> stranger(Container container, int port) {
        return Optional.ofNullable(strangers.get(port));
    }

    @Override
    public Optional<List<ListeningSocket>> listeningSockets(Container container) {
        return Optional.empty();
    }
}
