package io.wunderproxy.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerClientException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ContainerPort;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.InternetProtocol;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.core.LocalDirectorySSLConfig;
import com.github.dockerjava.core.RemoteApiVersion;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient;
import io.wunderproxy.container.Container.Address;
import io.wunderproxy.container.EngineException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Docker Engine 20.10 or later, over its Unix socket or TCP. */
public final class DockerEngine implements ContainerRuntime {

    /** Where it listens unless told otherwise. */
    public static final String USUAL_HOST = "unix:///var/run/docker.sock";

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Duration QUICK = Duration.ofSeconds(5);
    private static final Duration CALL = Duration.ofSeconds(60);

    /** A pull may take as long as it likes, but not without a word from the engine. */
    private static final Duration PULL_SILENCE = Duration.ofMinutes(2);

    private static final Duration CONNECT = Duration.ofSeconds(2);

    /** What Docker and Podman say of a port of the host that somebody has. */
    private static final Pattern PORT_TAKEN =
            Pattern.compile("port is already allocated|address already in use", Pattern.CASE_INSENSITIVE);

    /** What Docker and Podman say of a container or an image that is not there. */
    private static final Pattern GONE =
            Pattern.compile("no such (container|image)|image not known", Pattern.CASE_INSENSITIVE);

    private static final String OF_CONTAINER = "container:";

    /** A container may share the network of one that shares another's. */
    private static final int LONGEST_CHAIN = 5;

    private static final Duration EXIT_POLL = Duration.ofMillis(500);

    /** The API of Docker Engine 27; an older engine is spoken to in its own version. */
    private static final RemoteApiVersion NEWEST = RemoteApiVersion.create(1, 47);

    private final URI host;
    private final DefaultDockerClientConfig config;
    private final Processes processes = Processes.ofThisMachine();
    private final ExecutorService threads;
    private DockerHttpClient http;
    private volatile Connection connection;

    /** The client of one API version. */
    private record Connection(DockerClient client, String version) {}

    /** The engine that is meant where none is named: {@code $DOCKER_HOST}, else the usual one of this machine. */
    public static String defaultHost() {
        var environment = System.getenv().getOrDefault("DOCKER_HOST", "");
        return environment.isBlank() ? USUAL_HOST : environment;
    }

    /** @param host as in {@code DOCKER_HOST}: {@code unix:///path} or {@code tcp://host:port} */
    public static DockerEngine at(String host) {
        return new DockerEngine(DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(host)
                .build());
    }

    private DockerEngine(DefaultDockerClientConfig config) {
        this.config = config;
        this.host = config.getDockerHost();
        this.threads = threadsFor(host);
    }

    /**
     * A call must end when its thread is interrupted: a TCP socket of the JDK does so on virtual threads alone. A Unix socket does
     * so on any, and gets platform threads, since a virtual thread of a native binary may miss an answer
     * (<a href="https://github.com/oracle/graal/issues/13787">GraalVM, issue 13787</a>).
     */
    private static ExecutorService threadsFor(URI host) {
        return host.getScheme().equals("unix")
                ? Executors.newCachedThreadPool(
                        Thread.ofPlatform().daemon().name("docker-", 0).factory())
                : Executors.newVirtualThreadPerTaskExecutor();
    }

    /** Made when it is first needed: its TLS context alone takes a good part of the time in which an agent can be up. */
    private synchronized DockerHttpClient http() {
        if (http == null) {
            http = new ApacheDockerHttpClient.Builder()
                    .dockerHost(host)
                    .sslConfig(
                            config.getSSLConfig() instanceof LocalDirectorySSLConfig files
                                    ? new EngineCertificates(Path.of(files.getDockerCertPath()))
                                    : config.getSSLConfig())
                    .maxConnections(200)
                    .connectionTimeout(Duration.ofSeconds(3))
                    .build();
        }
        return http;
    }

    @Override
    public void ping() throws EngineException {
        call("ping", QUICK, client -> client.pingCmd().exec());
    }

    @Override
    public List<Container> list(ContainerFilter filter) throws EngineException {
        var summaries = call("list containers", CALL, client -> client.listContainersCmd()
                .withShowAll(true)
                .exec());
        var containers = new ArrayList<Container>();
        for (var summary : summaries) {
            if (filter.accepts(summary.getImage(), summary.getLabels())) {
                find(summary.getId()).ifPresent(containers::add);
            }
        }
        return containers;
    }

