package io.wunderproxy.agent;

import io.wunderproxy.cli.Version;
import io.wunderproxy.deployment.ActiveMonitor;
import io.wunderproxy.deployment.BootRecovery;
import io.wunderproxy.deployment.Deployments;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.fleet.Member;
import io.wunderproxy.fleet.Membership;
import io.wunderproxy.proxy.ProxyServer;
import io.wunderproxy.proxy.transport.ListenAddress;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/** This agent as a member of its fleet: how it describes itself, and what it does with what it learns. */
@Singleton
class FleetMember implements Membership.Host {

    private static final Logger LOG = Logger.getLogger(FleetMember.class);

    /** An address that nobody has (RFC 5737), used only to find out which way would lead there. */
    private static final String OUTWARDS = "192.0.2.1";

    private static final int ANY_PORT = 9;

    private final MembershipOptions config;
    private final Deployments deployments;
    private final ActiveMonitor monitor;
    private final BootRecovery recovery;
    private final EventLog events;
    private final Clock clock;
    private final Instant since;
    private final String version;

    private ProxyServer proxyServer;
    private String id;
    private String proxy;
    private boolean managerTls;
    private volatile String manager;

    @Inject
    FleetMember(
            MembershipOptions config,
            Deployments deployments,
            ActiveMonitor monitor,
            BootRecovery recovery,
            EventLog events,
            Clock clock)
            throws IOException {
        this.config = config;
        this.deployments = deployments;
        this.monitor = monitor;
        this.recovery = recovery;
        this.events = events;
        this.clock = clock;
        this.since = clock.instant();
        this.version = Version.number();
    }

    /** Notes where the proxy listens, and where the manager will. */
    void listens(
            ProxyServer server,
            String hostName,
            ListenAddress proxyAddress,
            ListenAddress managerAddress,
            boolean tls) {
        proxyServer = server;
        managerTls = tls;
        id = config.memberId().orElse(hostName);
        proxy = proxyAddress instanceof ListenAddress.Tcp(var host, var port)
                ? new ListenAddress.Tcp(config.advertise().orElseGet(() -> reached(host)), port).toString()
                : "";
        managerListens(managerAddress);
    }

    /** Notes where the manager listens, with the actual port. */
    void managerListens(ListenAddress address) {
        manager = switch (address) {
            // A manager on the loopback interface alone is reached from this host, whatever its name is elsewhere.
            case ListenAddress.Tcp(var host, var port) ->
                (managerTls ? "https://" : "http://")
                        + new ListenAddress.Tcp(
                                isAny(host) ? config.advertise().orElseGet(() -> reached(host)) : host, port);
            case ListenAddress.Unix unix -> unix.toString();
        };
    }

    private static boolean isAny(String host) {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    /** The host by which others reach a server that listens there. */
    private static String reached(String host) {
        if (!isAny(host)) {
            return host;
        }
        try (var socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(OUTWARDS, ANY_PORT));
            return socket.getLocalAddress().getHostAddress();
        } catch (SocketException e) {
            LOG.warnf("no interface of this host routes outwards; name its address with --advertise");
            return InetAddress.getLoopbackAddress().getHostAddress();
        }
    }

    @Override
    public Member describe() {
        var active = deployments.active();
        return new Member(
                id,
                manager,
                proxy,
                active.map(deployment -> deployment.revision()).orElse(""),
                active.map(deployment -> deployment.hash().value()).orElse(""),
                health(),
                version,
                Runtime.getRuntime().availableProcessors(),
                since,
                clock.instant(),
                config.memberInterval());
    }

    private String health() {
        return monitor.health()
                .map(health -> health.healthy() ? "healthy" : "unhealthy")
                .orElseGet(() -> recovery.obstacle().isPresent() ? "starting" : "empty");
    }

    @Override
    public void learn(List<Member> neighbours) {
        proxyServer.learnPeers(neighbours.stream()
                .map(Member::proxy)
                .filter(address -> !address.equals(proxy))
                .flatMap(address -> peer(address).stream())
                .toList());
    }

    private static Optional<ListenAddress.Tcp> peer(String address) {
        try {
            return ListenAddress.parse(address) instanceof ListenAddress.Tcp tcp && tcp.port() > 0
                    ? Optional.of(tcp)
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public Map<String, Boolean> peers() {
        var peers = new LinkedHashMap<String, Boolean>();
        proxyServer.learnedPeers().forEach((address, alive) -> peers.put(address.toString(), alive));
        return peers;
    }

    @Override
    public void joined() {
        events.add(Event.of(
                EventType.JOINED,
                "this host is member " + id + " of the fleet in the table "
                        + config.table().orElseThrow()));
    }

    @Override
    public void cutOff(String problem) {
        events.add(Event.of(
                        EventType.CUT_OFF,
                        "the fleet's table can't be used: " + problem
                                + "; serving on with the peers that are known, and trying again")
                .with(EventDetail.REASON, problem)
                .at(Logger.Level.WARN));
    }
}
