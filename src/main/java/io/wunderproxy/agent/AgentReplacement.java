package io.wunderproxy.agent;

import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.fleet.Membership;
import io.wunderproxy.handover.HandoverException;
import io.wunderproxy.handover.Program;
import io.wunderproxy.handover.Successor;
import io.wunderproxy.manager.ListeningServers;
import io.wunderproxy.manager.Replacement;
import io.wunderproxy.proxy.ProxyServer;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.supervision.Supervisor;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import sun.misc.Signal;

/**
 * Replaces this agent by a successor, without a connection refused or a request lost. The successor recovers from the journal
 * as at any start, so that passes before it accepts connections: meanwhile nothing changes on this host, and what serves is
 * known. Whatever goes wrong before that, this agent continues as if nothing had been.
 */
@Singleton
class AgentReplacement implements Replacement {

    private static final Logger LOG = Logger.getLogger(AgentReplacement.class);

    /** How long each step of a successor may take. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** How long a launch or whatever else is under way may take to end. */
    private static final Duration FOR_CHANGES = Duration.ofSeconds(60);

    private static final long ENDING_SECONDS = 30;

    /** The parts of this agent that a successor needs. */
    record Parts(
            Inheritance inheritance,
            App app,
            ProxyServer proxy,
            Membership membership,
            Supervisor supervisor,
            Duration drainTimeout,
            List<Integer> sockets) {}

    private final EventLog events;
    private final AtomicBoolean underWay = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean replaced;
    private volatile Supplier<Parts> parts;

    AgentReplacement(EventLog events) {
        this.events = events;
    }

    /** From now on the agent can be asked for that, also by SIGUSR2, which a JVM needs for itself. */
    void onSignal(Supplier<Parts> ofAgent) {
        parts = ofAgent;
        try {
            Signal.handle(
                    new Signal("USR2"),
                    signal -> Thread.ofPlatform().name("reload").start(() -> {
                        try {
                            replace();
                        } catch (Refused e) {
                            LOG.errorf("%s", e.getMessage());
                        }
                    }));
        } catch (IllegalArgumentException ofJvm) {
            LOG.debugf("SIGUSR2 does not replace this agent: %s", ofJvm.getMessage());
        }
    }

    boolean isReplaced() {
        return replaced;
    }

    /** Returns when what was open has ended. */
    void awaitEnd() {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public long replace() throws Refused {
        if (!underWay.compareAndSet(false, true)) {
            throw new Refused("this agent is being replaced already");
        }
        try {
            var agent = parts.get();
            check(agent);
            agent.supervisor().reloading();
            try {
                rehearse(agent.inheritance().program());
                return handOver(agent);
            } catch (HandoverException e) {
                agent.supervisor().reloaded();
                events.add(Event.of(EventType.RELOAD_FAILED, e.getMessage()).at(Logger.Level.ERROR));
                throw new Refused(e.getMessage());
            }
        } finally {
            if (!replaced) {
                underWay.set(false);
            }
        }
    }

    private static void check(Parts agent) throws Refused {
        if (agent.inheritance().endsItsContainer()) {
            throw new Refused("this agent's container ends with it: start another container instead");
        }
        if (agent.sockets().isEmpty()) {
            throw new Refused("without epoll the listening sockets can't be passed on: restart this agent instead");
        }
        if (agent.app().gate().state() instanceof TrafficGate.State.Paused) {
            throw new Refused(
                    "traffic is paused, and the requests that wait would not be let go: 'wunderproxy resume', then"
                            + " try again");
        }
    }

    /** A successor that can't start is not started: its words would be in the log, and not in the response. */
    private static void rehearse(Program program) throws HandoverException {
        try {
            program.rehearse(RunCommand.CHECK, PATIENCE);
        } catch (IOException e) {
            throw new HandoverException(e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HandoverException("interrupted", e);
        }
    }

    private long handOver(Parts agent) throws HandoverException {
        LOG.infof(
                "starting %s to replace this agent",
                agent.inheritance().program().path());
        var successor = Successor.start(agent.inheritance().program(), System.getenv(), PATIENCE);
        successor.handOver(new Successor.Estate() {
            @Override
            public List<Integer> sockets() {
                return agent.sockets();
            }

            @Override
            public boolean areLent() {
                return agent.inheritance().sockets().areLent();
            }

            @Override
            public String passState(BooleanSupplier isWanted) throws IOException, InterruptedException {
                agent.app().directory().passOn(FOR_CHANGES, isWanted);
                return agent.app()
                        .deployments()
                        .active()
                        .map(active -> active.hash().value())
                        .orElse("");
            }

            @Override
            public void leave(long process) {
                AgentReplacement.this.leave(agent, process);
            }

            @Override
            public void takeBack() {
                agent.app().directory().takeBack();
            }
        });
        return successor.pid();
    }

    private void leave(Parts agent, long process) {
        replaced = true;
        agent.app().directory().changes().passOnForGood();
        agent.supervisor().replacedBy(process);
        agent.membership().passOn();
        ListeningServers.leave();
        LOG.infof(
                "replaced by process %d; finishing open requests for up to %d s",
                process, agent.drainTimeout().toSeconds());
        Thread.ofPlatform().name("leave").start(() -> finish(agent));
    }

    /** Ends the process itself: an orderly end would close what is the successor's by now. */
    private void finish(Parts agent) {
        try {
            agent.proxy().leave(agent.drainTimeout());
            // Until the one before this one has ended, nobody may remove containers, and the successor knows of this
            // one alone.
            agent.inheritance().otherEnded().get(ENDING_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("the agent before this one has not ended", e);
        } catch (RuntimeException e) {
            LOG.error("could not finish what was open (please report)", e);
        }
        ListeningServers.awaitResponses();
        LOG.infof(
                "finished, as process %d, which was replaced",
                ProcessHandle.current().pid());
        System.out.flush();
        ended.countDown();
        Runtime.getRuntime().halt(0);
    }
}