    @Override
    public Optional<Container> find(String idOrName) throws EngineException {
        return inspect(idOrName).map(inspected -> describe(inspected.container(), inspected.network()));
    }

    /** @param network whose network it uses: itself unless it shares another's; empty if that one is gone */
    private record Inspected(InspectContainerResponse container, Optional<InspectContainerResponse> network) {}

    private Optional<Inspected> inspect(String idOrName) throws EngineException {
        return call("inspect container", CALL, client -> {
            var container = inspect(client, idOrName);
            var network = container;
            for (var depth = 0; depth < LONGEST_CHAIN && network.isPresent(); depth++) {
                var mode = networkMode(network.get());
                if (!mode.startsWith(OF_CONTAINER)) {
                    break;
                }
                network = inspect(client, mode.substring(OF_CONTAINER.length()));
            }
            var owner = network;
            return container.map(c -> new Inspected(c, owner));
        });
    }

    private static Optional<InspectContainerResponse> inspect(DockerClient client, String idOrName) {
        try {
            return Optional.of(client.inspectContainerCmd(idOrName).exec());
        } catch (NotFoundException e) {
            requireGone(e);
            return Optional.empty();
        }
    }

    /** Only the engine knows what is gone: a proxy before it, or one that does not know the call, says 404 as well. */
    private static void requireGone(NotFoundException e) {
        if (!GONE.matcher(oneLine(e)).find()) {
            throw e;
        }
    }

    private static String networkMode(InspectContainerResponse container) {
        return container.getHostConfig() == null
                ? ""
                : Objects.toString(container.getHostConfig().getNetworkMode(), "");
    }

    @Override
    public boolean hasImage(String image) throws EngineException {
        return call("inspect image", CALL, client -> {
            try {
                client.inspectImageCmd(image).exec();
                return true;
            } catch (NotFoundException e) {
                return false;
            }
        });
    }

    @Override
    public void pull(String image, Consumer<PullState> progress) throws EngineException {
        var client = connection().client();
        var credentials = credentials(image);
        try (var pull = client.pullImageCmd(image)
                .withAuthConfig(credentials.login().orElse(null))
                .exec(new PullProgress(progress))) {
            while (!pull.ended(Duration.ofSeconds(1))) {
                if (pull.silence() > PULL_SILENCE.toNanos()) {
                    throw pullFailed(
                            image, "no progress for " + PULL_SILENCE.toMinutes() + " minutes", credentials, null);
                }
            }
            if (pull.refusal().isPresent()) {
                throw pullFailed(image, oneLine(pull.refusal().get()), credentials, null);
            }
            pull.awaitCompletion();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(Kind.PULL_FAILED, "interrupted while pulling " + image, e);
        } catch (DockerClientException | DockerException e) {
            throw pullFailed(image, oneLine(e), credentials, e);
        } catch (IOException | RuntimeException e) {
            throw unavailable(e);
        }
        if (!hasImage(image)) {
            throw new EngineException(Kind.PULL_FAILED, "cannot pull " + image + ": the pull ended without it", null);
        }
    }

    private static RegistryCredentials credentials(String image) throws EngineException {
        try {
            return RegistryCredentials.of(image);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(Kind.PULL_FAILED, "interrupted while pulling " + image, e);
        }
    }

    /** Credentials that could not be had are told only now: most images need none. */
    private static EngineException pullFailed(
            String image, String reason, RegistryCredentials credentials, Exception cause) {
        return new EngineException(
                Kind.PULL_FAILED,
                "cannot pull " + image + ": " + reason
                        + credentials.problem().map(problem -> "; " + problem).orElse(""),
                cause);
    }

