package io.wunderproxy.agent;

import io.wunderproxy.deployment.ActiveMonitor;
import io.wunderproxy.deployment.BootRecovery;
import io.wunderproxy.deployment.CurrentConfig;
import io.wunderproxy.deployment.DeploymentOptions;
import io.wunderproxy.deployment.DeploymentParts;
import io.wunderproxy.deployment.Deployments;
import io.wunderproxy.deployment.Fence;
import io.wunderproxy.deployment.Host;
import io.wunderproxy.deployment.Journal;
import io.wunderproxy.deployment.StateDirectory;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.manager.TrafficHistory;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.proxy.routing.ActiveBackend;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.rules.NoBackendReason;
import io.wunderproxy.proxy.stats.TrafficStats;
import java.io.IOException;

/**
 * One application of this host, with all that is its own: deployments, gate and statistics. Two applications share only what
 * {@link Host} has.
 */
final class App implements AutoCloseable {

    /** The file that says whether traffic is paused, in the state directory. */
    private static final String GATE_FILE = "traffic";

    private final DeploymentOptions settings;
    private final StateDirectory directory;
    private final AppBackends backends;
    private final TrafficGate gate;
    private final TrafficStats stats;
    private final TrafficHistory history;
    private final Fence fence;
    private final DeploymentParts parts;

    private App(
            DeploymentOptions settings,
            StateDirectory directory,
            LaunchConfigStore store,
            ActiveBackend activeBackend,
            Host host)
            throws IOException {
        this.settings = settings;
        this.directory = directory;
        backends = activeBackend.of(settings.app());
        gate = new TrafficGate();
        gate.keepIn(directory.path().resolve(GATE_FILE));
        stats = new TrafficStats();
        history = new TrafficHistory(stats, host.clock());
        fence = new Fence(directory);
        var journal = Journal.open(directory, host.clock(), host.bootId());
        parts = DeploymentParts.of(settings, directory, journal, store, backends, stats, host);
    }

    /**
     * Takes the application's state directory for this process and reads what an earlier one has left there. Nothing is launched
     * before its recovery is started.
     *
     * @throws IOException if the directory can't be used or what is in it can't be understood; the message says so
     */
    static App open(DeploymentOptions settings, LaunchConfigStore store, ActiveBackend activeBackend, Host host)
            throws IOException {
        var directory = StateDirectory.open(settings.stateDir());
        try {
            return new App(settings, directory, store, activeBackend, host);
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    String name() {
        return settings.app();
    }

    StateDirectory directory() {
        return directory;
    }

    AppBackends backends() {
        return backends;
    }

    TrafficGate gate() {
        return gate;
    }

    TrafficStats stats() {
        return stats;
    }

    TrafficHistory history() {
        return history;
    }

    Fence fence() {
        return fence;
    }

    Deployments deployments() {
        return parts.deployments();
    }

    CurrentConfig currentConfig() {
        return parts.currentConfig();
    }

    BootRecovery recovery() {
        return parts.recovery();
    }

    ActiveMonitor monitor() {
        return parts.monitor();
    }

    /** Leaves the state directory to others, and its route without a backend. Work under way must have ended. */
    @Override
    public void close() throws IOException {
        backends.clear(NoBackendReason.STARTING);
        directory.close();
    }
}
