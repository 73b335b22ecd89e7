package io.wunderproxy.deployment;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * Launches and switches: the only place where the steps of a deployment are put in order. Calls block; make them on a virtual
 * thread.
 */
@Singleton
public final class Deployments {

    private static final Logger LOG = Logger.getLogger(Deployments.class);

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
        this.retirement = new Retirement(settings, application, runtime, journal, activeBackend);
        this.names = new ContainerNames(runtime, application, journal, settings.stopTimeout());
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
        return journal.active();
    }

    /**
     * Brings the configuration with this hash to a container that is confirmed healthy. A container that already runs it is
     * used as it is; a launch of it that is under way is joined.
     */
    public Deployment launch(ConfigHash hash) throws DeploymentException, InterruptedException {
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
                } catch (Exception e) {
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
        try {
            journal.record(Deployment.launching(config, clock.instant()));
        } catch (IOException e) {
            throw stateUnwritable(e);
        }
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

    private Deployment confirmed(ConfigHash hash, Instance instance) throws DeploymentException {
        try {
            var deployment = journal.move(hash, new DeploymentState.Healthy(instance));
            LOG.infof("%s: container %s is healthy at %s", deployment, instance.abbreviatedId(), instance.address());
            return deployment;
        } catch (IOException e) {
            retirement.remove(instance.containerId());
            throw stateUnwritable(e);
        }
    }

    private static boolean isServing(Deployment deployment) {
        return deployment.state() instanceof DeploymentState.Active
                || deployment.state() instanceof DeploymentState.Draining;
    }

    /** A launch of what already serves changes nothing; it only looks whether it is healthy. */
    private Deployment reconfirm(Deployment deployment) throws DeploymentException, InterruptedException {
        var result = probe(deployment);
        if (!result.healthy()) {
            throw notHealthyNow(deployment, result);
        }
        return deployment;
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
        switching.lockInterruptibly();
        try {
            var target = journal.find(hash).orElseThrow(() -> notLaunched(hash));
            switch (target.state()) {
                case DeploymentState.Active active -> {
                    return target;
                }
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
            var result = probe(target);
            if (!result.healthy()) {
                throw notHealthyNow(target, result);
            }
            return replaceActive(target);
        } finally {
            switching.unlock();
        }
    }

    /** Journal first, then the proxy: an agent that dies between the two serves the new one when it is back. */
    private Deployment replaceActive(Deployment target) throws DeploymentException {
        var instance = target.state().running().orElseThrow();
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
            activeBackend.switchTo(instance.backend());
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

    /** One probe of a deployment that has a container. */
    ProbeResult probe(Deployment deployment) throws DeploymentException, InterruptedException {
        var instance = deployment.state().running().orElseThrow();
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
        activeBackend.switchTo(instance.backend());
        stats.reset();
        LOG.infof(
                "serving %s from container %s at %s, which runs already",
                deployment, instance.abbreviatedId(), instance.address());
    }

    /** Starts the container of the active deployment again, or makes a new one if it is gone. */
    void restartActive(Deployment active) throws DeploymentException, InterruptedException {
        var config = active.config().orElseThrow();
        var id = active.state().running().orElseThrow().containerId();
        try {
            if (runtime.find(id).isEmpty()) {
                serveFrom(active, launchSteps(config).run());
                return;
            }
            runtime.start(id);
            runtime.find(id)
                    .flatMap(container -> Launch.instance(container, config, runtime))
                    .ifPresent(instance -> serveFrom(active, instance));
        } catch (EngineException e) {
            throw new DeploymentException(e);
        }
    }

    /** A container that was started again may have another address. */
    private void serveFrom(Deployment active, Instance instance) {
        synchronized (journal) {
            if (!journal.active().equals(Optional.of(active))) {
                retirement.sweep();
                return;
            }
            if (!active.state().equals(new DeploymentState.Active(instance))) {
                journal.recordFact(active.in(new DeploymentState.Active(instance), clock.instant()));
                activeBackend.switchTo(instance.backend());
            }
        }
    }

    private Launch launchSteps(LaunchConfig config) {
        return new Launch(config, application, environment, runtime, prober, names, settings.launchTimeout());
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
