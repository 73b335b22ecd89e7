package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.deployment.Failure.Kind;
import io.wunderproxy.health.HealthCheck;
import io.wunderproxy.health.HealthProber;
import io.wunderproxy.health.HealthProber.Target;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.StoreException;
import io.wunderproxy.proxy.ActiveBackend;
import io.wunderproxy.proxy.TrafficStats;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * Launches and switches: the only place where the steps of a deployment are put in order. Calls block; make them on a virtual
 * thread.
 */
@Singleton
public final class Deployments {

    private static final Logger LOG = Logger.getLogger(Deployments.class);

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
    private final Retirement retirement;
    private final ContainerNames names;
    private final Clock clock;

    /** The launches under way; who asks for one of them waits for it instead of starting another. */
    private final ConcurrentHashMap<ConfigHash, CompletableFuture<Deployment>> launches = new ConcurrentHashMap<>();

    private final CountDownLatch opened = new CountDownLatch(1);

    /** One switch at a time: what was probed is what is switched to. */
    private final ReentrantLock switching = new ReentrantLock();

    @Inject
    Deployments(
            DeploymentConfig settings,
            ContainerRuntime runtime,
            HealthProber prober,
            LaunchConfigStore store,
            Journal journal,
            ActiveBackend activeBackend,
            TrafficStats stats,
            Clock clock)
            throws IOException {
        this.settings = settings;
        this.application = Application.of(settings, hostName());
        this.environment = StaticEnvironment.read(settings.environmentFile());
        this.runtime = runtime;
        this.prober = prober;
        this.store = store;
        this.journal = journal;
        this.activeBackend = activeBackend;
        this.stats = stats;
        this.clock = clock;
        this.retirement = new Retirement(settings, application, runtime, journal, activeBackend, clock.instant());
        this.names = new ContainerNames(runtime, application, journal, retirement, settings.stopTimeout());
    }

    private static String hostName() throws IOException {
        var file = Path.of("/proc/sys/kernel/hostname");
        return Files.exists(file)
                ? Files.readString(file).strip()
                : InetAddress.getLocalHost().getHostName();
    }

    /** All deployments known on this host, in the order in which they were launched. */
    public List<Deployment> all() {
        return journal.all();
    }

    /** The deployment that new requests go to. */
    public Optional<Deployment> active() {
        var serving = activeBackend.current();
        return journal.active().filter(d -> serving.equals(d.state().running().map(d::backend)));
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
        return join(hash, () -> fetch(hash));
    }

    /** The same for a configuration that is at hand. */
    Deployment launch(LaunchConfig config) throws DeploymentException, InterruptedException {
        return join(config.hash(), () -> config);
    }

    private interface Source {
        LaunchConfig get() throws DeploymentException;
    }