    /** Sent as JSON, not through docker-java's objects, which would drop the fields that they do not know. */
    @Override
    public String create(String name, ObjectNode body) throws EngineException {
        var version = connection().version();
        return within("create container", CALL, () -> {
            var request = DockerHttpClient.Request.builder()
                    .method(DockerHttpClient.Request.Method.POST)
                    .path("/v" + version + "/containers/create?name=" + URLEncoder.encode(name, StandardCharsets.UTF_8))
                    .putHeader("Content-Type", "application/json")
                    .bodyBytes(JSON.writeValueAsBytes(body))
                    .build();
            try (var response = http().execute(request)) {
                var answer = JSON.readTree(response.getBody());
                if (response.getStatusCode() != 201) {
                    throw new EngineException(
                            switch (response.getStatusCode()) {
                                case 404 -> Kind.NO_IMAGE;
                                case 409 -> Kind.NAME_TAKEN;
                                default -> Kind.REFUSED;
                            },
                            "Docker can't create container " + name + ": "
                                    + oneLine(answer.path("message").asText("status " + response.getStatusCode())),
                            null);
                }
                return answer.path("Id").textValue();
            }
        });
    }

    @Override
    public void start(String id) throws EngineException {
        call("start container", CALL, client -> {
            try {
                client.startContainerCmd(id).exec();
            } catch (NotModifiedException e) {
                // It runs already.
            } catch (DockerException e) {
                if (PORT_TAKEN.matcher(oneLine(e)).find()) {
                    throw new EngineException(
                            Kind.PORT_TAKEN, "Docker can't start container " + id + ": " + oneLine(e), e);
                }
                throw e;
            }
            return null;
        });
    }

    @Override
    public void stop(String id, Duration timeout) throws EngineException {
        call("stop container", timeout.plus(CALL), client -> {
            try {
                client.stopContainerCmd(id)
                        .withTimeout((int) Math.max(1, timeout.toSeconds()))
                        .exec();
            } catch (NotModifiedException e) {
                // It does not run any more.
            } catch (NotFoundException e) {
                requireGone(e);
            }
            return null;
        });
    }

    @Override
    public void remove(String id, Volumes anonymous) throws EngineException {
        call("remove container", CALL, client -> {
            try {
                client.removeContainerCmd(id)
                        .withForce(true)
                        .withRemoveVolumes(anonymous == Volumes.DELETE)
                        .exec();
            } catch (NotFoundException e) {
                requireGone(e);
            } catch (ConflictException e) {
                if (!oneLine(e).contains("already in progress")) {
                    throw e;
                }
            }
            return null;
        });
    }

    /**
     * Writes an image into a file, as {@code docker save} does. Takes as long as the engine does.
     *
     * @throws EngineException of kind NO_IMAGE if the engine does not have it
     */
    public void save(String image, Path to) throws EngineException {
        var request = DockerHttpClient.Request.builder()
                .method(DockerHttpClient.Request.Method.GET)
                .path("/v" + connection().version() + "/images/" + image + "/get")
                .build();
        try (var response = http().execute(request)) {
            if (response.getStatusCode() != 200) {
                throw new EngineException(
                        response.getStatusCode() == 404 ? Kind.NO_IMAGE : Kind.REFUSED,
                        "Docker can't save image " + image + ": "
                                + oneLine(JSON.readTree(response.getBody())
                                        .path("message")
                                        .asText("status " + response.getStatusCode())),
                        null);
            }
            Files.copy(response.getBody(), to, StandardCopyOption.REPLACE_EXISTING);
        } catch (FileSystemException e) {
            throw new EngineException(Kind.REFUSED, "cannot write " + to + ": " + e.getReason(), e);
        } catch (IOException | RuntimeException e) {
            throw unavailable(e);
        }
    }

    @Override
    public boolean removeImage(String image) throws EngineException {
        return call("remove image", CALL, client -> {
            try {
                client.removeImageCmd(image).exec();
                return true;
            } catch (NotFoundException e) {
                requireGone(e);
                return true;
            } catch (ConflictException e) {
                return false;
            }
        });
    }

    @Override
    public List<String> logTail(String id, int lines) throws EngineException {
        return call("read log", QUICK, client -> {
            var text = new StringBuilder();
            var collector = new ResultCallback.Adapter<Frame>() {
                @Override
                public void onNext(Frame frame) {
                    text.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
                }
            };
            client.logContainerCmd(id)
                    .withStdOut(true)
                    .withStdErr(true)
                    .withTail(lines)
                    .exec(collector)
                    .awaitCompletion();
            return text.toString().lines().toList();
        });
    }

