package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.HealthCheck;
import io.wunderproxy.health.HealthProber;
import io.wunderproxy.health.HealthProber.Outcome;
import io.wunderproxy.health.HealthProber.Target;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.launchconfig.ImageBuckets;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.StaticEnvironment;
import io.wunderproxy.names.ShortId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jboss.logging.Logger.Level;

/**
 * Brings one launch configuration to a container that is confirmed healthy: image, container, start, health. Each step finds
 * what an earlier run left and goes on from there. A launch that fails leaves no container.
 */
final class Launch {

    private static final int LOG_LINES = 20;

    private final LaunchConfig config;
    private final Application application;
    private final StaticEnvironment environment;
    private final ContainerRuntime runtime;
    private final HealthProber prober;
    private final ContainerNames names;
    private final ContainerStart starts;
    private final Journal journal;
    private final Retirement retirement;
    private final EventLog events;
    private final ImageBuckets imageBuckets;
    private final Duration launchTimeout;
    private final SecretMask mask;

    Launch(
            LaunchConfig config,
            Application application,
            StaticEnvironment environment,
            ContainerRuntime runtime,
            HealthProber prober,
            ContainerNames names,
            ContainerStart starts,
            Journal journal,
            Retirement retirement,
            EventLog events,
            ImageBuckets imageBuckets,
            Duration launchTimeout) {
        this.config = config;
        this.application = application;
        this.environment = environment;
        this.runtime = runtime;
        this.prober = prober;
        this.names = names;
        this.starts = starts;
        this.journal = journal;
        this.retirement = retirement;
        this.events = events;
        this.imageBuckets = imageBuckets;
        this.launchTimeout = launchTimeout;
        this.mask = SecretMask.of(config, environment);
    }

    /** Runs all steps. */
    Instance run() throws DeploymentException, InterruptedException {
        try {
            var id = containerToUse();
            try {
                starts.start(id, config);
                confirm(id);
                return confirmed(id);
            } catch (EngineException | DeploymentException | InterruptedException e) {
                discard(id, e);
                throw e;
            }
        } catch (EngineException e) {
            throw new DeploymentException(mask.apply(new DeploymentException(e).failure()));
        }
    }