    private Deployment join(ConfigHash hash, Source source) throws DeploymentException, InterruptedException {
        var launch = launches.computeIfAbsent(hash, key -> {
            var started = new CompletableFuture<Deployment>();
            Thread.ofVirtual().name("launch-" + key.abbreviated()).start(() -> {
                try {
                    started.complete(launchNow(key, source));
                } catch (Throwable e) {
                    started.completeExceptionally(e);
                } finally {
                    launches.remove(key, started);
                }
            });
            return started;
        });
        try {
            return launch.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case DeploymentException known -> throw new DeploymentException(known.failure());
                case RuntimeException unexpected -> throw unexpected;
                case Throwable other -> throw new IllegalStateException(other);
            }
        }
    }

    private Deployment launchNow(ConfigHash hash, Source source) throws DeploymentException, InterruptedException {
        retirement.awaitEnd(hash);
        var known = journal.find(hash);
        if (known.isPresent() && isServing(known.get())) {
            return reconfirm(known.get());
        }
        var config = known.flatMap(Deployment::config).isPresent()
                ? known.get().config().get()
                : source.get();
        begin(known, config);
        try {
            return confirmed(hash, launchSteps(config).run());
        } catch (DeploymentException e) {
            LOG.warnf("revision %s (%s): launch failed: %s", config.revision(), hash.abbreviated(), e.getMessage());
            journal.moveAsFact(hash, new DeploymentState.Failed(e.getMessage()));
            throw e;
        } catch (InterruptedException | RuntimeException e) {
            journal.moveAsFact(hash, new DeploymentState.Failed("the launch was broken off"));
            throw e;
        }
    }

    private void begin(Optional<Deployment> known, LaunchConfig config) throws DeploymentException {
        synchronized (journal) {
            if (!journal.find(config.hash()).equals(known)) {
                throw new DeploymentException(
                        Kind.NOT_CONFIRMED, known.orElseThrow() + " was switched or removed just now; try again");
            }
            try {
                journal.record(Deployment.launching(config, clock.instant()));
            } catch (IOException e) {
                throw stateUnwritable(e);
            }
        }
    }

    private Deployment confirmed(ConfigHash hash, Instance instance) throws DeploymentException {
        try {
            var deployment = journal.move(hash, new DeploymentState.Healthy(instance));
            LOG.infof("%s: container %s is healthy at %s", deployment, instance.abbreviatedId(), instance.address());
            return deployment;
        } catch (IOException e) {
            retirement.remove(hash, instance.containerId());
            throw stateUnwritable(e);
        }
    }

    private static boolean isServing(Deployment deployment) {
        return deployment.state() instanceof DeploymentState.Active
                || deployment.state() instanceof DeploymentState.Draining;
    }

    /** A launch of what already serves only looks whether it is healthy; what drains is kept for the switch that will follow. */
    private Deployment reconfirm(Deployment deployment) throws DeploymentException, InterruptedException {
        var instance = locate(deployment);
        var result = probe(deployment, instance);
        if (!result.healthy()) {
            throw notHealthyNow(deployment, result);
        }
        synchronized (journal) {
            if (deployment.state() instanceof DeploymentState.Active) {
                return deployment;
            }
            if (!journal.find(deployment.hash()).equals(Optional.of(deployment))) {
                throw new DeploymentException(Kind.NOT_CONFIRMED, deployment + " was removed just now; try again");
            }
            return journal.moveAsFact(deployment.hash(), new DeploymentState.Healthy(instance));
        }
    }

    private LaunchConfig fetch(ConfigHash hash) throws DeploymentException {
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
        awaitOpening();
        switching.lockInterruptibly();
        try {
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
            case DeploymentState.Failed(var reason) ->
                throw new DeploymentException(Kind.NOT_CONFIRMED, target + " failed to launch: " + reason);
        }
        var instance = locate(target);
        var result = probe(target, instance);
        if (!result.healthy()) {
            throw notHealthyNow(target, result);
        }
        return target.state() instanceof DeploymentState.Active ? target : replaceActive(target, instance);
    }

    /** Journal first, then the proxy: an agent that dies between the two serves the new one when it is back. */
    private Deployment replaceActive(Deployment target, Instance instance) throws DeploymentException {
        var now = clock.instant();
        var active = target.in(new DeploymentState.Active(instance), now);
        var old = new ArrayList<Deployment>();
        // No retirement may claim the target between the look at its state and the change.
        synchronized (journal) {
            if (!journal.find(target.hash()).equals(Optional.of(target))) {
                throw new DeploymentException(
                        Kind.NOT_CONFIRMED, target + " has just been taken out of service; launch it again");
            }
            journal.all().stream()
                    .filter(d -> !d.hash().equals(target.hash()) && isOld(d, target))
                    .map(d -> d.in(
                            new DeploymentState.Draining(d.state().running().orElseThrow()), now))
                    .forEach(old::add);
            var changed = new ArrayList<>(old);
            changed.add(active);
            try {
                journal.record(changed.toArray(Deployment[]::new));
            } catch (IOException e) {
                throw stateUnwritable(e);
            }
            activeBackend.switchTo(active.backend(instance));
        }
        stats.reset();
        LOG.infof("switched to %s, container %s at %s", active, instance.abbreviatedId(), instance.address());
        old.forEach(retirement::afterDrain);
        retirement.sweep();
        return active;
    }

    /** What served until now, and what was launched before the target and not switched to. */
    private static boolean isOld(Deployment deployment, Deployment target) {
        return switch (deployment.state()) {
            case DeploymentState.Active active -> true;
            case DeploymentState.Healthy healthy -> deployment.launchedAt().isBefore(target.launchedAt());
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

    /** Where the health check asks: mostly the application's own port, whose address is known. */
    private Target target(Instance instance, LaunchConfig config, HealthCheck check) throws EngineException {
        if (check.port() == config.port()) {
            return new Target(instance.address().host(), instance.address().port());
        }
        return runtime.find(instance.containerId())
                .flatMap(container -> runtime.address(container, check.port()))
                .map(address -> new Target(address.host(), address.port()))
                .orElse(new Target(instance.address().host(), check.port()));
    }

    /** Serves from the container of this deployment without asking anybody: it did so before the agent was restarted. */
    void adopt(Deployment deployment, Instance instance) {
        journal.recordFact(deployment.in(new DeploymentState.Active(instance), clock.instant()));
        activeBackend.switchTo(deployment.backend(instance));
        stats.reset();
        LOG.infof(
                "serving %s from container %s at %s, which runs already",
                deployment, instance.abbreviatedId(), instance.address());
    }

    /** Starts the container of the active deployment again, or makes a new one if it is gone. */
    void restartActive(Deployment active) throws DeploymentException, InterruptedException {
        var id = active.state().running().orElseThrow().containerId();
        try {
            if (runtime.find(id).isEmpty()) {
                serveFrom(active, launchSteps(active.config().orElseThrow()).run());
            } else {
                runtime.start(id);
                serveFrom(active, locate(active));
            }
        } catch (EngineException e) {
            throw new DeploymentException(e);
        }
    }

    /** Goes on serving the active deployment from there; nothing happens if another is active by now. */
    void serveFrom(Deployment active, Instance instance) {
        synchronized (journal) {
            if (!journal.active().equals(Optional.of(active))) {
                retirement.sweep();
            } else if (!active.state().equals(new DeploymentState.Active(instance))) {
                journal.recordFact(active.in(new DeploymentState.Active(instance), clock.instant()));
                activeBackend.switchTo(active.backend(instance));
                LOG.infof("%s: serving from container %s at %s", active, instance.abbreviatedId(), instance.address());
            }
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
                journal,
                retirement,
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
                Kind.STATE_UNWRITABLE, e.getMessage() + "; nothing was changed: mend that, then try again");
    }
}
