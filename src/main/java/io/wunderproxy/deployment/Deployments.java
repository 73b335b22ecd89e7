package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.deployment.Failure.Kind;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.HealthCheck;
import io.wunderproxy.health.HealthProber;
import io.wunderproxy.health.HealthProber.Target;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.ImageBuckets;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.StaticEnvironment;
import io.wunderproxy.proxy.routing.ActiveBackend;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.store.StoreException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jboss.logging.Logger.Level;

/**
 * Launches and switches: the only place where the steps of a deployment are put in order. Calls block; make them on a virtual
 * thread.
 */
@Singleton
public final class Deployments {

    /** How long a call waits for a starting agent to find out what runs. */
    private static final Duration OPENING = Duration.ofSeconds(10);

    private final DeploymentConfig settings;
    private final Application application;
    private final StaticEnvironment environment;
    private final ContainerRuntime runtime;
    private final HealthProber prober;
    private final LaunchConfigStore store;
    private final Journal journal;
    private final ActiveBackend activeBackend;
    private final TrafficStats stats;
    private final EventLog events;
    private final Retirement retirement;
    private final ContainerNames names;
    private final ContainerStart starts;
    private final Clock clock;
    private final ImageBuckets imageBuckets;

    /** The launches under way; who asks for one of them waits for it instead of starting another. */
    private final ConcurrentHashMap<ConfigHash, RunningLaunch> launches = new ConcurrentHashMap<>();

    private final CountDownLatch opened = new CountDownLatch(1);

    /** One switch at a time: what was probed is what is switched to. */
    private final ReentrantLock switching = new ReentrantLock();

    @Inject
    Deployments(
            DeploymentConfig settings,
            AgentIdentity identity,
            ContainerRuntime runtime,
            HealthProber prober,
            LaunchConfigStore store,
            Journal journal,
            ActiveBackend activeBackend,
            TrafficStats stats,
            EventLog events,
            Clock clock,
            ImageBuckets imageBuckets)
            throws IOException {
        this.settings = settings;
        this.application = Application.of(settings, identity);
        this.environment = StaticEnvironment.read(settings.environmentFile());
        this.runtime = runtime;
        this.prober = prober;
        this.store = store;
        this.journal = journal;
        this.activeBackend = activeBackend;
        this.stats = stats;
        this.events = events;
        this.clock = clock;
        this.imageBuckets = imageBuckets;
        this.retirement = new Retirement(settings, application, runtime, journal, activeBackend, events);
        this.names = new ContainerNames(runtime, application, journal, retirement, events, settings.stopTimeout());
        this.starts = new ContainerStart(runtime, application, journal);
    }

    /** All deployments known on this host, in the order in which they were launched. */
    public List<Deployment> all() {
        return journal.all();
    }

    /** The deployment of this configuration. */
    public Deployment find(ConfigHash hash) throws DeploymentException {
        return journal.find(hash)
                .orElseThrow(() -> new DeploymentException(
                        Kind.UNKNOWN,
                        "this host knows no deployment of configuration " + hash.abbreviated()
                                + "; see GET /deployments"));
    }

    /** The deployment that new requests go to. */
    public Optional<Deployment> active() {
        var serving = activeBackend.current();
        return journal.active().filter(d -> serving.equals(d.state().running().map(d::backend)));
    }

    /** Finds the containers that an older version of this agent made, before anything is done. */
    void recogniseFormer() throws EngineException, IOException {
        application.recogniseFormer(runtime, journal);
    }

    /** From now on the journal tells what serves, so that calls may change it. */
    void open() {
        opened.countDown();
    }

