package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.container.ListeningSocket;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.HealthCheck;
import io.wunderproxy.health.HealthProber.Outcome;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.health.Target;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.names.ShortId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jboss.logging.Logger.Level;

/**
 * Brings one launch configuration to a container that is confirmed healthy: image, container, start, health. Each step continues
 * from what an earlier run left. A launch that fails leaves no container.
 */
final class Launch {

    private static final int LOG_LINES = 20;

    private final LaunchConfig config;
    private final LaunchSteps steps;
    private final ContainerRuntime runtime;
    private final EventLog events;
    private final SecretMask mask;
    /** The container when it was last looked at. */
    private Optional<Container> seen = Optional.empty();

    Launch(LaunchConfig config, LaunchSteps steps) {
        this.config = config;
        this.steps = steps;
        this.runtime = steps.host().runtime();
        this.events = steps.host().events();
        this.mask = SecretMask.of(config, steps.environment());
    }

    /** Runs all steps. */
    Instance run() throws DeploymentException, InterruptedException {
        try {
            var id = containerToUse();
            try {
                steps.starts().start(id, config);
                return confirm(id);
            } catch (EngineException | DeploymentException | InterruptedException e) {
                discard(id, e);
                throw e;
            }
        } catch (EngineException e) {
            var failure = new DeploymentException(e).failure();
            var hint = LaunchHint.ofEnd(List.of(failure.message()));
            throw new DeploymentException(mask.apply(Failure.of(failure.kind(), failure.message() + hint)));
        }
    }

    /** An existing container of this very configuration, else a new one. */
    private String containerToUse() throws EngineException, DeploymentException, InterruptedException {
        for (var container : steps.application().containers(runtime)) {
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
        var spec = ContainerSpec.of(
                config, steps.application().labels(config.hash(), steps.environment()), steps.environment());
        try {
            return steps.names().create(config, spec);
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.NO_IMAGE) {
                throw e;
            }
            // The retirement of another deployment deleted it just now.
            pullIfNeeded();
            return steps.names().create(config, spec);
        }
    }

    private boolean belongsToAnother(Container container) {
        return steps.journal().all().stream()
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
                    && container
                            .label(Application.ENVIRONMENT_LABEL)
                            .equals(Optional.of(steps.environment().digest()));
        }
        // Left by the original tool, which put no labels on its containers.
        return container.name().equals(config.revision())
                && container.image().equals(config.image())
                && container.environment().containsAll(config.environment())
                && container.environment().containsAll(steps.environment().lines());
    }

    private void pullIfNeeded() throws EngineException {
        var image = config.image();
        if (!config.forceReload() && runtime.hasImage(image)) {
            return;
        }
        steps.host().imageBuckets().launch(config);
        events.add(event(EventType.PULLING, "pulling " + image));
        var loggedTenths = new AtomicLong();
        pull(image, pulled -> {
            var tenths = pulled.total() == 0 ? 0 : 10 * pulled.bytes() / pulled.total();
            var message = "pulling " + image + ": " + pulled.bytes() / 1_000_000 + " of " + pulled.total() / 1_000_000
                    + " MB";
            events.add(event(EventType.PULLING, message)
                    .with(EventDetail.BYTES, pulled.bytes())
                    .with(EventDetail.TOTAL_BYTES, pulled.total())
                    .at(loggedTenths.getAndSet(tenths) == tenths ? Level.DEBUG : Level.INFO)
                    .untilNext());
        });
        events.add(event(EventType.PULLED, "pulled " + image));
    }

    private void pull(String image, Consumer<ContainerRuntime.PullState> progress) throws EngineException {
        try {
            runtime.pull(image, progress);
        } catch (EngineException e) {
            if (config.imageBucket().isEmpty() || steps.host().imageBuckets().areServed()) {
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

    /** Waits until the container is healthy. */
    private Instance confirm(String id) throws DeploymentException, EngineException, InterruptedException {
        var check = steps.instances().check(config);
        events.add(event(EventType.STARTED, "container " + ShortId.of(id) + " is started; waiting until it is healthy")
                .in(id));
        var exit = runtime.exit(id);
        try {
            var outcome = steps.host()
                    .prober()
                    .confirm(() -> target(id), check, exit, result -> events.add(probed(result, check, id)));
            return switch (outcome) {
                case Outcome.Confirmed _ -> confirmed(id);
                case Outcome.TooLate(var last) -> throw tooLate(id, check, last);
                case Outcome.Hopeless(var why) -> throw hopeless(id, check, why);
                case Outcome.Exited() -> throw exited(id, runtime.find(id));
            };
        } finally {
            exit.cancel(true);
        }
    }

    private Event event(EventType type, String message) {
        return Event.of(type, message).about(config.hash().value(), config.revision());
    }

    private Event probed(ProbeResult result, HealthCheck check, String id) {
        var detail = mask.apply(result.describe());
        return event(EventType.PROBED, check.describe() + " " + detail)
                .in(id)
                .with(EventDetail.HEALTHY, result.healthy())
                .with(EventDetail.DETAIL, detail);
    }

    private Target target(String id) {
        try {
            seen = runtime.find(id);
            return steps.instances().target(seen, config);
        } catch (EngineException e) {
            return new Target.Nowhere(e.getMessage());
        }
    }

    /** The container as it was found after its last probe. */
    private Instance confirmed(String id) throws DeploymentException {
        return seen.flatMap(container -> steps.instances().of(container, config))
                .orElseThrow(() -> new DeploymentException(
                        Failure.Kind.NOT_CONFIRMED,
                        "container " + ShortId.of(id) + " of revision " + config.revision()
                                + " vanished while it launched"));
    }

    private DeploymentException exited(String id, Optional<Container> container) {
        var how = container.map(c -> c.status().describe()).orElse("was removed by somebody else");
        var log = logTail(id);
        return failed(
                Failure.Kind.NOT_CONFIRMED,
                "container " + ShortId.of(id) + " of revision " + config.revision() + " " + how
                        + " before it was healthy" + LaunchHint.ofEnd(log),
                log,
                "");
    }

    private DeploymentException tooLate(String id, HealthCheck check, ProbeResult last) {
        var log = logTail(id);
        return failed(
                Failure.Kind.TOO_LATE,
                "container " + ShortId.of(id) + " of revision " + config.revision() + " was not healthy within "
                        + check.deadline().toMillis() / 1000.0 + " s: " + check.describe() + " " + last.describe()
                        + LaunchHint.of(check, last, log, () -> listeningSockets(id)),
                log,
                last.quote());
    }

    private DeploymentException hopeless(String id, HealthCheck check, ProbeResult.Never why) {
        return new DeploymentException(
                Failure.Kind.NOT_CONFIRMED,
                mask.apply("container " + ShortId.of(id) + " of revision " + config.revision()
                        + " can't become healthy: " + check.describe() + " " + why.describe()));
    }

    private Optional<List<ListeningSocket>> listeningSockets(String id) {
        try {
            return runtime.find(id).flatMap(runtime::listeningSockets);
        } catch (EngineException e) {
            return Optional.empty();
        }
    }

    /** @param quote the application's response, which is only for those who may read its log */
    private DeploymentException failed(Failure.Kind kind, String message, List<String> log, String quote) {
        var output = new ArrayList<>(log);
        if (!quote.isEmpty()) {
            output.add("(its last response was: " + quote + ")");
        }
        var text = log.isEmpty() ? message + "; it wrote nothing" : message;
        return new DeploymentException(mask.apply(new Failure(kind, text, output)));
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
            steps.retirement().remove(config.hash(), id);
        }
    }
}