    @Override
    public void logs(String id, int tail, boolean follow, Consumer<String> lines)
            throws EngineException, InterruptedException {
        try (var log = new LogLines(lines)) {
            connection()
                    .client()
                    .logContainerCmd(id)
                    .withStdOut(true)
                    .withStdErr(true)
                    .withTail(tail)
                    .withFollowStream(follow)
                    .exec(log)
                    .awaitCompletion();
        } catch (DockerException refused) {
            throw new EngineException(Kind.REFUSED, "Docker can't read log: " + oneLine(refused), refused);
        } catch (UncheckedIOException reader) {
            // Whoever reads has failed, not Docker.
            throw reader;
        } catch (IOException | RuntimeException e) {
            throw unavailable(e);
        }
    }

    @Override
    public Future<?> exit(String id) {
        return threads.submit(() -> {
            while (find(id).map(Container::running).orElse(false)) {
                try (var wait = connection().client().waitContainerCmd(id).exec(new WaitContainerResultCallback())) {
                    wait.awaitCompletion();
                } catch (DockerException | IOException e) {
                    // Not every way to an engine allows for long calls: look again, now and then.
                    Thread.sleep(EXIT_POLL);
                }
            }
            return null;
        });
    }

    @Override
    public Optional<Address> address(Container container, int port) {
        if (container.network() == Container.Network.OF_HOST) {
            return Optional.of(published("", port));
        }
        if (engineIsHere()) {
            var own = container.addresses().stream()
                    .filter(DockerEngine::isOnNetworkOfThisHost)
                    .findFirst();
            if (own.isPresent()) {
                return Optional.of(new Address(own.get(), port));
            }
        }
        return Optional.ofNullable(container.published().get(port))
                .map(published -> published(published.host(), published.port()))
                .or(() -> container.addresses().stream().findFirst().map(ip -> new Address(ip, port)));
    }

    @Override
    public Optional<List<ListeningSocket>> listeningSockets(Container container) {
        return engineIsHere() && container.running()
                ? processes.listeningSockets(container.status().processId(), container.id())
                : Optional.empty();
    }

    @Override
    public Optional<Listener> listener(Address address) throws EngineException {
        if (!accepts(address)) {
            return Optional.empty();
        }
        var publisher = containerAt(address);
        if (publisher.isPresent()) {
            return publisher.map(DockerEngine::listener);
        }
        var process = engineIsHere() ? processAt(address) : Optional.<Listener>empty();
        var id = process.flatMap(Listener::containerId);
        var container = id.isPresent() ? find(id.get()) : Optional.<Container>empty();
        return container
                .map(DockerEngine::listener)
                .or(() -> process)
                .or(() -> Optional.of(new Listener(Optional.empty(), "another program")));
    }

    private static Listener listener(Container container) {
        return new Listener(
                Optional.of(container.id()), "container " + container.abbreviatedId() + " (" + container.name() + ")");
    }