    private void awaitOpening() throws DeploymentException, InterruptedException {
        if (!opened.await(OPENING.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new DeploymentException(
                    Kind.ENGINE_UNAVAILABLE,
                    "the agent has just started and waits for Docker to tell what runs here; see /status, then try again");
        }
    }

    /**
     * Brings the configuration with this hash to a container that is confirmed healthy. A container that already runs it is
     * used as it is; a launch of it that is under way is joined.
     */
    public Deployment launch(ConfigHash hash) throws DeploymentException, InterruptedException {
        awaitOpening();
        return await(join(hash, () -> fetch(hash)).end());
    }

    /** The same, but returns as soon as the launch has begun: the configuration is known, and its deployment is listed. */
    public Deployment beginLaunch(ConfigHash hash) throws DeploymentException, InterruptedException {
        awaitOpening();
        return await(join(hash, () -> fetch(hash)).begun());
    }

    /** The same for a configuration that is at hand; returns at the end of the launch. */
    public Deployment launch(LaunchConfig config) throws DeploymentException, InterruptedException {
        return await(join(config.hash(), () -> config).end());
    }

    /** A launch under way: first its deployment is listed, then it is confirmed healthy; or both fail. */
    private record RunningLaunch(CompletableFuture<Deployment> begun, CompletableFuture<Deployment> end) {
        RunningLaunch() {
            this(new CompletableFuture<>(), new CompletableFuture<>());
        }

        void complete(Deployment deployment) {
            begun.complete(deployment);
            end.complete(deployment);
        }

        void fail(Throwable e) {
            begun.completeExceptionally(e);
            end.completeExceptionally(e);
        }
    }

    /** Whether a step may be done. */
    public interface Permit {
        /** @throws DeploymentException if not */
        void check() throws DeploymentException;
    }

    private interface Source {
        LaunchConfig get() throws DeploymentException;
    }

    private RunningLaunch join(ConfigHash hash, Source source) {
        return launches.computeIfAbsent(hash, key -> {
            var launch = new RunningLaunch();
            Thread.ofVirtual().name("launch-" + key.abbreviated()).start(() -> {
                try {
                    launch.complete(launchNow(key, source, launch.begun()));
                } catch (Throwable e) {
                    launch.fail(e);
                } finally {
                    launches.remove(key, launch);
                }
            });
            return launch;
        });
    }

    private static Deployment await(CompletableFuture<Deployment> step)
            throws DeploymentException, InterruptedException {
        try {
            return step.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case DeploymentException known -> throw new DeploymentException(known.failure());
                case RuntimeException unexpected -> throw unexpected;
                case Throwable other -> throw new IllegalStateException(other);
            }
        }
    }

    private Deployment launchNow(ConfigHash hash, Source source, CompletableFuture<Deployment> begun)
            throws DeploymentException, InterruptedException {
        retirement.awaitEnd(hash);
        var known = journal.find(hash);
        if (known.isPresent() && isServing(known.get())) {
            try {
                return reconfirm(known.get());
            } catch (DeploymentException e) {
                if (journal.isStill(known.get())) {
                    throw e;
                }
                // Its drain has ended while it was looked at, and its container goes: then another one is launched.
                return launchNow(hash, source, begun);
            }
        }
        var config = known.flatMap(Deployment::config).isPresent()
                ? known.get().config().get()
                : source.get();
        var deployment = begin(known, config);
        begun.complete(deployment);
        try {
            return confirmed(hash, launchSteps(config).run());
        } catch (DeploymentException e) {
            var failure = e.failure();
            journal.moveAsFact(hash, new DeploymentState.Failed(failure.message(), failure.output()));
            events.add(failed(deployment.event(EventType.FAILED, "launch failed: " + failure.message()), failure));
            throw e;
        } catch (InterruptedException | RuntimeException e) {
            var failure = Failure.of(Kind.NOT_CONFIRMED, "the launch was broken off");
            journal.moveAsFact(hash, new DeploymentState.Failed(failure.message()));
            events.add(failed(deployment.event(EventType.FAILED, failure.message()), failure));
            throw e;
        }
    }

    private static Event failed(Event event, Failure failure) {
        return event.with(EventDetail.REASON, failure.message()).at(Level.WARN);
    }

