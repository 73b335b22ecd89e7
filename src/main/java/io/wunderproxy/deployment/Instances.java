package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.deployment.Failure.Kind;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.HealthCheck;
import io.wunderproxy.health.HealthCheck.Question;
import io.wunderproxy.health.HealthProber;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.health.Target;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.StaticEnvironment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Finds out where containers are reached and probed, and probes them. */
final class Instances {

    private static final Duration USUAL_INTERVAL = Duration.ofSeconds(1);
    private static final Duration USUAL_TIMEOUT = Duration.ofSeconds(2);
    private static final int USUAL_SUCCESSES = 2;

    private final ContainerRuntime runtime;
    private final HealthProber prober;
    private final EventLog events;
    private final StaticEnvironment environment;
    private final Duration launchTimeout;

    /** @param launchTimeout the deadline of health checks that have none of their own */
    Instances(
            ContainerRuntime runtime,
            HealthProber prober,
            EventLog events,
            StaticEnvironment environment,
            Duration launchTimeout) {
        this.runtime = runtime;
        this.prober = prober;
        this.events = events;
        this.environment = environment;
        this.launchTimeout = launchTimeout;
    }

    /** Where this container serves this configuration; empty if it has no address. */
    Optional<Instance> of(Container container, LaunchConfig config) {
        return runtime.address(container, config.port())
                .map(address -> new Instance(
                        container.id(),
                        container.name(),
                        address,
                        container.publishedPort(config.port()).orElse(address.port())));
    }

    /** The health check of a configuration, with defaults for absent fields. */
    HealthCheck check(LaunchConfig config) {
        var given = config.healthCheck();
        var port = given.port().orElse(config.port());
        return new HealthCheck(
                question(config, port),
                port,
                given.interval().orElse(USUAL_INTERVAL),
                given.timeout().orElse(USUAL_TIMEOUT),
                given.successes().orElse(USUAL_SUCCESSES),
                given.deadline().orElse(launchTimeout));
    }

    private static Question question(LaunchConfig config, int port) {
        var given = config.healthCheck();
        return switch (given.kind()) {
            case HTTP ->
                new Question.Http(
                        given.path(),
                        given.good(),
                        given.headers(),
                        config.protocol() == LaunchConfig.Protocol.HTTP_2 && port == config.port());
            case GRPC -> new Question.Grpc(given.service(), given.headers());
            case TCP -> new Question.Connect();
            case DOCKER -> new Question.Engine();
        };
    }

    /**
     * Where a container is probed: nowhere while it does not run, or somebody else would respond in its place. Requests go to the
     * application's port, which must be the container's own as well.
     */
    Target target(Optional<Container> container, LaunchConfig config) {
        if (container.isEmpty()) {
            return new Target.Nowhere("the container is gone");
        }
        if (!container.get().running()) {
            return new Target.Nowhere(
                    "the container " + container.get().status().describe());
        }
        var check = check(config);
        var checkPort = check.port();
        for (var port : List.of(checkPort, config.port())) {
            var stranger = runtime.stranger(container.get(), port);
            if (stranger.isPresent()) {
                return new Target.Nowhere("on port " + port + " of its network listens "
                        + stranger.get().description() + ", which is not of this container");
            }
        }
        if (check.question() instanceof Question.Engine) {
            return new Target.Known(finding(container.get()));
        }
        return runtime.address(container.get(), checkPort)
                .<Target>map(address -> new Target.At(address.host(), address.port()))
                .orElse(new Target.Nowhere("the container has no address"));
    }

    /** The finding of the engine's own check of a container that runs. */
    private static ProbeResult finding(Container container) {
        return container
                .status()
                .health()
                .map(health -> health.status().equals("healthy")
                        ? new ProbeResult.Healthy("says healthy")
                        : new ProbeResult.NotServing(
                                "says " + health.status(),
                                health.output()
                                        .replaceAll("[\\s\\p{Cntrl}]+", " ")
                                        .strip()))
                .orElse(new ProbeResult.Never("is not there: the image has none; name one in"
                        + " ContainerConfig.Healthcheck, or take another HealthCheck.Kind"));
    }

    /**
     * Where the container of this deployment is reached now: it may have got another address when it was started again, and its
     * former one may be another container's. The remembered address is used only when Docker can't be asked.
     */
    Instance locate(Deployment deployment) throws DeploymentException {
        var known = deployment.state().running().orElseThrow();
        try {
            return runtime.find(known.containerId())
                    .filter(Container::running)
                    .flatMap(container -> of(container, deployment.config().orElseThrow()))
                    .orElseThrow(() -> new DeploymentException(
                            Kind.NOT_CONFIRMED,
                            deployment + ": its container " + known.abbreviatedId()
                                    + " does not run; launch it again"));
        } catch (EngineException e) {
            if (e.kind() == EngineException.Kind.UNAVAILABLE) {
                return known;
            }
            throw new DeploymentException(e);
        }
    }

    /** Makes one probe of a deployment whose container is reached there. */
    ProbeResult probe(Deployment deployment, Instance instance) throws DeploymentException, InterruptedException {
        var config = deployment.config().orElseThrow();
        try {
            return prober.probe(target(instance, config), check(config));
        } catch (EngineException e) {
            throw new DeploymentException(e);
        }
    }

    /** Where a running container is probed: mostly at the application's own port, whose address is known. */
    private Target target(Instance instance, LaunchConfig config) throws EngineException {
        var known = new Target.At(instance.address().host(), instance.address().port());
        var check = check(config);
        var isOwnPort = check.port() == config.port();
        if (isOwnPort && !config.sharesNetwork() && !(check.question() instanceof Question.Engine)) {
            return known;
        }
        try {
            return target(runtime.find(instance.containerId()), config);
        } catch (EngineException e) {
            if (isOwnPort && e.kind() == EngineException.Kind.UNAVAILABLE) {
                return known;
            }
            throw e;
        }
    }

    /**
     * Makes one probe, and adds an event about it.
     *
     * @throws DeploymentException if the probe does not find the deployment healthy
     */
    void requireHealthy(Deployment deployment, Instance instance) throws DeploymentException, InterruptedException {
        var result = probe(deployment, instance);
        var mask = SecretMask.of(deployment, environment);
        var detail = mask.apply(result.describe());
        var question = check(deployment.config().orElseThrow()).question().describe();
        events.add(deployment
                .event(EventType.PROBED, question + " " + detail)
                .in(instance.containerId())
                .with(EventDetail.HEALTHY, result.healthy())
                .with(EventDetail.DETAIL, detail));
        if (!result.healthy()) {
            throw new DeploymentException(
                    Kind.NOT_CONFIRMED,
                    mask.apply(deployment + " is not healthy now: " + question + " " + result.describe()));
        }
    }
}
