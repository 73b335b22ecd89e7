package io.wunderproxy.agent;

import io.quarkus.runtime.Quarkus;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.ErrorMessages;
import io.wunderproxy.container.DockerEngine;
import io.wunderproxy.launchconfig.StaticEnvironment;
import io.wunderproxy.manager.ManagerConfig.Authentication;
import io.wunderproxy.manager.ManagerConnections;
import io.wunderproxy.proxy.transport.ListenAddress;
import io.wunderproxy.proxy.transport.ProxyStartException;
import io.wunderproxy.proxy.transport.UnixSocketFile;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Starts the agent: what was said on the command line becomes the configuration of its parts. */
@Command(
        name = "run",
        sortOptions = false,
        abbreviateSynopsis = true,
        description = {
            "Start proxy and manager in the foreground.",
            "",
            "The proxy forwards every request to the container that is active. The manager launches containers from the "
                    + "configurations in the store and switches the proxy between them. Ends on SIGTERM or Ctrl-C after "
                    + "open requests are finished."
        },
        parameterListHeading = "%nArguments:%n",
        optionListHeading = "%nOptions (times like 500ms, 30s, 5m):%n",
        footer = {
            "",
            "Examples:",
            "  Serve the application 'shop' from the configurations in s3://my-bucket/production/:",
            "    wunderproxy run my-bucket production shop",
            "  Try it without S3, on ports that need no privilege:",
            "    wunderproxy run --proxy :8000 --api 127.0.0.1:8001 --state-dir /tmp/shop file:/srv/configs production shop",
            "  Images straight from a bucket, without a registry:",
            "    wunderproxy run --registry embedded --image-bucket my-images my-bucket production shop",
            "  An S3-speaking server of your own:",
            "    AWS_ENDPOINT_URL=http://minio:9000 wunderproxy run my-bucket production shop"
        })
public class RunCommand implements Callable<Integer> {

    /** A name in DNS, or one of an organisation's own that has underscores. */
    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*");

    /** What a repository on a registry may be named, without its host. */
    private static final Pattern APP_NAME = Pattern.compile("[a-z0-9]+(?:[._/-]+[a-z0-9]+)*");

