package io.wunderproxy.deployment;

import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.StaticEnvironment;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.stats.TrafficStats;
import java.io.IOException;

/** The parts of one application's deployments that other packages use. */
public record DeploymentParts(
        Deployments deployments, CurrentConfig currentConfig, BootRecovery recovery, ActiveMonitor monitor) {

    /**
     * Makes all parts and connects them: none of them makes another.
     *
     * @throws IOException if the file of environment variables or the agent's identity can't be read
     */
    public static DeploymentParts of(
            DeploymentOptions settings,
            StateDirectory directory,
            Journal journal,
            LaunchConfigStore store,
            AppBackends backends,
            TrafficStats stats,
            Host host)
            throws IOException {
        var runtime = host.runtime();
        var events = host.events();
        var clock = host.clock();
        var time = host.time();
        var application = Application.of(settings, AgentIdentity.open(directory));
        var environment = StaticEnvironment.read(settings.environmentFile());
        var instances = new Instances(runtime, host.prober(), events, environment, settings.launchTimeout());
        var retirement = new Retirement(settings, application, runtime, journal, backends, events, time);
        var starts = new ContainerStart(runtime, application, journal);
        var names = new ContainerNames(runtime, application, journal, retirement, events, settings.stopTimeout());
        var steps = new LaunchSteps(application, environment, instances, names, starts, journal, retirement, host);
        var serving =
                new Serving(journal, backends, stats, events, clock, runtime, instances, starts, steps, retirement);
        var switches = new Switch(journal, backends, stats, events, clock, instances, serving, retirement);
        var launches = new Launches(store, journal, events, instances, steps, retirement);
        var logs = new ContainerLogs(runtime, application, environment, journal);
        var monitor = new ActiveMonitor(
                journal.changes(), serving, instances, environment, runtime, settings.stopTimeout(), events, time);
        var baking = new Baking(journal, backends, stats, host, serving, switches, retirement, logs, monitor);
        var deployments =
                new Deployments(journal, backends, launches, switches, serving, retirement, logs, baking, time);
        var currentConfig = new CurrentConfig(store, directory, journal, serving, events, time);
        var recovery = new BootRecovery(
                application,
                deployments,
                launches,
                switches,
                serving,
                instances,
                retirement,
                currentConfig,
                journal,
                backends,
                host);
        return new DeploymentParts(deployments, currentConfig, recovery, monitor);
    }
}
