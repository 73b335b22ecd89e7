package io.wunderproxy.agent;

import io.netty.channel.epoll.Epoll;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.DomainSocketServerStart;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.HttpsServerStart;
import io.vertx.core.Vertx;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.DockerEngine;
import io.wunderproxy.deployment.DeploymentOptions;
import io.wunderproxy.deployment.EngineState;
import io.wunderproxy.deployment.StateDirectory;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.fleet.FleetTable;
import io.wunderproxy.fleet.Membership;
import io.wunderproxy.handover.Predecessor;
import io.wunderproxy.health.HealthProber;
import io.wunderproxy.health.SocketProbe;
import io.wunderproxy.launchconfig.ImageBuckets;
import io.wunderproxy.manager.ListeningServers;
import io.wunderproxy.manager.Replacement;
import io.wunderproxy.names.HostName;
import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.ProxyServer;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.proxy.transport.ListenAddress;
import io.wunderproxy.registry.serve.EmbeddedRegistry;
import io.wunderproxy.registry.serve.ExternalRegistry;
import io.wunderproxy.registry.serve.Registry;
import io.wunderproxy.supervision.ReloadSocket;
import io.wunderproxy.supervision.Supervisor;
import io.wunderproxy.time.MonotonicTime;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jboss.logging.Logger;
import sun.misc.Signal;

/** Connects the parts of the agent, starts them in their order and stops them so that no request is lost. */
@Singleton
public class Agent {

    private static final Logger LOG = Logger.getLogger(Agent.class);

    private final AgentOptions options;
    private final DeploymentOptions deployment;
    private final Inheritance inheritance;
    private final Supervisor supervisor = Supervisor.from(System.getenv());
    private Registry registry;
    private ProxyServer proxy;
    private Supplier<String> status;
    private FleetMember member;
    private Membership membership;
    private EventLog events;
    private App app;
    private Replacement replacement;

    @Inject
    Agent(AgentOptions options, Inheritance inheritance) {
        this.options = options;
        this.inheritance = inheritance;
        deployment = options.deployment();
    }

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    ContainerRuntime engine() {
        return DockerEngine.at(options.dockerHost());
    }

    @Produces
    @Singleton
    MonotonicTime time() {
        return MonotonicTime.OF_THE_MACHINE;
    }

    @Produces
    @Singleton
    HealthProber prober(Vertx vertx, MonotonicTime time) {
        return new HealthProber(new SocketProbe(vertx), time);
    }

    @Produces
    @Singleton
    EngineState engineState(ContainerRuntime engine, MonotonicTime time) {
        return new EngineState(engine, time);
    }

    @Produces
    @Singleton
    Membership membership() {
        var fleet = options.fleet();
        var table =
                fleet.table().map(name -> FleetTable.open(name, FleetTable.fleet(options.bucket(), options.prefix())));
        return new Membership(table.orElse(null), fleet.memberInterval());
    }

    @Produces
    @Singleton
    ImageBuckets imageBuckets() {
        return options.registry().isPresent() ? ImageBuckets.served(options.imageBucket()) : ImageBuckets.notServed();
    }

    /** The state directory is a parameter so that it is this agent's before a registry uses it. */
    @Produces
    @Singleton
    Registry registry(Vertx vertx, StateDirectory directory, ImageBuckets buckets, Clock clock) {
        return options.registry()
                .<Registry>map(
                        embedded -> new EmbeddedRegistry(vertx, embedded, buckets, clock, Inheritance.isAwaited()))
                .orElseGet(() -> new ExternalRegistry(deployment.registryPort()));
    }

    void start(
            @Observes StartupEvent event,
            Registry registry,
            Apps apps,
            Membership membership,
            FleetMember member,
            EventLog events,
            AgentReplacement replacement)
            throws IOException {
        // The default exit code of a process that was asked to end is not 0, which supervisors take for a failure.
        Signal.handle(new Signal("TERM"), signal -> Quarkus.asyncExit(0));
        Signal.handle(new Signal("INT"), signal -> Quarkus.asyncExit(0));
        // Until there is a log to be opened again, the signal must not end the process.
        Signal.handle(new Signal("HUP"), signal -> {});
        replacement.onSignal(this::parts);
        this.replacement = replacement;
        if (!Epoll.isAvailable()) {
            LOG.warnf(
                    "epoll can't be used, so the proxy is slower, and there are no Unix sockets for the manager and no "
                            + "word to a service manager; may %s hold programs that are run?",
                    System.getProperty("io.netty.native.workdir", System.getProperty("java.io.tmpdir")));
        }
        this.registry = registry;
        this.events = events;
        registry.start();
        app = apps.unnamed();
        app.recovery().start(membership::awaitAnnounced);
        var gate = app.gate();
        if (!gate.isOpen()) {
            var type = gate.state() instanceof TrafficGate.State.Paused ? EventType.PAUSED : EventType.MAINTENANCE;
            events.add(Event.of(type, held(gate) + ", as before the restart; POST /resume ends it")
                    .at(Logger.Level.WARN));
        }
        proxy = new ProxyServer(withPossibleConnections(options.proxy()), app.backends(), app.stats(), gate);
        Signal.handle(new Signal("HUP"), signal -> proxy.reopenAccessLog());
        var address = proxy.listen(inheritance.sockets());
        inheritance.sockets().closeOthers();
        LOG.infof("proxy listening on %s", address);
        if (proxy.tlsAddress() != null) {
            LOG.infof("proxy listening on %s for TLS", proxy.tlsAddress());
        }
        this.member = member;
        member.listens(
                proxy,
                HostName.or("unnamed"),
                address,
                options.managerAddress(),
                options.managerTls().isPresent());
        proxy.onStranger(membership::strangerAsked);
        this.membership = membership;
        status = () -> status(address, app);
        if (inheritance.predecessor().isEmpty()) {
            begin();
        }
    }