    @Spec
    CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "<s3-bucket>",
            description =
                    "Bucket with the launch configurations, or file:/some/dir for a directory with the same keys.")
    String bucket;

    @Parameters(index = "1", paramLabel = "<s3-prefix>", description = "What the keys in the bucket begin with.")
    String prefix;

    @Parameters(
            index = "2",
            paramLabel = "<app-name>",
            description = "Name of the application: the repository of its images.")
    String app;

    @Option(
            names = {"-p", "--proxy"},
            paramLabel = "<address>",
            defaultValue = "0.0.0.0:80",
            description = "Listen address of the proxy: host:port or unix:/path. Default: ${DEFAULT-VALUE}")
    String proxy;

    @Option(
            names = {"-a", "--api"},
            paramLabel = "<address>",
            defaultValue = "0.0.0.0:8001",
            description = "Listen address of the manager: host:port or unix:/path. Default: ${DEFAULT-VALUE}")
    String api;

    @Option(
            names = {"-t", "--trusted-proxies"},
            paramLabel = "<network>",
            split = ",",
            description =
                    "IP addresses and networks of load balancers in front, such as 10.0.0.0/8, whose X-Forwarded-* and "
                            + "X-Request-* headers are kept. Default: none")
    List<String> trustedProxies = List.of();

    @Option(
            names = {"-r", "--registry-port"},
            paramLabel = "<port>",
            defaultValue = "8080",
            description = "Port of the local image registry. Default: ${DEFAULT-VALUE}")
    int registryPort;

    @Option(
            names = {"-c", "--cfg"},
            paramLabel = "<file>",
            description = "File of KEY=value lines: environment variables that every container gets.")
    Path cfg;

    @Option(
            names = {"-d", "--docker-host"},
            paramLabel = "<url>",
            description = "Docker Engine: unix:///path or tcp://host:port. Default: $DOCKER_HOST, else "
                    + DockerEngine.USUAL_HOST)
    String dockerHost;

    @Option(
            names = {"-s", "--state-dir"},
            paramLabel = "<dir>",
            description = "What must survive a crash is kept here. Default: /var/lib/wunderproxy/<app-name>")
    Path stateDir;

    @Option(
            names = "--drain-timeout",
            paramLabel = "<time>",
            defaultValue = "30s",
            converter = DurationConverter.class,
            description =
                    "How long an old container may finish its open requests after a switch. Default: ${DEFAULT-VALUE}")
    Duration drainTimeout;

    @Option(
            names = "--launch-timeout",
            paramLabel = "<time>",
            defaultValue = "5m",
            converter = DurationConverter.class,
            description = "How long a container may take to become healthy. Default: ${DEFAULT-VALUE}")
    Duration launchTimeout;

    @Option(
            names = "--health-interval",
            paramLabel = "<time>",
            defaultValue = "1s",
            converter = DurationConverter.class,
            description =
                    "Time between two health checks of the active container, at least 1s. Default: ${DEFAULT-VALUE}")
    Duration healthInterval;

    @Option(
            names = "--stop-timeout",
            paramLabel = "<time>",
            defaultValue = "10s",
            converter = DurationConverter.class,
            description = "How long a container has to end after SIGTERM, before SIGKILL. Default: ${DEFAULT-VALUE}")
    Duration stopTimeout;

    @Option(
            names = "--api-auth",
            paramLabel = "<token|none>",
            defaultValue = "token",
            description = "Whether calls that change state need a bearer token. 'none' lets everybody in. "
                    + "Default: ${DEFAULT-VALUE}")
    Authentication apiAuth;

    @Option(
            names = "--api-token-file",
            paramLabel = "<file>",
            description = "File with that token, made at the first start. Default: <state-dir>/api-token")
    Path apiTokenFile;

    @Option(
            names = "--api-host",
            paramLabel = "<name>",
            split = ",",
            description =
                    "The manager's names: requests that name another host are refused, unless they name an IP address "
                            + "or localhost. Keeps out pages whose own name leads to the manager. Default: any name")
    List<String> apiHosts = List.of();

    @Option(
            names = "--api-tls-cert",
            paramLabel = "<file>",
            description =
                    "PEM file with the manager's certificate: it then speaks TLS only. A changed file is used without "
                            + "a restart.")
    Path apiTlsCert;

    @Option(names = "--api-tls-key", paramLabel = "<file>", description = "PEM file with its key.")
    Path apiTlsKey;

    @Mixin
    RegistryFlags registryFlags;

    @Mixin
    ProxyFlags proxyFlags;

    @Mixin
    FleetFlags fleetFlags;

    @Override
    public Integer call() {
        Map<String, String> settings;
        try {
            settings = settings();
        } catch (ProxyStartException e) {
            throw new CommandFailure("the agent can't start: " + e.getMessage());
        }
        settings.forEach(System::setProperty);
        var failure = new AtomicReference<Throwable>();
        var exitCode = new AtomicReference<>(0);
        Quarkus.run(null, (code, error) -> {
            exitCode.set(code);
            failure.set(error);
        });
        if (failure.get() != null) {
            throw new CommandFailure("the agent can't start: " + reason(failure.get()));
        }
        return exitCode.get();
    }

    /** The configuration of the agent's parts and of the framework below them. */
    public Map<String, String> settings() {
        var state = stateDir == null ? Path.of("/var/lib/wunderproxy", app) : stateDir;
        check();
        var settings = new LinkedHashMap<String, String>();
        settings.put("agent.connection.proxy", proxy);
        settings.put("agent.connection.manager", api);
        settings.put("agent.connection.manager-tls", Boolean.toString(apiTlsCert != null));
        if (!trustedProxies.isEmpty()) {
            settings.put("agent.connection.trusted-proxies", String.join(",", trustedProxies));
        }
        spec.argGroups().forEach(group -> putOptions(group, settings));
        settings.put("agent.connection.docker-host", dockerHost());
        settings.put("agent.connection.bucket", bucket);
        settings.put("agent.connection.prefix", prefix.isEmpty() ? "/" : prefix);
        settings.put("agent.deployment.app", app);
        settings.put("agent.deployment.store", bucket + "/" + prefix);
        settings.put("agent.deployment.registry-port", Integer.toString(registryPort));
        settings.put("agent.deployment.state-dir", state.toString());
        settings.put("agent.deployment.drain-timeout", drainTimeout.toString());
        settings.put("agent.deployment.launch-timeout", launchTimeout.toString());
        settings.put("agent.deployment.health-interval", healthInterval.toString());
        settings.put("agent.deployment.stop-timeout", stopTimeout.toString());
        registryFlags.put(settings);
        if (cfg != null) {
            settings.put("agent.deployment.environment-file", cfg.toString());
        }
        settings.put("agent.manager.authentication", apiAuth.name());
        settings.put("agent.manager.proxy", proxy);
        settings.put("agent.manager.docker-host", dockerHost());
        settings.put("agent.manager.bucket", bucket);
        settings.put("agent.manager.prefix", prefix.isEmpty() ? "/" : prefix);
        settings.put(ManagerConnections.SWITCH, ManagerConnections.ON);
        settings.put(
                ManagerConnections.MOST,
                Integer.toString(OpenFiles.ofThisProcess().ofManager()));
        if (!apiHosts.isEmpty()) {
            settings.put("agent.manager.host", String.join(",", apiHosts));
        }
        settings.put(
                "agent.manager.token-file",
                (apiTokenFile == null ? state.resolve("api-token") : apiTokenFile).toString());
        switch (listenAddress("--api", api)) {
            case ListenAddress.Tcp(var host, var port) -> {
                settings.put("quarkus.http.host", host);
                settings.put(
                        apiTlsCert == null ? "quarkus.http.port" : "quarkus.http.ssl-port", Integer.toString(port));
            }
            case ListenAddress.Unix(var path) -> {
                UnixSocketFile.removeStale(path);
                settings.put("quarkus.http.host-enabled", "false");
                settings.put("quarkus.http.domain-socket-enabled", "true");
                settings.put("quarkus.http.domain-socket", path.toString());
            }
        }
        if (apiTlsCert != null) {
            settings.put("quarkus.tls.manager.key-store.pem.0.cert", apiTlsCert.toString());
            settings.put("quarkus.tls.manager.key-store.pem.0.key", apiTlsKey.toString());
            settings.put("quarkus.tls.manager.reload-period", "10s");
            settings.put("quarkus.http.tls-configuration-name", "manager");
            settings.put("quarkus.http.insecure-requests", "disabled");
        }
        return settings;
    }

    /** Each option of the proxy and of the fleet becomes the setting of the same name. */
    private static void putOptions(ArgGroupSpec group, Map<String, String> settings) {
        var prefix = FleetFlags.HEADING.equals(group.heading()) ? "agent.fleet." : "agent.proxy.";
        for (var option : group.options()) {
            var name = prefix + option.longestName().substring(2);
            Object chosen = option.getValue();
            switch (chosen) {
                case null -> {}
                case List<?> list ->
                    settings.put(
                            name,
                            list.stream()
                                    .map(value -> value.toString().replace(",", "\\,"))
                                    .collect(Collectors.joining(",")));
                case Object value -> settings.put(name, value.toString());
            }
        }
    }

    private void check() {
        listenAddress("--proxy", proxy);
        proxyFlags.problem().or(registryFlags::problem).ifPresent(problem -> {
            throw misuse(problem);
        });
        fleetFlags.problem().ifPresent(problem -> {
            throw misuse(problem);
        });
        if ((apiTlsCert == null) != (apiTlsKey == null)) {
            throw misuse("--api-tls-cert and --api-tls-key: give both or none");
        }
        if (apiTlsCert != null && api.startsWith("unix:")) {
            throw misuse("--api-tls-cert: a Unix socket needs no TLS");
        }
        if (!apiHosts.stream().allMatch(name -> HOST_NAME.matcher(name).matches())) {
            throw misuse("--api-host: must be names such as manager.example, without a port");
        }
        if (!APP_NAME.matcher(app).matches()) {
            throw misuse("<app-name>: must be lower-case letters and digits, with '.', '_', '-' or '/' between them");
        }
        if (registryPort < 1 || registryPort > 65535) {
            throw misuse("--registry-port: must be 1 to 65535");
        }
        if (healthInterval.compareTo(Duration.ofSeconds(1)) < 0) {
            throw misuse("--health-interval: must be at least 1s");
        }
        try {
            StaticEnvironment.read(Optional.ofNullable(cfg));
        } catch (IOException e) {
            throw misuse(e.getMessage());
        }
        var docker = dockerHost();
        if (!docker.startsWith("unix:///") && !docker.startsWith("tcp://")) {
            throw misuse("--docker-host: must be unix:///path or tcp://host:port");
        }
    }

    private String dockerHost() {
        return dockerHost == null ? DockerEngine.defaultHost() : dockerHost;
    }

    private ListenAddress listenAddress(String option, String value) {
        try {
            return ListenAddress.parse(value);
        } catch (IllegalArgumentException e) {
            throw misuse(option + ": " + e.getMessage());
        }
    }

    private ParameterException misuse(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** The framework wraps the reason: the first exception that this program made says it in words for its user. */
    private String reason(Throwable failure) {
        var innermost = failure;
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            var madeAt = cause.getStackTrace();
            var wraps = cause.getCause() != null && cause.getCause().toString().equals(cause.getMessage());
            if (!wraps && madeAt.length > 0 && madeAt[0].getClassName().startsWith("io.wunderproxy.")) {
                return cause.getMessage();
            }
            innermost = cause;
        }
        if (innermost instanceof IOException
                        && String.valueOf(innermost.getMessage()).startsWith("bind")
                || innermost instanceof BindException) {
            return ProxyStartException.cannotListen(listenAddress("--api", api), innermost)
                            .getMessage()
                    + " (--api, for the manager)";
        }
        if (innermost instanceof IOException io) {
            return ErrorMessages.words(io);
        }
        return innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
    }
}