    /** A connection attempt that nobody refuses has met somebody, even if that one is too busy to accept it. */
    private boolean accepts(Address address) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.host(), address.port()), (int) CONNECT.toMillis());
            return true;
        } catch (SocketTimeoutException e) {
            // Of another machine this tells only that there is no way to it.
            return engineIsHere();
        } catch (IOException e) {
            return false;
        }
    }

    private Optional<Listener> processAt(Address address) {
        try {
            var sockets = ListeningSocket.answering(
                    processes.listeningSockets(), InetAddress.ofLiteral(address.host()), address.port());
            return sockets.stream()
                    .map(processes::holder)
                    .flatMap(Optional::stream)
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The container that has published this port of the host, or has this address in a network. */
    private Optional<Container> containerAt(Address address) throws EngineException {
        var id = call("list containers", CALL, client -> client.listContainersCmd()
                        .exec())
                .stream()
                .filter(running -> publishes(running, address) || hasAddress(running, address.host()))
                .map(running -> running.getId())
                .findFirst();
        return id.isPresent() ? find(id.get()) : Optional.empty();
    }

    private boolean publishes(com.github.dockerjava.api.model.Container running, Address address) {
        return Stream.of(Objects.requireNonNullElse(running.getPorts(), new ContainerPort[0]))
                .filter(port -> "tcp".equals(port.getType()) && port.getPublicPort() != null)
                .anyMatch(port -> port.getPublicPort() == address.port()
                        && published(Objects.toString(port.getIp(), ""), port.getPublicPort())
                                .equals(address));
    }

    private static boolean hasAddress(com.github.dockerjava.api.model.Container running, String host) {
        return running.getNetworkSettings() != null
                && Objects.requireNonNullElse(
                                running.getNetworkSettings().getNetworks(), Map.<String, ContainerNetwork>of())
                        .values()
                        .stream()
                        .anyMatch(network -> isSameAddress(host, network.getIpAddress())
                                || isSameAddress(host, network.getGlobalIPv6Address()));
    }

    /** An address of IPv6 may be written in many ways. */
    private static boolean isSameAddress(String host, String text) {
        if (text == null || text.isEmpty()) {
            return false;
        }
        try {
            return InetAddress.ofLiteral(host).equals(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            return host.equals(text);
        }
    }

    @Override
    public Optional<Listener> stranger(Container container, int port) {
        var address = address(container, port);
        var sockets = listeningSockets(container);
        if (!container.sharesNetwork() || address.isEmpty() || sockets.isEmpty()) {
            return Optional.empty();
        }
        return ListeningSocket.answering(
                        sockets.get(), InetAddress.ofLiteral(address.get().host()), port)
                .stream()
                .filter(socket -> processes.holder(socket, container.id()) == Processes.Holder.SOMEBODY_ELSE)
                .map(socket -> processes.holder(socket).orElse(new Listener(Optional.empty(), "another program")))
                .findFirst();
    }

    private boolean engineIsHere() {
        return "unix".equals(host.getScheme());
    }

    @Override
    public Address published(String boundTo, int port) {
        var everywhere = boundTo.isEmpty() || boundTo.equals("0.0.0.0") || boundTo.equals("::");
        if (engineIsHere()) {
            return new Address(everywhere ? boundTo.equals("::") ? "::1" : "127.0.0.1" : boundTo, port);
        }
        var onLoopback = boundTo.startsWith("127.") || boundTo.equals("::1");
        return new Address(everywhere || onLoopback ? host.getHost() : boundTo, port);
    }

    /** On a Linux host its bridges have an address in each Docker network; with Docker Desktop they are inside of its machine. */
    private static boolean isOnNetworkOfThisHost(String ip) {
        try {
            var address = InetAddress.ofLiteral(ip);
            return NetworkInterface.networkInterfaces()
                    .flatMap(i -> i.getInterfaceAddresses().stream())
                    .filter(own -> !own.getAddress().isLoopbackAddress())
                    .anyMatch(own -> sameSubnet(own, address));
        } catch (SocketException e) {
            return false;
        }
    }

    static boolean sameSubnet(InterfaceAddress own, InetAddress other) {
        return sameSubnet(own.getAddress().getAddress(), own.getNetworkPrefixLength(), other.getAddress());
    }

    static boolean sameSubnet(byte[] own, int prefixLength, byte[] other) {
        if (own.length != other.length) {
            return false;
        }
        for (var bit = 0; bit < prefixLength; bit++) {
            var mask = 0x80 >> (bit % 8);
            if ((own[bit / 8] & mask) != (other[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    private static Container describe(InspectContainerResponse c, Optional<InspectContainerResponse> network) {
        var state = c.getState();
        var networks =
                network.map(owner -> owner.getNetworkSettings().getNetworks()).orElse(Map.of());
        return new Container(
                c.getId(),
                c.getName().replaceFirst("^/", ""),
                Objects.toString(c.getConfig().getImage(), ""),
                Optional.ofNullable(c.getConfig().getLabels()).orElse(Map.of()),
                Instant.parse(c.getCreated()),
                Optional.ofNullable(c.getConfig().getEnv()).map(Arrays::asList).orElse(List.of()),
                new Container.Status(
                        Objects.toString(state.getStatus(), "unknown"),
                        state.getExitCodeLong() == null
                                ? 0
                                : state.getExitCodeLong().intValue(),
                        Boolean.TRUE.equals(state.getOOMKilled()),
                        Objects.toString(state.getError(), ""),
                        state.getPidLong() == null ? 0 : state.getPidLong()),
                network(c, network),
                Stream.concat(
                                networks.values().stream().map(ContainerNetwork::getIpAddress),
                                networks.values().stream().map(ContainerNetwork::getGlobalIPv6Address))
                        .filter(ip -> ip != null && !ip.isEmpty())
                        .toList(),
                network.map(DockerEngine::published).orElse(Map.of()));
    }

    private static Container.Network network(
            InspectContainerResponse container, Optional<InspectContainerResponse> network) {
        if (network.isPresent() && networkMode(network.get()).equals("host")) {
            return Container.Network.OF_HOST;
        }
        return networkMode(container).startsWith(OF_CONTAINER) ? Container.Network.OF_CONTAINER : Container.Network.OWN;
    }

    private static Map<Integer, Address> published(InspectContainerResponse c) {
        var published = new HashMap<Integer, Address>();
        var ports = c.getNetworkSettings().getPorts();
        if (ports != null) {
            ports.getBindings().forEach((port, bindings) -> {
                if (bindings != null && bindings.length > 0 && port.getProtocol() == InternetProtocol.TCP) {
                    published.put(
                            port.getPort(),
                            new Address(
                                    Objects.toString(bindings[0].getHostIp(), ""),
                                    Integer.parseInt(bindings[0].getHostPortSpec())));
                }
            });
        }
        return published;
    }

    private interface EngineCall<T> {
        T on(DockerClient client) throws Exception;
    }

    private <T> T call(String what, Duration timeout, EngineCall<T> call) throws EngineException {
        var client = connection().client();
        return within(what, timeout, () -> call.on(client));
    }

    /** A read from a Unix socket has no time-out of its own, so that each call gets a thread that can be interrupted. */
    private <T> T within(String what, Duration timeout, Callable<T> call) throws EngineException {
        var answer = threads.submit(call);
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new EngineException(
                    Kind.UNAVAILABLE,
                    "Docker at " + host + " did not answer within " + timeout.toSeconds() + " s (" + what + ")",
                    e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new EngineException(Kind.UNAVAILABLE, "interrupted (" + what + ")", e);
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case EngineException known -> known;
                case DockerException refused ->
                    new EngineException(Kind.REFUSED, "Docker can't " + what + ": " + oneLine(refused), refused);
                case Throwable other -> unavailable(other);
            };
        }
    }

    /** Speaks the newest API version that both sides know; asked again after the engine was away, since it may be another. */
    private Connection connection() throws EngineException {
        var known = connection;
        if (known != null) {
            return known;
        }
        var version = within("negotiate the API version", QUICK, () -> {
            var ping = DockerHttpClient.Request.builder()
                    .method(DockerHttpClient.Request.Method.GET)
                    .path("/_ping")
                    .build();
            try (var response = http().execute(ping)) {
                var theirs = response.getHeader("Api-Version");
                return theirs == null || NEWEST.isGreaterOrEqual(RemoteApiVersion.parseConfig(theirs))
                        ? Objects.requireNonNullElse(theirs, "1.41")
                        : NEWEST.getVersion();
            }
        });
        var versioned = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(host.toString())
                .withApiVersion(version)
                .build();
        return connection = new Connection(DockerClientImpl.getInstance(versioned, http()), version);
    }

    private EngineException unavailable(Throwable cause) {
        connection = null;
        return new EngineException(
                Kind.UNAVAILABLE,
                "cannot reach Docker at " + host + ": " + oneLine(innermost(cause))
                        + "; is it running, and may this user use it?",
                cause);
    }

    private static Throwable innermost(Throwable e) {
        return e.getCause() == null ? e : innermost(e.getCause());
    }

    private static String oneLine(Throwable e) {
        return oneLine(Objects.toString(e.getMessage(), e.getClass().getSimpleName()));
    }

    /** docker-java's messages are {@code Status 404: } and the engine's response: only what the engine says is of interest. */
    private static String oneLine(String message) {
        var start = message.indexOf('{');
        var plain = message;
        if (start >= 0) {
            try {
                plain = JSON.readTree(message.substring(start)).path("message").asText(message);
            } catch (JsonProcessingException notJson) {
                // Words with a brace in them.
            }
        }
        return plain.replaceAll("\\s+", " ").strip();
    }
}
