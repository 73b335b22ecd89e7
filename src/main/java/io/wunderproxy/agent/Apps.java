package io.wunderproxy.agent;

import io.quarkus.scheduler.Scheduled;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.deployment.ActiveMonitor;
import io.wunderproxy.deployment.BootRecovery;
import io.wunderproxy.deployment.CurrentConfig;
import io.wunderproxy.deployment.Deployments;
import io.wunderproxy.deployment.Fence;
import io.wunderproxy.deployment.Host;
import io.wunderproxy.deployment.StateDirectory;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.health.HealthProber;
import io.wunderproxy.launchconfig.ImageBuckets;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.manager.TrafficHistory;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.proxy.routing.ActiveBackend;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.time.MonotonicTime;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;

/** Makes the applications of this host and runs their regular tasks. Today there is the one that {@code run} names. */
@Singleton
public class Apps {

    /** The file with the id of this run of the machine, see random(4). */
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private final App only;

    @Inject
    Apps(
            AgentOptions options,
            ActiveBackend activeBackend,
            ContainerRuntime engine,
            HealthProber prober,
            EventLog events,
            ImageBuckets imageBuckets,
            Clock clock,
            MonotonicTime time,
            Inheritance inheritance)
            throws IOException {
        var bootId = Files.exists(BOOT_ID) ? Files.readString(BOOT_ID).strip() : "";
        // The agent that this one replaces has left the state directory by now.
        var serving = inheritance.serving();
        only = App.open(
                options.deployment(),
                LaunchConfigStore.open(options.bucket(), options.prefix()),
                activeBackend,
                new Host(engine, prober, events, imageBuckets, clock, time, bootId));
        if (inheritance.predecessor().isPresent()) {
            only.directory().changes().holdBack();
        }
        only.recovery().continueFrom(serving.orElse(""), inheritance.otherEnded());
    }

    /** The application of calls that name none. */
    App unnamed() {
        return only;
    }

    @Scheduled(
            every = "${agent.deployment.health-interval}",
            concurrentExecution = Scheduled.ConcurrentExecution.SKIP,
            identity = "probe-active")
    @RunOnVirtualThread
    void probeActive() throws InterruptedException {
        only.monitor().probe();
    }

    @Scheduled(
            every = "30s",
            delayed = "2s",
            concurrentExecution = Scheduled.ConcurrentExecution.SKIP,
            identity = "read-current")
    @RunOnVirtualThread
    void readCurrent() {
        only.currentConfig().refresh();
    }

    /** Looks for the promotion after a switch, without waiting for the next regular reading. */
    @Scheduled(
            every = "1s",
            delayed = "2s",
            concurrentExecution = Scheduled.ConcurrentExecution.SKIP,
            identity = "follow-promotion")
    @RunOnVirtualThread
    void followPromotion() {
        only.currentConfig().followPromotion();
    }

    @Scheduled(
            every = "10s",
            delayed = "10s",
            concurrentExecution = Scheduled.ConcurrentExecution.SKIP,
            identity = "sample-traffic")
    @RunOnVirtualThread
    void sampleTraffic() {
        only.history().sample();
    }

    @Produces
    @Singleton
    StateDirectory directory() {
        return only.directory();
    }

    @Produces
    @Singleton
    Deployments deployments() {
        return only.deployments();
    }

    @Produces
    @Singleton
    CurrentConfig currentConfig() {
        return only.currentConfig();
    }

    @Produces
    @Singleton
    BootRecovery recovery() {
        return only.recovery();
    }

    @Produces
    @Singleton
    ActiveMonitor monitor() {
        return only.monitor();
    }

    @Produces
    @Singleton
    Fence fence() {
        return only.fence();
    }

    @Produces
    @Singleton
    TrafficGate gate() {
        return only.gate();
    }

    @Produces
    @Singleton
    TrafficStats stats() {
        return only.stats();
    }

    @Produces
    @Singleton
    TrafficHistory history() {
        return only.history();
    }
}