    /** Takes part: accepts connections, and says to the fleet that it does. */
    private void begin() {
        proxy.accept();
        membership.start(member);
    }

    private static String status(ListenAddress address, App app) {
        return (app.gate().isOpen() ? "" : held(app.gate()) + "; ")
                + app.deployments()
                        .active()
                        .map(active -> "serving %s %s on %s".formatted(app.name(), active, address))
                        .orElseGet(() -> "listening on %s, nothing to serve%s"
                                .formatted(
                                        address,
                                        app.recovery()
                                                .obstacle()
                                                .map(o -> " yet: " + o)
                                                .orElse("")));
    }

    private static String held(TrafficGate gate) {
        return gate.state() instanceof TrafficGate.State.Paused ? "traffic is paused" : "in maintenance";
    }

    private static ProxyOptions withPossibleConnections(ProxyOptions wanted) {
        var capacity = wanted.listener().capacity();
        var files = OpenFiles.ofThisProcess();
        var possible = files.ofProxy(capacity.connections());
        if (possible < capacity.connections()) {
            LOG.warnf(
                    "this process may have %d files open, so the proxy takes at most %d connections and not the %d of "
                            + "--max-connections; raise LimitNOFILE= of the service, or 'ulimit -n'",
                    files.most(), possible, capacity.connections());
        }
        return new ProxyOptions(
                wanted.listener().withCapacity(capacity.withConnections(possible)), wanted.application());
    }

    void managerListens(@ObservesAsync HttpServerStart event) {
        managerListens(tcp(event.options().getHost(), "quarkus.http.port"));
    }

    void managerListens(@ObservesAsync HttpsServerStart event) {
        managerListens(tcp(event.options().getHost(), "quarkus.http.ssl-port"));
    }

    void managerListens(@ObservesAsync DomainSocketServerStart event) {
        managerListens(options.managerAddress());
    }

    /** The address with the actual port: the framework sets this property to it if 0 was given. */
    private static ListenAddress tcp(String host, String portProperty) {
        return new ListenAddress.Tcp(host, ConfigProvider.getConfig().getValue(portProperty, Integer.class));
    }

    /** Reports readiness: the manager's server starts last, so that all is there. */
    private void managerListens(ListenAddress address) {
        LOG.infof("manager listening on %s", address);
        member.managerListens(address);
        try {
            if (inheritance.predecessor().isPresent()) {
                takeOver(inheritance.predecessor().get());
            }
            ListeningServers.share();
            awaitReloads();
            supervisor.ready(status, proxy::responds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitReloads() {
        try {
            ReloadSocket.open(this::reload);
        } catch (IOException e) {
            LOG.warnf("'wunderproxy reload --process' can't reach this agent: %s", e.getMessage());
        }
    }

    private ReloadSocket.Outcome reload() {
        try {
            return new ReloadSocket.Outcome.Replaced(replacement.replace());
        } catch (Replacement.Refused e) {
            return new ReloadSocket.Outcome.Refused(e.getMessage());
        }
    }

    private void takeOver(Predecessor predecessor) throws InterruptedException {
        predecessor.ready();
        app.directory().changes().open();
        begin();
        predecessor.accepting();
        events.add(Event.of(EventType.RELOADED, "this agent has taken the place of another one"));
    }

    /** The parts of this agent that a successor needs. */
    AgentReplacement.Parts parts() {
        return new AgentReplacement.Parts(
                inheritance,
                app,
                proxy,
                membership,
                supervisor,
                deployment.drainTimeout(),
                proxy.listeningDescriptors());
    }

    /** Completes when every event loop of the proxy has given a sign of life. */
    CompletableFuture<Void> responds() {
        return proxy.responds();
    }

    void stop(@Observes ShutdownEvent event, Membership membership, AgentReplacement replacement) {
        if (replacement.isReplaced()) {
            replacement.awaitEnd();
            return;
        }
        membership.leave();
        if (proxy != null) {
            LOG.infof(
                    "no new connections; finishing open requests for up to %d s",
                    deployment.drainTimeout().toSeconds());
            supervisor.stopping(deployment.drainTimeout());
            proxy.shutdown(deployment.drainTimeout());
            registry.close();
            supervisor.close();
        }
    }
}
