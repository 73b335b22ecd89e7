package io.wunderproxy.cli.host;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.wunderproxy.api.AgentView;
import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.api.RegistryView;
import io.wunderproxy.cli.ConfigFile;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.Terminal;
import io.wunderproxy.cli.Terminal.Colour;
import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.cli.store.DockerOption;
import io.wunderproxy.cli.store.OptionalStoreOptions;
import io.wunderproxy.client.Credential;
import io.wunderproxy.client.Dialer;
import io.wunderproxy.client.ManagerAddress;
import io.wunderproxy.client.ManagerClient;
import io.wunderproxy.client.ManagerException;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.Promotions;
import io.wunderproxy.store.StoreException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.hc.core5.http.Method;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Looks for what is wrong, and says how to fix it. Changes nothing. */
@Command(
        name = "doctor",
        exitCodeList = {"1:something is wrong; it says what, and how to fix it"},
        description = {
            "Check manager, token, store, Docker, registry, ports, clock and permissions; say what is wrong, and how to fix it.",
            "",
            "Docker, registry and ports are those of this machine, and looked at when the manager is on it. Nothing is changed."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy doctor -s my-bucket -p production",
            "  wunderproxy doctor -H https://10.0.0.7:8001 --json"
        })
public final class DoctorCommand implements Callable<Integer> {

    private static final Duration QUICK = Duration.ofSeconds(10);
    private static final int CONNECT_MILLIS = 2000;
    private static final int USUAL_REGISTRY_PORT = 8080;
    private static final String USUAL_PROXY = "0.0.0.0:80";

    /** The API of Docker Engine 20.10; others that speak it, like Podman, number themselves as they like. */
    private static final int OLDEST_API = 41;

    private static final Duration CLOCK_WARNING = Duration.ofSeconds(30);

    /** S3 refuses requests whose time is further off. */
    private static final Duration CLOCK_LIMIT = Duration.ofMinutes(15);

