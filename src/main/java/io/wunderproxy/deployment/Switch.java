package io.wunderproxy.deployment;

import io.wunderproxy.deployment.Failure.Kind;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.stats.TrafficStats;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Sends new requests to a launched deployment instead of the former one. One at a time: the probed one is the one that serves.
 */
final class Switch {

    private final Journal journal;
    private final AppBackends backends;
    private final TrafficStats stats;
    private final EventLog events;
    private final Clock clock;
    private final Instances instances;
    private final Serving serving;
    private final Retirement retirement;
    private final ReentrantLock switching = new ReentrantLock();

    Switch(
            Journal journal,
            AppBackends backends,
            TrafficStats stats,
            EventLog events,
            Clock clock,
            Instances instances,
            Serving serving,
            Retirement retirement) {
        this.journal = journal;
        this.backends = backends;
        this.stats = stats;
        this.events = events;
        this.clock = clock;
        this.instances = instances;
        this.serving = serving;
        this.retirement = retirement;
    }

    /**
     * Sends all new requests to this deployment, if it passes one more probe now. Returns when that is done; the former one
     * drains and is removed in the background.
     *
     * @param permit checked when it is the turn of this switch
     */
    Deployment to(ConfigHash hash, Permit permit) throws DeploymentException, InterruptedException {
        switching.lockInterruptibly();
        try (var _ = journal.changes().asked()) {
            permit.check();
            return switchNow(hash);
        } finally {
            switching.unlock();
        }
    }

    /** Switches to this deployment for a starting agent, unless somebody has switched in the meantime. */
    void ifNothingServes(ConfigHash hash) throws DeploymentException, InterruptedException {
        switching.lockInterruptibly();
        try {
            if (backends.current().isEmpty()) {
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
                        Kind.NOT_CONFIRMED, target + " is still launching; switch when its launch has succeeded");
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
        if (target.config().isPresent()) {
            ProxyFiles.require(target.config().get());
        }
        var instance = instances.locate(target);
        instances.requireHealthy(target, instance);
        return target.state() instanceof DeploymentState.Active ? target : replaceActive(target, instance);
    }

    private static DeploymentException notLaunched(ConfigHash hash) {
        return new DeploymentException(
                Kind.NOT_CONFIRMED,
                "there is no container of configuration " + hash.abbreviated()
                        + " here; POST its hash to /launch first");
    }

    /**
     * Changes the journal first, then the proxy: an agent that dies between the two serves the new one when it is back. No
     * retirement can claim the target in between.
     */
    private Deployment replaceActive(Deployment target, Instance instance) throws DeploymentException {
        Replacement done;
        try {
            done = journal.replace(
                            target.hash(),
                            Optional.of(target),
                            () -> replacement(target, instance),
                            next -> backends.switchTo(next.active().backend(instance)))
                    .orElseThrow(() -> new DeploymentException(
                            Kind.NOT_CONFIRMED, target + " has just been taken out of service; launch it again"));
        } catch (IOException e) {
            throw DeploymentException.stateUnwritable(e);
        }
        stats.reset();
        events.add(switched(done.former(), done.active(), instance));
        done.old().forEach(retirement::afterDrain);
        retirement.sweep();
        return done.active();
    }

    /**
     * A switch from the former deployment to the active one.
     *
     * @param old the deployments that drain from now on
     */
    private record Replacement(Optional<Deployment> former, List<Deployment> old, Deployment active)
            implements Journal.Change {
        @Override
        public List<Deployment> deployments() {
            return Stream.concat(old.stream(), Stream.of(active)).toList();
        }
    }

    private Replacement replacement(Deployment target, Instance instance) {
        var now = clock.instant();
        var old = journal.all().stream()
                .filter(d -> !d.hash().equals(target.hash()) && isOld(d, target))
                .map(d -> d.in(new DeploymentState.Draining(d.state().running().orElseThrow()), now))
                .toList();
        return new Replacement(serving.active(), old, target.in(new DeploymentState.Active(instance), now));
    }

    /** Whether a deployment served until now, or was launched before the target and not switched to. */
    private static boolean isOld(Deployment deployment, Deployment target) {
        return switch (deployment.state()) {
            case DeploymentState.Active active -> true;
            case DeploymentState.Healthy healthy -> deployment.number() < target.number();
            default -> false;
        };
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
}
