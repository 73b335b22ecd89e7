package io.wunderproxy.agent;

import io.quarkus.runtime.Quarkus;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.ErrorMessages;
import io.wunderproxy.cli.OptionDefaults;
import io.wunderproxy.container.DockerEngine;
import io.wunderproxy.deployment.DeploymentOptions;
import io.wunderproxy.launchconfig.StaticEnvironment;
import io.wunderproxy.manager.ApiOptions;
import io.wunderproxy.manager.ApiOptions.Authentication;
import io.wunderproxy.manager.ManagerConnections;
import io.wunderproxy.names.HostName;
import io.wunderproxy.options.OutOfBounds;
import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.rules.TrustedProxies;
import io.wunderproxy.proxy.tls.TlsOptions;
import io.wunderproxy.proxy.transport.ListenAddress;
import io.wunderproxy.proxy.transport.ProxyStartException;
import io.wunderproxy.proxy.transport.UnixSocketFile;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Starts the agent: turns the command line into the records of options of its parts. */
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

    static final String CHECK = "--check";

    @Spec
    CommandSpec spec;

    @Option(
            names = "--settings",
            paramLabel = "<file>",
            descriptionKey = OptionDefaults.COMMAND_LINE_ONLY,
            description = "File with options of this agent, one 'option=value' a line, in place of the user's "
                    + "settings file. It is read once, at the start.")
    Path settingsFile;

    @Option(
            names = CHECK,
            descriptionKey = OptionDefaults.COMMAND_LINE_ONLY,
            description =
                    "Only say what is wrong with command line, environment and settings file, all at once, and with"
                            + " the files that they name. Nothing is started or changed. Exit code 2 if anything is"
                            + " wrong.")
    boolean check;

    @Parameters(
            index = "0",
            paramLabel = "<s3-bucket>",
            description =
                    "Bucket with the launch configurations, or file:/some/dir for a directory with the same keys.")
    String bucket;

    @Parameters(index = "1", paramLabel = "<s3-prefix>", description = "Prefix of the keys in the bucket.")
    String prefix;

    @Parameters(
            index = "2",
            paramLabel = "<app-name>",
            description = "Name of the application: the repository of its images.")
    String app;

    @Option(
            names = {"-p", "--proxy"},
            paramLabel = "<address>",
            converter = ListenAddressConverter.class,
            description = "Listen address of the proxy: host:port or unix:/path. Default: ${DEFAULT-VALUE}")
    ListenAddress proxy = ProxyOptions.Listener.DEFAULT_ADDRESS;

    @Option(
            names = {"-a", "--api"},
            paramLabel = "<address>",
            converter = ListenAddressConverter.class,
            description = "Listen address of the manager: host:port or unix:/path. Default: ${DEFAULT-VALUE}")
    ListenAddress api = new ListenAddress.Tcp("0.0.0.0", 8001);

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
            description = "Port of the local image registry. Default: ${DEFAULT-VALUE}")
    int registryPort = DeploymentOptions.DEFAULT_REGISTRY_PORT;

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
            description = "Directory for the state that must survive a crash. Default: /var/lib/wunderproxy/<app-name>")
    Path stateDir;

    @Option(
            names = "--drain-timeout",
            paramLabel = "<time>",
            converter = DurationConverter.class,
            description =
                    "How long an old container may finish its open requests after a switch. Default: ${DEFAULT-VALUE}")
    Duration drainTimeout = DeploymentOptions.DEFAULT_DRAIN_TIMEOUT;

    @Option(
            names = "--launch-timeout",
            paramLabel = "<time>",
            converter = DurationConverter.class,
            description = "How long a container may take to become healthy. Default: ${DEFAULT-VALUE}")
    Duration launchTimeout = DeploymentOptions.DEFAULT_LAUNCH_TIMEOUT;

    @Option(
            names = "--health-interval",
            paramLabel = "<time>",
            converter = DurationConverter.class,
            description =
                    "Time between two health checks of the active container, at least 1s. Default: ${DEFAULT-VALUE}")
    Duration healthInterval = DeploymentOptions.DEFAULT_HEALTH_INTERVAL;

    @Option(
            names = "--stop-timeout",
            paramLabel = "<time>",
            converter = DurationConverter.class,
            description = "How long a container has to end after SIGTERM, before SIGKILL. Default: ${DEFAULT-VALUE}")
    Duration stopTimeout = DeploymentOptions.DEFAULT_STOP_TIMEOUT;

    @Option(
            names = "--api-auth",
            paramLabel = "<token|none>",
            description = "Whether calls that change state need a bearer token. 'none' lets everybody in. "
                    + "Default: ${DEFAULT-VALUE}")
    Authentication apiAuth = Authentication.TOKEN;

    @Option(
            names = "--api-token-file",
            paramLabel = "<file>",
            description = "File with the bearer token, made at the first start. Default: <state-dir>/api-token")
    Path apiTokenFile;

    @Option(
            names = "--api-host",
            paramLabel = "<name>",
            split = ",",
            description =
                    "The manager's names: requests that name another host are refused, unless they name an IP address "
                            + "or localhost. Keeps out pages whose own name leads to the manager. Default: any name")
    List<String> hosts = List.of();

    @Option(
            names = "--api-tls-cert",
            paramLabel = "<file>",
            description =
                    "PEM file with the manager's certificate: it then speaks TLS only. A changed file is used without "
                            + "a restart.")
    Path apiTlsCert;

    @Option(
            names = "--api-tls-key",
            paramLabel = "<file>",
            description = "PEM file with the key of the manager's certificate.")
    Path apiTlsKey;

    @Mixin
    RegistryFlags registryFlags;

    @Mixin
    ProxyFlags proxyFlags;

    @Mixin
    FleetFlags fleetFlags;

    /** The file with this agent's own options, if the command line names one. */
    public Optional<Path> settingsFile() {
        return Optional.ofNullable(settingsFile);
    }

    @Override
    public Integer call() {
        var settings = Settings.read(this);
        if (check) {
            return settings.report();
        }
        var options = settings.options();
        Map<String, String> properties;
        try {
            properties = properties(options.deployment());
        } catch (ProxyStartException e) {
            throw new CommandFailure("the agent can't start: " + e.getMessage());
        }
        properties.forEach(System::setProperty);
        GivenOptions.give(options, settings);
        var failure = new AtomicReference<Throwable>();
        var exitCode = new AtomicReference<>(0);
        Quarkus.run(null, (code, error) -> {
            exitCode.set(code);
            failure.set(error);
        });
        if (failure.get() != null) {
            var reason = reason(failure.get());
            Inheritance.failed(reason);
            throw new CommandFailure("the agent can't start: " + reason);
        }
        return exitCode.get();
    }

    /**
     * The options of the agent's parts.
     *
     * @throws ParameterException if anything is wrong; its message has all of it
     */
    public AgentOptions options() {
        return Settings.read(this).options();
    }

    /** All that is wrong with the options, once they were made with these names. */
    List<ParameterException> faults(OptionNames names) {
        return Stream.concat(misuses().stream(), names.faults().stream()).toList();
    }

    /**
     * The options of the agent's parts; those that are wrong are collected.
     *
     * @throws ParameterException if one that is wrong can't be left out
     */
    AgentOptions options(OptionNames names) {
        var state = stateDir == null ? Path.of("/var/lib/wunderproxy", app) : stateDir;
        var keys = prefix.isEmpty() ? "/" : prefix;
        var deployment = names.made(
                this,
                () -> new DeploymentOptions(
                        app,
                        bucket + "/" + prefix,
                        registryPort,
                        Optional.ofNullable(cfg),
                        state,
                        drainTimeout,
                        launchTimeout,
                        healthInterval,
                        stopTimeout));
        var manager = names.made(
                this,
                () -> new ApiOptions(apiAuth, apiTokenFile == null ? state.resolve("api-token") : apiTokenFile, hosts));
        var fleet = names.made(fleetFlags.membership, fleetFlags.membership::options);
        var memberId = fleet.memberId().orElseGet(() -> HostName.or("unnamed"));
        return new AgentOptions(
                proxyFlags.options(names, proxy, names.made(this, this::trusted), memberId),
                api,
                apiTls(),
                dockerHost(),
                bucket,
                keys,
                deployment,
                manager,
                names.made(registryFlags, () -> registryFlags.options(registryPort, state)),
                names.made(registryFlags, registryFlags::bucket),
                fleet);
    }

    private TrustedProxies trusted() {
        try {
            return new TrustedProxies(trustedProxies);
        } catch (IllegalArgumentException e) {
            throw new OutOfBounds("trustedProxies", e.getMessage());
        }
    }

    private Optional<TlsOptions.PemFiles> apiTls() {
        return apiTlsCert == null || apiTlsKey == null
                ? Optional.empty()
                : Optional.of(new TlsOptions.PemFiles(apiTlsCert, apiTlsKey));
    }

    /** The configuration of the framework. */
    private Map<String, String> properties(DeploymentOptions deployment) {
        var settings = new LinkedHashMap<String, String>();
        // The framework's scheduler takes its times from the configuration alone.
        settings.put(
                "agent.deployment.health-interval", deployment.healthInterval().toString());
        settings.put("quarkus.http.so-reuse-port", Boolean.toString(Inheritance.isAwaited()));
        settings.put(ManagerConnections.SWITCH, ManagerConnections.ON);
        settings.put(
                ManagerConnections.MOST,
                Integer.toString(OpenFiles.ofThisProcess().ofManager()));
        switch (api) {
            case ListenAddress.Tcp(var host, var port) -> {
                settings.put("quarkus.http.host", host);
                settings.put(
                        apiTlsCert == null ? "quarkus.http.port" : "quarkus.http.ssl-port", Integer.toString(port));
            }
            case ListenAddress.Unix(var path) -> {
                // The file of an agent that this one replaces is replaced, too.
                if (!Inheritance.isAwaited()) {
                    UnixSocketFile.removeStale(path);
                }
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

    /** The mistakes beside the bounds of single options. */
    private List<ParameterException> misuses() {
        var found = new ArrayList<String>();
        if ((apiTlsCert == null) != (apiTlsKey == null)) {
            found.add("--api-tls-cert and --api-tls-key: give both or none");
        }
        if (apiTlsCert != null && api instanceof ListenAddress.Unix) {
            found.add("--api-tls-cert: a Unix socket needs no TLS");
        }
        if (trustedProxies.isEmpty() && proxy instanceof ListenAddress.Tcp) {
            proxyFlags
                    .front
                    .ofTrustedProxies()
                    .forEach(option ->
                            found.add(option + ": give --trusted-proxies too, since it counts from these alone"));
        }
        try {
            StaticEnvironment.read(Optional.ofNullable(cfg));
        } catch (IOException e) {
            found.add(e.getMessage());
        }
        var docker = dockerHost();
        if (!docker.startsWith("unix:///") && !docker.startsWith("tcp://")) {
            found.add("--docker-host: must be unix:///path or tcp://host:port");
        }
        return found.stream()
                .map(message -> new ParameterException(spec.commandLine(), message))
                .toList();
    }

    private String dockerHost() {
        return dockerHost == null ? DockerEngine.defaultHost() : dockerHost;
    }

    /** The reason in words for the user: that of the first exception that this program made, since the framework wraps it. */
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
            return ProxyStartException.cannotListen(api, innermost).getMessage() + " (--api, for the manager)";
        }
        if (innermost instanceof IOException io) {
            return ErrorMessages.words(io);
        }
        return innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
    }
}