    /** A container of this very configuration that is there already, else a new one. */
    private String containerToUse() throws EngineException, DeploymentException {
        for (var container : application.containers(runtime)) {
            if (runsThisConfiguration(container) && !belongsToAnother(container)) {
                events.add(event(
                                EventType.FOUND,
                                "container " + container.abbreviatedId() + " is there already ("
                                        + container.status().state() + ") and is used")
                        .in(container.id()));
                return container.id();
            }
        }
        pullIfNeeded();
        var spec = ContainerSpec.of(config, application.labels(config.hash(), environment), environment);
        try {
            return names.create(config, spec);
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.NO_IMAGE) {
                throw e;
            }
            // The retirement of another deployment deleted it just now.
            pullIfNeeded();
            return names.create(config, spec);
        }
    }

    private boolean belongsToAnother(Container container) {
        return journal.all().stream()
                .filter(d -> !d.hash().equals(config.hash()))
                .flatMap(d -> d.state().running().stream())
                .anyMatch(instance -> instance.containerId().equals(container.id()));
    }

    private boolean runsThisConfiguration(Container container) {
        var state = container.status().state();
        if (!state.equals("running") && !state.equals("created") && !state.equals("exited")) {
            return false;
        }
        var hash = container.label(Application.HASH_LABEL);
        if (hash.isPresent()) {
            return hash.get().equals(config.hash().value())
                    && container.label(Application.ENVIRONMENT_LABEL).equals(Optional.of(environment.digest()));
        }
        // Left by the original tool, which put no labels on its containers.
        return container.name().equals(config.revision())
                && container.image().equals(config.image())
                && container.environment().containsAll(config.environment())
                && container.environment().containsAll(environment.lines());
    }

    private void pullIfNeeded() throws EngineException {
        var image = config.image();
        if (!config.forceReload() && runtime.hasImage(image)) {
            return;
        }
        imageBuckets.launch(config);
        events.add(event(EventType.PULLING, "pulling " + image));
        var toldTenths = new AtomicLong();
        pull(image, pulled -> {
            var tenths = pulled.total() == 0 ? 0 : 10 * pulled.bytes() / pulled.total();
            var message = "pulling " + image + ": " + pulled.bytes() / 1_000_000 + " of " + pulled.total() / 1_000_000
                    + " MB";
            events.add(event(EventType.PULLING, message)
                    .with(EventDetail.BYTES, pulled.bytes())
                    .with(EventDetail.TOTAL_BYTES, pulled.total())
                    .at(toldTenths.getAndSet(tenths) == tenths ? Level.DEBUG : Level.INFO)
                    .untilNext());
        });
        events.add(event(EventType.PULLED, "pulled " + image));
    }

    private void pull(String image, Consumer<ContainerRuntime.PullState> progress) throws EngineException {
        try {
            runtime.pull(image, progress);
        } catch (EngineException e) {
            if (config.imageBucket().isEmpty() || imageBuckets.areServed()) {
                throw e;
            }
            throw new EngineException(
                    e.kind(),
                    e.getMessage()
                            + "; its ImageBucket is looked into by an agent with --registry embedded, which this one "
                            + "is not",
                    e);
        }
    }

    private void confirm(String id) throws DeploymentException, EngineException, InterruptedException {
        var check = healthCheck(config, launchTimeout);
        events.add(event(EventType.STARTED, "container " + ShortId.of(id) + " is started; waiting until it is healthy")
                .in(id));
        var exit = runtime.exit(id);
        try {
            var outcome = prober.confirm(
                    () -> target(id, check), check, exit, result -> events.add(probed(result, check, id)));
            switch (outcome) {
                case Outcome.Confirmed() -> {}
                case Outcome.TooLate(var last) -> throw tooLate(id, check, last);
                case Outcome.Exited() -> throw exited(id, runtime.find(id));
            }
        } finally {
            exit.cancel(true);
        }
    }

    private Event event(EventType type, String message) {
        return Event.of(type, message).about(config.hash().value(), config.revision());
    }

    private Event probed(ProbeResult result, HealthCheck check, String id) {
        var detail = mask.apply(result.describe());
        return event(EventType.PROBED, "GET " + check.path() + " on port " + check.port() + " " + detail)
                .in(id)
                .with(EventDetail.HEALTHY, result.healthy())
                .with(EventDetail.DETAIL, detail);
    }

    private Target target(String id, HealthCheck check) {
        try {
            return ProbeTarget.of(runtime.find(id), config, check.port(), runtime);
        } catch (EngineException e) {
            return new Target.Nowhere(e.getMessage());
        }
    }

    /** It may have ended since its last probe, and another have got its address. */
    private Instance confirmed(String id) throws EngineException, DeploymentException {
        var container = runtime.find(id);
        if (!container.map(Container::running).orElse(false)) {
            throw exited(id, container);
        }
        var check = healthCheck(config, launchTimeout);
        if (ProbeTarget.of(container, config, check.port(), runtime) instanceof Target.Nowhere(var reason)) {
            throw failed(
                    Failure.Kind.NOT_CONFIRMED,
                    id,
                    "container " + ShortId.of(id) + " of revision " + config.revision() + " was not confirmed: "
                            + reason);
        }
        return instance(container.get(), config, runtime)
                .orElseThrow(() -> new DeploymentException(
                        Failure.Kind.NOT_CONFIRMED,
                        "container " + ShortId.of(id) + " of revision " + config.revision()
                                + " vanished while it launched"));
    }

    static Optional<Instance> instance(Container container, LaunchConfig config, ContainerRuntime runtime) {
        return runtime.address(container, config.port())
                .map(address -> new Instance(
                        container.id(),
                        container.name(),
                        address,
                        container.publishedPort(config.port()).orElse(address.port())));
    }

    static HealthCheck healthCheck(LaunchConfig config, Duration launchTimeout) {
        var given = config.healthCheck();
        return new HealthCheck(
                given.path(),
                given.port().orElse(config.port()),
                given.interval().orElse(Duration.ofSeconds(1)),
                given.timeout().orElse(Duration.ofSeconds(2)),
                given.successes().orElse(2),
                given.deadline().orElse(launchTimeout),
                given.headers(),
                config.protocol() == LaunchConfig.Protocol.HTTP_2
                        && given.port().orElse(config.port()) == config.port());
    }

    private DeploymentException exited(String id, Optional<Container> container) {
        var how = container.map(c -> c.status().describe()).orElse("was removed by somebody else");
        return failed(
                Failure.Kind.NOT_CONFIRMED,
                id,
                "container " + ShortId.of(id) + " of revision " + config.revision() + " " + how
                        + " before it was healthy");
    }

    private DeploymentException tooLate(String id, HealthCheck check, ProbeResult last) {
        return failed(
                Failure.Kind.TOO_LATE,
                id,
                "container " + ShortId.of(id) + " of revision " + config.revision() + " was not healthy within "
                        + check.deadline().toMillis() / 1000.0 + " s: GET " + check.path() + " on port " + check.port()
                        + " " + last.describe() + hint(id, check, last),
                last.quote());
    }

    /** What a colleague would notice when looking into the container. */
    private String hint(String id, HealthCheck check, ProbeResult last) {
        if (last instanceof ProbeResult.WrongStatus(var status, var location, var body)
                && location.map(to -> to.startsWith("https://")).orElse(false)) {
            return "; let the application answer " + check.path()
                    + " itself when X-Forwarded-Proto is https, or without a redirect";
        }
        if (!(last instanceof ProbeResult.Refused) && !(last instanceof ProbeResult.Broken)) {
            return "";
        }
        try {
            return runtime.find(id)
                    .flatMap(runtime::listeningSockets)
                    .map(sockets -> ListeningHint.of(check.port(), sockets))
                    .orElse("");
        } catch (EngineException e) {
            return "";
        }
    }

    private DeploymentException failed(Failure.Kind kind, String id, String message) {
        return failed(kind, id, message, "");
    }

    /** @param quote what the application answered, which is for those alone who may read its log */
    private DeploymentException failed(Failure.Kind kind, String id, String message, String quote) {
        var lines = new ArrayList<>(logTail(id));
        var text = lines.isEmpty() ? message + "; it wrote nothing" : message;
        if (!quote.isEmpty()) {
            lines.add("(its last answer was: " + quote + ")");
        }
        return new DeploymentException(mask.apply(new Failure(kind, text, lines)));
    }

    private List<String> logTail(String id) {
        try {
            return runtime.logTail(id, LOG_LINES);
        } catch (EngineException e) {
            return List.of("(its log can't be read: " + e.getMessage() + ")");
        }
    }

    private void discard(String id, Exception failure) {
        try {
            Application.remove(runtime, id);
            events.add(event(EventType.REMOVED, "removed container " + ShortId.of(id) + ", since the launch failed")
                    .in(id));
        } catch (EngineException e) {
            failure.addSuppressed(e);
            retirement.remove(config.hash(), id);
        }
    }
}