    private Deployment begin(Optional<Deployment> known, LaunchConfig config) throws DeploymentException {
        try {
            return journal.replace(config.hash(), known, () -> new Begun(journal.launching(config)), begun -> {})
                    .map(Begun::deployment)
                    .orElseThrow(() -> new DeploymentException(
                            Kind.NOT_CONFIRMED,
                            known.map(Deployment::toString).orElse("this configuration")
                                    + " was launched, switched or removed just now; try again"));
        } catch (IOException e) {
            throw stateUnwritable(e);
        }
    }

    private record Begun(Deployment deployment) implements Journal.Change {
        @Override
        public List<Deployment> deployments() {
            return List.of(deployment);
        }
    }

    private Deployment confirmed(ConfigHash hash, Instance instance) throws DeploymentException {
        try {
            var deployment = journal.move(hash, new DeploymentState.Healthy(instance));
            events.add(confirmation(deployment, instance));
            return deployment;
        } catch (IOException e) {
            retirement.remove(hash, instance.containerId());
            throw stateUnwritable(e);
        }
    }

    private static Event confirmation(Deployment deployment, Instance instance) {
        var message = "container " + instance.abbreviatedId() + " is healthy at " + instance.address();
        return deployment.event(EventType.CONFIRMED, message).in(instance.containerId());
    }

    private static boolean isServing(Deployment deployment) {
        return deployment.state() instanceof DeploymentState.Active
                || deployment.state() instanceof DeploymentState.Draining;
    }

    /** A launch of what already serves only looks whether it is healthy; what drains is kept for the switch that will follow. */
    private Deployment reconfirm(Deployment deployment) throws DeploymentException, InterruptedException {
        var instance = locate(deployment);
        probeOnce(deployment, instance);
        events.add(confirmation(deployment, instance));
        if (deployment.state() instanceof DeploymentState.Active) {
            return deployment;
        }
        return journal.replaceAsFact(deployment, new DeploymentState.Healthy(instance), () -> {})
                .orElseThrow(() ->
                        new DeploymentException(Kind.NOT_CONFIRMED, deployment + " was removed just now; try again"));
    }

    private LaunchConfig fetch(ConfigHash hash) throws DeploymentException {
        events.add(
                Event.of(EventType.FETCHING, "fetching " + store.locate(hash)).about(hash.value()));
        try {
            return read(hash);
        } catch (DeploymentException e) {
            events.add(failed(
                    Event.of(EventType.FAILED, "launch failed: " + e.getMessage())
                            .about(hash.value()),
                    e.failure()));
            throw e;
        }
    }

    private LaunchConfig read(ConfigHash hash) throws DeploymentException {
        try {
            return store.find(hash)
                    .orElseThrow(() -> new DeploymentException(
                            Kind.UNKNOWN,
                            "there is no " + store.locate(hash) + "; upload the configuration, then launch it"));
        } catch (StoreException e) {
            throw new DeploymentException(e);
        } catch (InvalidLaunchConfigException e) {
            throw new DeploymentException(
                    Kind.INVALID, "invalid configuration " + store.locate(hash) + ": " + e.getMessage());
        }
    }

    /**
     * Sends all new requests to this deployment, if it answers one more probe now. Returns when that is so; the former one
     * drains and is removed in the background.
     */
    public Deployment switchTo(ConfigHash hash) throws DeploymentException, InterruptedException {
        return switchTo(hash, () -> {});
    }

    /** The same, if this permits it when it is its turn. */
    public Deployment switchTo(ConfigHash hash, Permit permit) throws DeploymentException, InterruptedException {
        awaitOpening();
        switching.lockInterruptibly();
        try {
            permit.check();
            return switchNow(hash);
        } finally {
            switching.unlock();
        }
    }

