package io.wunderproxy.deployment;

import io.wunderproxy.deployment.Failure.Kind;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.judgement.Traffic;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.stats.TrafficStats;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
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
     * @param order how long it bakes, and who asked
     */
    Deployment to(ConfigHash hash, Permit permit, Order order) throws DeploymentException, InterruptedException {
        switching.lockInterruptibly();
        try (var _ = journal.changes().asked()) {
            permit.check();
            return switchNow(hash, order);
        } finally {
            switching.unlock();
        }
    }

    /** Switches to this deployment for a starting agent, unless somebody has switched in the meantime. */
    void ifNothingServes(ConfigHash hash) throws DeploymentException, InterruptedException {
        switching.lockInterruptibly();
        try {
            if (backends.current().isEmpty()) {
                switchNow(hash, new Order(Duration.ZERO, "the start of the agent"));
            }
        } finally {
            switching.unlock();
        }
    }

    /**
     * How to switch.
     *
     * @param bake how long the former deployment is kept warm and compared with; zero: not at all
     * @param by who asked, for people
     */
    record Order(Duration bake, String by) {}

    /**
     * Goes back to what served before a bake; false if that bake is not under way any more.
     *
     * @param ended the bake at its end
     */
    boolean back(Bake bake, Bake ended) throws DeploymentException, InterruptedException {
        switching.lockInterruptibly();
        try (var _ = journal.changes().asked()) {
            if (!journal.bake().equals(Optional.of(bake))) {
                return false;
            }
            var former = journal.find(bake.former()).orElseThrow(() -> notLaunched(bake.former()));
            replaceActive(former, checked(former), new Way(Optional.of(ended), Duration.ZERO));
            return true;
        } finally {
            switching.unlock();
        }
    }

    private Deployment switchNow(ConfigHash hash, Order order) throws DeploymentException, InterruptedException {
        var target = journal.find(hash).orElseThrow(() -> notLaunched(hash));
        var instance = checked(target);
        if (target.state() instanceof DeploymentState.Active) {
            return target;
        }
        var broken = journal.bake()
                .filter(Bake::isUnderWay)
                .map(bake -> bake.ended(
                        Bake.State.BROKEN_OFF,
                        "broken off by a switch to " + target + ", which " + order.by() + " asked for"));
        var active = replaceActive(target, instance, new Way(broken, order.bake()));
        broken.flatMap(bake -> journal.find(bake.hash()).map(d -> d.event(EventType.BAKED, bake.reason())))
                .ifPresent(events::add);
        return active;
    }

    /** The container of a deployment that can be switched to, which passes one more probe now. */
    private Instance checked(Deployment target) throws DeploymentException, InterruptedException {
        switch (target.state()) {
            case DeploymentState.Active active -> {}
            case DeploymentState.Healthy healthy -> {}
            case DeploymentState.Draining draining -> {}
            case DeploymentState.Launching launching ->
                throw new DeploymentException(
                        Kind.NOT_CONFIRMED, target + " is still launching; switch when its launch has succeeded");
            case DeploymentState.Retiring retiring ->
                throw new DeploymentException(Kind.NOT_CONFIRMED, target + " is being removed; launch it again");
            case DeploymentState.Gone gone -> throw notLaunched(target.hash());
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
        return instance;
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
    private Deployment replaceActive(Deployment target, Instance instance, Way way) throws DeploymentException {
        var usual = BakeTraffic.ofFormer(stats);
        Replacement done;
        try {
            done = journal.replace(
                            target.hash(),
                            Optional.of(target),
                            () -> replacement(target, instance, way, usual),
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
     * @param warm the former one, if it is kept for a way back
     */
    private record Replacement(
            Optional<Deployment> former,
            List<Deployment> old,
            Optional<Deployment> warm,
            Deployment active,
            Optional<Bake> bake)
            implements Journal.Change {
        @Override
        public List<Deployment> deployments() {
            return Stream.of(old.stream(), warm.stream(), Stream.of(active))
                    .flatMap(all -> all)
                    .toList();
        }

        @Override
        public Optional<Bake> bake(Optional<Bake> last) {
            return bake.or(() -> last);
        }
    }

    /**
     * The bakes that go with a switch.
     *
     * @param ended the bake that it ends
     * @param bake how long the new deployment bakes
     */
    private record Way(Optional<Bake> ended, Duration bake) {}

    private Replacement replacement(Deployment target, Instance instance, Way way, Traffic usual) {
        var now = clock.instant();
        var former = serving.active();
        var bake = former.filter(f -> way.bake().isPositive())
                .map(f -> Bake.begun(target.hash(), f.hash(), now, way.bake(), usual));
        var warm = bake.flatMap(b -> former)
                .map(f -> f.in(new DeploymentState.Healthy(f.state().running().orElseThrow()), now));
        var old = journal.all().stream()
                .filter(d -> !d.hash().equals(target.hash()) && isOld(d, target))
                .filter(d -> warm.filter(w -> w.hash().equals(d.hash())).isEmpty())
                .map(d -> d.in(new DeploymentState.Draining(d.state().running().orElseThrow()), now))
                .toList();
        return new Replacement(
                former, old, warm, target.in(new DeploymentState.Active(instance), now), bake.or(way::ended));
    }

    /** Whether a deployment served until now, or was launched before the target and not switched to. */
    private boolean isOld(Deployment deployment, Deployment target) {
        return switch (deployment.state()) {
            case DeploymentState.Active active -> true;
            case DeploymentState.Healthy healthy ->
                deployment.number() < target.number()
                        || journal.bake()
                                .filter(bake -> bake.keepsWarm(deployment))
                                .isPresent();
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