    private static final Path UNPRIVILEGED_PORTS = Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    private static final Set<PosixFilePermission> OF_OTHERS =
            Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);

    @Mixin
    ManagerOptions options;

    @Mixin
    OutputOptions output;

    @Mixin
    OptionalStoreOptions store;

    @Mixin
    DockerOption docker;

    @Option(
            names = "--registry-port",
            paramLabel = "<port>",
            description = "Port of the local image registry. Default: the agent's, else 8080")
    Integer registryPort;

    @Option(
            names = "--proxy",
            paramLabel = "<address>",
            description = "Where the agent's proxy listens. Default: as it says, else 0.0.0.0:80")
    String proxy;

    /** The agent as the manager describes it; empty texts if it was not reached or is too old for that. */
    private AgentView agent = AgentView.of(MissingNode.getInstance());

    private final List<Finding> findings = new ArrayList<>();

    private enum Severity {
        OK,
        WARNING,
        WRONG
    }

    /** @param remedy what to do; empty when all is well */
    private record Finding(String check, Severity severity, String what, String remedy) {}

    @Override
    public Integer call() {
        checkConfigFile();
        var reached = checkManager();
        checkStore();
        if (registryPort == null) {
            registryPort = USUAL_REGISTRY_PORT;
        }
        if (proxy == null) {
            proxy = agent.proxy().isEmpty() ? USUAL_PROXY : agent.proxy();
        }
        if (!isElsewhere()) {
            checkDocker();
            checkRegistry();
            checkPorts(reached);
        }
        var wrong =
                findings.stream().filter(f -> f.severity() == Severity.WRONG).count();
        if (output.json) {
            printJson();
        } else {
            output.out().println(wrong == 0 ? "nothing is wrong" : wrong + " of " + findings.size() + " checks failed");
        }
        return (wrong == 0 ? Exit.OK : Exit.FAILED).code();
    }

    // ---- the checks ----

    private void checkStore() {
        var given = store.open();
        if (given.isPresent()) {
            checkStore(given.get(), this::wrong);
        } else if (agent.bucket().startsWith("file:") && isElsewhere()) {
            warn(
                    "store",
                    "not looked at: " + agent.bucket() + " is a directory of the agent's host",
                    "run doctor there");
        } else if (!agent.bucket().isEmpty()) {
            // The agent's own store, which the user may not be allowed to read as the agent is.
            checkStore(LaunchConfigStore.open(agent.bucket(), agent.prefix()), this::warn);
        } else {
            warn("store", "not looked at", "give --s3bucket and --s3prefix");
        }
    }

    /** Whether files, ports and programs of this machine are not those that the agent sees. */
    private boolean isElsewhere() {
        return !options.address().isLocal() || options.isTunnelled();
    }

    /** Reports a failure of the store. */
    private interface Teller {
        void tell(String check, String what, String remedy);
    }

    private void checkConfigFile() {
        var file = ConfigFile.place(System.getenv());
        if (!Files.exists(file)) {
            return;
        }
        checkPrivate("config file", file);
    }

    private void checkPrivate(String check, Path file) {
        try {
            var permissions = Files.getPosixFilePermissions(file);
            if (permissions.stream().anyMatch(OF_OTHERS::contains)) {
                warn(check, file + " can be read by others", "chmod 600 " + file);
            } else {
                ok(check, file + " is its owner's alone");
            }
        } catch (IOException | UnsupportedOperationException e) {
            warn(check, "cannot tell who may read " + file, "");
        }
    }

    private boolean checkManager() {
        try (var manager = options.manager(QUICK)) {
            var status = manager.status();
            agent = status.agent().orElse(agent);
            if (registryPort == null) {
                registryPort =
                        status.registry().map(registry -> (int) registry.port()).orElse(null);
            }
            ok(
                    "manager",
                    manager.address() + " responds"
                            + status.active()
                                    .map(active -> ", serving revision " + active.revision())
                                    .orElse(""));
            if (status.active().isEmpty()) {
                warn("health", "nothing serves yet", "wunderproxy deploy");
            }
            status.active()
                    .filter(DeploymentSummary::isUnhealthy)
                    .ifPresent(active -> wrong(
                            "health",
                            "the active container is unhealthy: "
                                    + active.healthReason().orElse(""),
                            "wunderproxy logs"));
            if (!status.isDockerOk()) {
                wrong("manager's Docker", status.dockerState(), "look at the Docker service of that host");
            }
            if (status.drift().isPresent()) {
                warn(
                        "drift",
                        status.drift().get().message().orElse("the host serves what is not in current.json"),
                        "wunderproxy deploy");
            }
            status.problem()
                    .filter(problem -> !problem.equals(status.dockerState()))
                    .ifPresent(
                            problem -> wrong("manager's problem", problem, "see docs/operations.md, by these words"));
            if (!status.gate().isOpen()) {
                warn("traffic", "is held back: " + status.gate().state(), "wunderproxy resume");
            }
            status.registry().filter(RegistryView::isEmbedded).ifPresent(this::checkEmbeddedRegistry);
            checkToken(manager);
            return true;
        } catch (ManagerException e) {
            wrong("manager", e.getMessage(), "start the agent, or give the right --host");
            return false;
        }
    }

    /** The token is not shown: the manager proves that it knows the same one. */
    private void checkToken(ManagerClient manager) {
        if (options.connection.tokenFile != null) {
            checkPrivate("token file", options.connection.tokenFile);
        }
        var place = agent.tokenFile().isEmpty() ? "<state-dir>/api-token" : agent.tokenFile();
        switch (manager.acceptance()) {
            case ACCEPTED -> ok("token", "is accepted");
            case NOT_ASKED_FOR -> ok("token", "none is asked for");
            case MISSING -> ok("token", "none was given; calls that change something need the one in " + place);
            case REFUSED -> wrong("token", "is not accepted", "--token-file with a copy of the agent's " + place);
            case UNKNOWN -> warn("token", "is not looked at: the agent is too old to tell", "upgrade it");
        }
        if (options.token().isPresent()
                && !manager.address().tls()
                && !options.isTunnelled()
                && !manager.address().isLocal()) {
            warn("token", "goes over the network in the clear", "--api-tls-cert for the agent, https:// for --host");
        }
    }

    private void checkStore(LaunchConfigStore store, Teller failed) {
        try {
            var promotions = store.promotions(Clock.systemUTC());
            var snapshot = promotions.read();
            ok(
                    "store",
                    store.locateCurrent()
                            + (snapshot.current().isPresent()
                                    ? " is there"
                                    : " can be read, but nothing was promoted yet"));
            checkPromotion(store, promotions);
            if (snapshot.interrupted()) {
                warn("promotion", "the last one was broken off", "the next deploy or rollback completes it");
            }
            if (snapshot.current().isPresent()) {
                var hash = snapshot.currentHash().orElseThrow();
                LaunchConfig.parse(hash, snapshot.current().get());
                if (store.find(hash).isEmpty()) {
                    warn(
                            "store",
                            "there is no " + store.locate(hash),
                            "wunderproxy config push, so that it can be launched");
                }
            }
        } catch (StoreException.Denied e) {
            failed.tell("store", e.getMessage(), "deploy/iam-policy-deploy.json has what a person who deploys may do");
        } catch (StoreException e) {
            failed.tell(
                    "store",
                    e.getMessage(),
                    store.isDirectory()
                            ? "create the directory, or give the right --s3bucket and --s3prefix"
                            : "look at AWS_REGION, AWS_ENDPOINT_URL and the network");
        } catch (InvalidLaunchConfigException e) {
            wrong("store", e.getMessage(), "deploy a configuration that can be run");
        }
        checkClock(store);
    }

    /** Skips S3, where only a write shows whether it is allowed. */
    private void checkPromotion(LaunchConfigStore store, Promotions promotions) throws StoreException {
        if (!store.isDirectory()) {
            ok(
                    "promotion",
                    "is not tried, for that would write; 'deploy' says so before it launches if it is not allowed");
            return;
        }
        try {
            promotions.checkAllowed();
            ok("promotion", "is allowed");
        } catch (StoreException.Denied e) {
            warn("promotion", e.getMessage(), "deploy/iam-policy-deploy.json has what a person who deploys may do");
        }
    }

    private void checkClock(LaunchConfigStore store) {
        store.clockSkew(Clock.systemUTC()).ifPresent(skew -> {
            var off = skew.abs();
            var what = "is " + off.toSeconds() + " s off the store's";
            if (off.compareTo(CLOCK_LIMIT) > 0) {
                wrong(
                        "clock",
                        what + ": it refuses requests that are more than 15 minutes off",
                        "let chrony or systemd-timesyncd set it");
            } else if (off.compareTo(CLOCK_WARNING) > 0) {
                warn("clock", what, "let chrony or systemd-timesyncd set it");
            } else {
                ok("clock", "agrees with the store's");
            }
        });
    }

    private void checkDocker() {
        var host = docker.given == null || docker.given.isBlank()
                ? agent.docker().isEmpty() ? docker.host() : agent.docker()
                : docker.given;
        if (host.startsWith("unix://")) {
            var socket = Path.of(host.substring("unix://".length()));
            if (!Files.exists(socket)) {
                wrong("docker", "there is no " + socket, "install and start Docker: systemctl start docker");
                return;
            }
            if (!Files.isWritable(socket)) {
                wrong(
                        "docker",
                        "no permission to use " + socket,
                        "join group docker: usermod -aG docker $USER, then log in again");
                return;
            }
        }
        if (!System.getenv().getOrDefault("DOCKER_TLS_VERIFY", "").isEmpty()) {
            warn("docker", "over TLS it is not looked at from here", "the manager's word on it is above");
            return;
        }
        try (var docker = new ManagerClient(
                ManagerAddress.parse(host.replace("tcp://", "http://")), Credential.NONE, null, QUICK, Dialer.DIRECT)) {
            var version = docker.get("/version", ManagerClient.Form.JSON).json();
            var name = engine(version);
            var api = version.path("ApiVersion").asText();
            if (api.matches("1\\.\\d{1,3}") && Integer.parseInt(api.substring(2)) < OLDEST_API) {
                wrong("docker", name + " is too old: it has the API " + api, "the Docker Engine 20.10 or later");
            } else {
                ok("docker", name + " responds at " + host);
            }
        } catch (ManagerException | IllegalArgumentException e) {
            wrong("docker", "does not respond at " + host, "systemctl status docker");
        }
    }

    private static String engine(JsonNode version) {
        var podman = version.path("Components")
                .valueStream()
                .anyMatch(component -> component.path("Name").asText().startsWith("Podman"));
        return (podman ? "Podman " : "Engine ") + version.path("Version").asText();
    }

    private void checkRegistry() {
        if (!listens(registryPort)) {
            warn(
                    "registry",
                    "nothing listens on port " + registryPort + " of this machine",
                    "start it, give --registry-port, or run the agent with --registry embedded; images that Docker has "
                            + "need none");
            return;
        }
        var address = ManagerAddress.parse("127.0.0.1:" + registryPort);
        try (var registry = new ManagerClient(address, Credential.NONE, null, QUICK, Dialer.DIRECT)) {
            var response = registry.call(Method.GET, "/v2/", "", ManagerClient.Form.JSON);
            if (response.status() == 200 || response.status() == 401) {
                ok("registry", "responds on port " + registryPort);
            } else {
                wrong(
                        "registry",
                        "what listens on port " + registryPort + " is none: it responded with " + response.status(),
                        "ss -ltnp 'sport = :" + registryPort + "' shows what it is; or give --registry-port");
            }
        } catch (ManagerException e) {
            wrong(
                    "registry",
                    "what listens on port " + registryPort + " does not respond as a registry does",
                    "ss -ltnp 'sport = :" + registryPort + "' shows what it is; or give --registry-port");
        }
    }

    /** The agent knows whether its own registry can use its bucket. */
    private void checkEmbeddedRegistry(RegistryView registry) {
        if (registry.isOk()) {
            ok("images", "come from " + registry.imageBucket().orElse("the buckets of launch configurations"));
        } else {
            wrong(
                    "images",
                    registry.state(),
                    "look at the agent's --image-bucket, and at deploy/iam-policy.json for what it may do there");
        }
    }

    private void checkPorts(boolean managerReached) {
        var colon = proxy.lastIndexOf(':');
        if (proxy.startsWith("unix:")
                || colon < 0
                || !proxy.substring(colon + 1).matches("\\d{1,5}")) {
            return;
        }
        var port = Integer.parseInt(proxy.substring(colon + 1));
        if (listens(port)) {
            if (managerReached) {
                ok("ports", "the proxy's port " + port + " is listened on");
            } else {
                wrong(
                        "ports",
                        "port " + port + " is taken, and not by an agent whose manager responds",
                        "ss -ltnp 'sport = :" + port + "' shows by whom; or give --proxy");
            }
        } else if (managerReached) {
            wrong("ports", "nothing listens on the proxy's port " + port, "give the --proxy of the agent");
        } else {
            ok("ports", "the proxy's port " + port + " is free");
        }
        checkPrivileged(port);
    }

    private void checkPrivileged(int port) {
        try {
            var first = Integer.parseInt(Files.readString(UNPRIVILEGED_PORTS).strip());
            if (port < first && !System.getProperty("user.name", "").equals("root")) {
                warn(
                        "permissions",
                        "port " + port + " takes a privilege",
                        "run the agent as a service (wunderproxy install), or with CAP_NET_BIND_SERVICE");
            }
        } catch (IOException | NumberFormatException e) {
            // The system is no Linux that says so.
        }
    }

    private static boolean listens(int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    // ---- the report ----

    private void ok(String check, String what) {
        tell(new Finding(check, Severity.OK, what, ""));
    }

    private void warn(String check, String what, String remedy) {
        tell(new Finding(check, Severity.WARNING, what, remedy));
    }

    private void wrong(String check, String what, String remedy) {
        tell(new Finding(check, Severity.WRONG, what, remedy));
    }

    private void tell(Finding finding) {
        findings.add(finding);
        if (output.json) {
            return;
        }
        var sign =
                switch (finding.severity()) {
                    case OK -> Terminal.OUT.paint(Colour.GOOD, "ok     ");
                    case WARNING -> Terminal.OUT.paint(Colour.UNSURE, "warning");
                    case WRONG -> Terminal.OUT.paint(Colour.BAD, "wrong  ");
                };
        output.out().println(sign + "  " + finding.check() + ": " + finding.what());
        if (!finding.remedy().isEmpty()) {
            output.out().println("         to fix it: " + finding.remedy());
        }
        output.out().flush();
    }

    private void printJson() {
        var names = Map.of(Severity.OK, "ok", Severity.WARNING, "warning", Severity.WRONG, "wrong");
        var array = JsonNodeFactory.instance.arrayNode();
        for (var finding : findings) {
            var node = array.addObject()
                    .put("Check", finding.check())
                    .put("State", names.get(finding.severity()))
                    .put("Message", finding.what());
            if (!finding.remedy().isEmpty()) {
                node.put("Remedy", finding.remedy());
            }
        }
        output.print(array);
    }
}