    /** The same for a starting agent, unless somebody has switched in the meantime. */
    void switchIfNothingServes(ConfigHash hash) throws DeploymentException, InterruptedException {
        switching.lockInterruptibly();
        try {
            if (activeBackend.current().isEmpty()) {
                switchNow(hash);
            }
        } finally {
            switching.unlock();
        }
    }

    private Deployment switchNow(ConfigHash hash) throws DeploymentException, InterruptedException {
        var target = journal.find(hash).orElseThrow(() -> notLaunched(hash));
        switch (target.state()) {
            case DeploymentState.Active active -> {}
            case DeploymentState.Healthy healthy -> {}
            case DeploymentState.Draining draining -> {}
            case DeploymentState.Launching launching ->
                throw new DeploymentException(
                        Kind.NOT_CONFIRMED, target + " is still launching; switch when its launch has answered");
            case DeploymentState.Retiring retiring ->
                throw new DeploymentException(Kind.NOT_CONFIRMED, target + " is being removed; launch it again");
            case DeploymentState.Gone gone -> throw notLaunched(hash);
            case DeploymentState.Failed(var reason, var output) ->
                throw new DeploymentException(Kind.NOT_CONFIRMED, target + " failed to launch: " + reason);
            case DeploymentState.Unknown(var word, var instance) ->
                throw new DeploymentException(
                        Kind.NOT_CONFIRMED,
                        target + " is in state '" + word
                                + "', which this version of wunderproxy does not know; launch it again");
        }
        var instance = locate(target);
        probeOnce(target, instance);
        return target.state() instanceof DeploymentState.Active ? target : replaceActive(target, instance);
    }

    /**
     * Journal first, then the proxy: an agent that dies between the two serves the new one when it is back. No retirement can claim
     * the target in between.
     */
    private Deployment replaceActive(Deployment target, Instance instance) throws DeploymentException {
        Switch done;
        try {
            done = journal.replace(
                            target.hash(),
                            Optional.of(target),
                            () -> nextSwitch(target, instance),
                            next -> activeBackend.switchTo(next.active().backend(instance)))
                    .orElseThrow(() -> new DeploymentException(
                            Kind.NOT_CONFIRMED, target + " has just been taken out of service; launch it again"));
        } catch (IOException e) {
            throw stateUnwritable(e);
        }
        stats.reset();
        events.add(switched(done.former(), done.active(), instance));
        done.old().forEach(retirement::afterDrain);
        retirement.sweep();
        return done.active();
    }

    /**
     * From what served to what serves.
     *
     * @param old what drains from now on
     */
    private record Switch(Optional<Deployment> former, List<Deployment> old, Deployment active)
            implements Journal.Change {
        @Override
        public List<Deployment> deployments() {
            return Stream.concat(old.stream(), Stream.of(active)).toList();
        }
    }

    private Switch nextSwitch(Deployment target, Instance instance) {
        var now = clock.instant();
        var old = journal.all().stream()
                .filter(d -> !d.hash().equals(target.hash()) && isOld(d, target))
                .map(d -> d.in(new DeploymentState.Draining(d.state().running().orElseThrow()), now))
                .toList();
        return new Switch(active(), old, target.in(new DeploymentState.Active(instance), now));
    }

    private static Event switched(Optional<Deployment> former, Deployment active, Instance instance) {
        var event = active.event(
                        EventType.SWITCHED,
                        "switched to container " + instance.abbreviatedId() + " at " + instance.address()
                                + former.map(f -> ", from " + f).orElse(""))
                .in(instance.containerId())
                .with(EventDetail.TO, active.hash().value());
        return former.map(f -> event.with(EventDetail.FROM, f.hash().value())).orElse(event);
    }

    /** What served until now, and what was launched before the target and not switched to. */
    private static boolean isOld(Deployment deployment, Deployment target) {
        return switch (deployment.state()) {
            case DeploymentState.Active active -> true;
            case DeploymentState.Healthy healthy -> deployment.number() < target.number();
            default -> false;
        };
    }

    /**
     * Where the container of this deployment is reached now: it may have got another address when it was started again, and its
     * former one may be another container's. Only when Docker can't be asked is the remembered one used.
     */
    Instance locate(Deployment deployment) throws DeploymentException {
        var known = deployment.state().running().orElseThrow();
        try {
            return runtime.find(known.containerId())
                    .filter(Container::running)
                    .flatMap(c -> Launch.instance(c, deployment.config().orElseThrow(), runtime))
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

    /** One probe of a deployment whose container is reached there. */
    ProbeResult probe(Deployment deployment, Instance instance) throws DeploymentException, InterruptedException {
        var config = deployment.config().orElseThrow();
        var check = Launch.healthCheck(config, settings.launchTimeout());
        try {
            return prober.probe(target(instance, config, check), check);
        } catch (EngineException e) {
            throw new DeploymentException(e);
        }
    }

    /** One probe that everybody hears of, and that must find the deployment healthy. */
    private void probeOnce(Deployment deployment, Instance instance) throws DeploymentException, InterruptedException {
        var result = probe(deployment, instance);
        var detail = mask(deployment).apply(result.describe());
        var path = deployment.config().orElseThrow().healthCheck().path();
        events.add(deployment
                .event(EventType.PROBED, "GET " + path + " " + detail)
                .in(instance.containerId())
                .with(EventDetail.HEALTHY, result.healthy())
                .with(EventDetail.DETAIL, detail));
        if (!result.healthy()) {
            throw notHealthyNow(deployment, result);
        }
    }

    /** Where the health check asks: mostly the application's own port, whose address is known. */
    private Target target(Instance instance, LaunchConfig config, HealthCheck check) throws EngineException {
        var known = new Target.At(instance.address().host(), instance.address().port());
        if (check.port() == config.port() && !config.sharesNetwork()) {
            return known;
        }
        try {
            return ProbeTarget.of(runtime.find(instance.containerId()), config, check.port(), runtime);
        } catch (EngineException e) {
            if (check.port() == config.port() && e.kind() == EngineException.Kind.UNAVAILABLE) {
                return known;
            }
            throw e;
        }
    }

    /** Serves from the container of this deployment without asking anybody: it did so before the agent was restarted. */
    void adopt(Deployment deployment, Instance instance) {
        journal.recordFact(deployment.in(new DeploymentState.Active(instance), clock.instant()));
        activeBackend.switchTo(deployment.backend(instance));
        stats.reset();
        events.add(serving(deployment, instance, ", which runs already"));
    }

    /** Starts the container of the active deployment again, or makes a new one if it is gone. */
    void restartActive(Deployment active) throws DeploymentException, InterruptedException {
        var id = active.state().running().orElseThrow().containerId();
        try {
            if (runtime.find(id).isEmpty()) {
                serveFrom(active, launchSteps(active.config().orElseThrow()).run());
            } else {
                starts.start(id, active.config().orElseThrow());
                events.add(active.event(EventType.STARTED, "started its container again")
                        .in(id));
                serveFrom(active, locate(active));
            }
        } catch (EngineException e) {
            throw new DeploymentException(e);
        }
    }

    /** Goes on serving the active deployment from there; nothing happens if another is active by now. */
    void serveFrom(Deployment active, Instance instance) {
        if (active.state().equals(new DeploymentState.Active(instance)) && journal.isStill(active)) {
            return;
        }
        journal.replaceAsFact(
                        active,
                        new DeploymentState.Active(instance),
                        () -> activeBackend.switchTo(active.backend(instance)))
                .ifPresentOrElse(moved -> events.add(serving(moved, instance, "")), retirement::sweep);
    }

    private static Event serving(Deployment deployment, Instance instance, String more) {
        var message = "serving from container " + instance.abbreviatedId() + " at " + instance.address() + more;
        return deployment.event(EventType.SERVING, message).in(instance.containerId());
    }

    /**
     * Removes the container of a deployment that was launched and not switched to, in the background. One that is on its way out
     * already goes on so.
     */
    public Deployment discard(ConfigHash hash) throws DeploymentException, InterruptedException {
        awaitOpening();
        var deployment = find(hash);
        switch (deployment.state()) {
            case DeploymentState.Healthy healthy -> retirement.now(deployment);
            case DeploymentState.Unknown unknown when unknown.instance().isPresent() -> retirement.now(deployment);
            case DeploymentState.Unknown unknown -> journal.moveAsFact(hash, new DeploymentState.Gone());
            case DeploymentState.Active active ->
                throw new DeploymentException(
                        Kind.NOT_CONFIRMED, deployment + " serves; switch to another first, which removes it");
            case DeploymentState.Launching launching ->
                throw new DeploymentException(
                        Kind.NOT_CONFIRMED, deployment + " is still launching; try again when that has ended");
            default -> {}
        }
        return deployment;
    }

    /** The number of requests and upgraded connections that this deployment is answering now. */
    public long leases(Deployment deployment) {
        return deployment
                .state()
                .running()
                .map(instance -> activeBackend.leases(deployment.backend(instance)))
                .orElse(0L);
    }

    /** What the container of this deployment has written; of a failed launch the last lines are left. */
    public ContainerLog log(ConfigHash hash) throws DeploymentException {
        var deployment = find(hash);
        if (deployment.state() instanceof DeploymentState.Failed(var reason, var output)) {
            return (tail, follow, lines) ->
                    output.stream().skip(Math.max(0, output.size() - tail)).forEach(lines);
        }
        var container = containerOf(deployment);
        if (container.isEmpty()) {
            throw new DeploymentException(
                    Kind.UNKNOWN,
                    deployment + " has no container (" + deployment.state().label() + "), so no log");
        }
        var mask = mask(deployment);
        return (tail, follow, lines) -> {
            try {
                runtime.logs(container.get().id(), tail, follow, line -> lines.accept(mask.applyToOutput(line)));
            } catch (EngineException e) {
                throw new DeploymentException(e);
            }
        };
    }

    private Optional<Container> containerOf(Deployment deployment) throws DeploymentException {
        if (deployment.state().ended()) {
            return Optional.empty();
        }
        try {
            var known = deployment.state().running();
            if (known.isPresent()) {
                return runtime.find(known.get().containerId());
            }
            // It is still launching.
            return application.containers(runtime).stream()
                    .filter(c -> c.label(Application.HASH_LABEL)
                            .equals(Optional.of(deployment.hash().value())))
                    .findFirst();
        } catch (EngineException e) {
            throw new DeploymentException(e);
        }
    }

    private Launch launchSteps(LaunchConfig config) {
        return new Launch(
                config,
                application,
                environment,
                runtime,
                prober,
                names,
                starts,
                journal,
                retirement,
                events,
                imageBuckets,
                settings.launchTimeout());
    }

    /** Hides what the environment of this deployment's container holds. */
    SecretMask mask(Deployment deployment) {
        return SecretMask.of(deployment.config().orElseThrow(), environment);
    }

    Retirement retirement() {
        return retirement;
    }

    private DeploymentException notLaunched(ConfigHash hash) {
        return new DeploymentException(
                Kind.NOT_CONFIRMED,
                "there is no container of configuration " + hash.abbreviated()
                        + " here; POST its hash to /launch first");
    }

    private DeploymentException notHealthyNow(Deployment deployment, ProbeResult result) {
        var config = deployment.config().orElseThrow();
        return new DeploymentException(
                Kind.NOT_CONFIRMED,
                mask(deployment)
                        .apply(deployment + " is not healthy now: GET "
                                + config.healthCheck().path() + " " + result.describe()));
    }

    private static DeploymentException stateUnwritable(IOException e) {
        return new DeploymentException(
                Kind.STATE_UNWRITABLE, e.getMessage() + "; nothing was changed; fix this, then try again");
    }
}
