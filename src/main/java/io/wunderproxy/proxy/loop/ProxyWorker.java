package io.wunderproxy.proxy.loop;

import io.netty.channel.EventLoop;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.net.impl.ConnectionBase;
import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.admission.Limits;
import io.wunderproxy.proxy.admission.MemoryAccount;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.proxy.auth.PasswordChecks;
import io.wunderproxy.proxy.backend.BackendPool;
import io.wunderproxy.proxy.exchange.ErrorPages;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.routing.PeerFallback;
import io.wunderproxy.proxy.routing.RouteTable;
import io.wunderproxy.proxy.rules.HeaderOptions;
import io.wunderproxy.proxy.rules.ProxySettings;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.rules.RequestIds;
import io.wunderproxy.proxy.rules.ReservedHeaders;
import io.wunderproxy.proxy.rules.TrustedProxies;
import io.wunderproxy.proxy.stats.AccessLog;
import io.wunderproxy.proxy.stats.LoopLog;
import io.wunderproxy.proxy.stats.LoopStats;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.proxy.transport.ChannelTimer;
import io.wunderproxy.proxy.transport.ProxyTransport;
import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Everything that belongs to one event loop: its client connections, their open exchanges and its connections to
 * backends. Nothing here is shared with another loop, and every method but the constructor runs on this one.
 */
public final class ProxyWorker {
    private static final int LINGER_SECONDS = 5;
    /** A client that takes half of what is kept in memory in this time is not slow; the detour costs more than it saves. */
    private static final long PATIENCE_MILLIS = 10;

    private final ContextInternal context;
    private final EventLoop eventLoop;
    private final ProxyOptions options;
    private final ProxyOptions.Listener listener;
    private final Terms terms;
    private final RouteTable routes;
    private final LoopStats stats;
    private final LoopLog accessLog;
    private final Limits limits;
    private final TrafficGate gate;
    private final PeerFallback peers;
    private final ErrorPages pages;
    private final PasswordChecks passwords;
    private final ProxyTransport transport;
    private final AddressResolverGroup<InetSocketAddress> resolver;
    private final LongSupplier nanoTime;
    private final RequestIds requestIds = new RequestIds(new SplittableRandom().nextLong());
    private final ReservedHeaders reservedHeaders;
    private final Waits patience;
    private final OpenClients clients;
    private final Map<Backend, Upstream> upstreams = new HashMap<>();
    private final DeadlineWheel<OpenExchange> exchanges;
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private Upstream last;
    private boolean shedding;
    private boolean draining;
    private Consumer<OpenConnection> lastRequest = OpenConnection::close;

    /**
     * @param accessLog null if requests are not logged
     * @param nanoTime elapsed time in nanoseconds, such as {@link System#nanoTime}: what deadlines are measured by
     */
    public ProxyWorker(
            ContextInternal context,
            ProxyOptions options,
            RouteTable routes,
            TrafficStats stats,
            AccessLog accessLog,
            Limits limits,
            TrafficGate gate,
            PeerFallback peers,
            ErrorPages pages,
            PasswordChecks passwords,
            ProxyTransport transport,
            AddressResolverGroup<InetSocketAddress> resolver,
            LongSupplier nanoTime) {
        this.context = context;
        eventLoop = context.nettyEventLoop();
        this.options = options;
        listener = options.listener();
        terms = Terms.of(options, ProxySettings.NONE);
        this.routes = routes;
        this.stats = stats.forLoop();
        this.accessLog = accessLog == null ? null : accessLog.forLoop();
        this.limits = limits;
        this.gate = gate;
        this.peers = peers;
        this.pages = pages;
        this.passwords = passwords;
        this.transport = transport;
        this.resolver = resolver;
        this.nanoTime = nanoTime;
        reservedHeaders = ReservedHeaders.with(listener.front().clientIpHeader());
        patience = new Waits(eventLoop, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        clients = new OpenClients(nanoTime());
        exchanges = new DeadlineWheel<>(nanoTime());
    }

    /** A moment in nanoseconds; only the difference between two of them means something. */
    public long nanoTime() {
        return nanoTime.getAsLong();
    }

    public RouteTable routes() {
        return routes;
    }

    public Limits limits() {
        return limits;
    }

    public TrafficGate gate() {
        return gate;
    }

    public PeerFallback peers() {
        return peers;
    }

    public ErrorPages pages() {
        return pages;
    }

    public PasswordChecks passwords() {
        return passwords;
    }

    /** Where this loop logs requests; null if they are not logged. */
    public LoopLog accessLog() {
        return accessLog;
    }

    /** For what Vert.x does on this loop. */
    public ContextInternal context() {
        return context;
    }

    /** Where this loop counts. */
    public LoopStats stats() {
        return stats;
    }

    /** The headers of requests that only this proxy, or one that it trusts, may say. */
    public ReservedHeaders reservedHeaders() {
        return reservedHeaders;
    }

    /** The options that hold for every connection. */
    public ProxyOptions.Listener listener() {
        return listener;
    }

    /** Which headers backends get; these options hold for all revisions of the application. */
    public HeaderOptions headers() {
        return options.application().headers();
    }

    /** The terms of requests that go to no revision: those of the agent. */
    public Terms terms() {
        return terms;
    }

    /** The terms of the revision that new requests go to; of the agent if there is none. */
    public Terms termsOf(AppBackends backends) {
        var backend = backends.first();
        return backend == null ? terms : upstream(backend).terms();
    }

    public RequestIds requestIds() {
        return requestIds;
    }

    /** For clients that do not take their responses as fast as they come. */
    Waits patience() {
        return patience;
    }

    public EventLoop eventLoop() {
        return eventLoop;
    }

    public TrustedProxies trustedProxies() {
        return listener.trusted();
    }

    /** Starts to keep account of a client connection; null if there are too many already. */
    public ClientWatch opened(OpenConnection client) {
        if (!limits.connections().enter()) {
            stats.refused(Refusal.CONNECTIONS);
            return null;
        }
        var watch = clients.add(client);
        stats.connectionOpened();
        if (draining) {
            lastRequest.accept(client);
        }
        return watch;
    }

    public void closed(OpenConnection client) {
        limits.connections().leave();
        clients.remove(client);
        stats.connectionClosed(client.state());
        checkDrained();
    }

    /** The client connection that carries this HTTP. */
    public OpenConnection client(HttpConnection connection) {
        return clients.of(((ConnectionBase) connection).channel());
    }

    /** The connections of this loop to {@code backend}, and the terms of its requests. */
    public Upstream upstream(Backend backend) {
        if (last == null || !last.pool().backend().equals(backend)) {
            last = upstreams.computeIfAbsent(backend, this::upstreamFor);
        }
        return last;
    }

    private Upstream upstreamFor(Backend backend) {
        var its = backend.settings() == ProxySettings.NONE ? terms : Terms.of(options, backend.settings());
        return new Upstream(
                new BackendPool(backend, its.backend(), stats, transport, eventLoop, resolver, nanoTime), its);
    }

    /** Closes the connections to a backend that gets no more requests. */
    public void retire(Backend backend) {
        var gone = upstreams.remove(backend);
        if (gone != null) {
            gone.pool().close();
            if (last == gone) {
                last = null;
            }
        }
    }

    public void started(OpenExchange exchange) {
        exchanges.putFirst(exchange);
    }

    /** Lets {@link OpenExchange#look} be called within a second. Costs next to nothing if it is anyway. */
    public void lookSoon(OpenExchange exchange) {
        exchanges.hasten(exchange);
    }

    public void ended(OpenExchange exchange) {
        exchanges.remove(exchange);
    }

    /** Looks for what has taken too long; called about once a second. What nothing is due of is not touched. */
    public void sweep() {
        var now = nanoTime();
        clients.look(now);
        if (limits.memory().overdraft() > 0) {
            // Another loop may have noticed it although most of what waits is here.
            memoryOverdrawn();
        }
        exchanges.look(now, OpenExchange::look);
        upstreams.values().forEach(upstream -> upstream.pool().closeExpired(now));
    }

    /** More waits in memory than can be tolerated. */
    private void memoryOverdrawn() {
        if (!shedding) {
            shedding = true;
            eventLoop.execute(this::shed);
        }
    }

    /** An account for one more client. */
    public MemoryAccount openAccount() {
        return new MemoryAccount(limits.memory(), this::memoryOverdrawn);
    }

    /**
     * Cuts off the clients on whose behalf the most waits, until the budget of all event loops holds again or the part of
     * this one is a fair one.
     */
    private void shed() {
        shedding = false;
        var over = limits.memory().overdraft();
        if (over <= 0) {
            return;
        }
        var largestFirst = clients.all();
        largestFirst.sort(Comparator.comparingLong(client -> -client.memory().bytes()));
        var here = largestFirst.stream()
                .mapToLong(client -> client.memory().bytes())
                .sum();
        var fair = listener.capacity().memory() / listener.eventLoops();
        for (var client : largestFirst) {
            // The memory comes back a little later, with the end of the connection: what was cut off before counts as
            // returned.
            var bytes = client.memory().bytes();
            if (over <= 0 || here <= fair || bytes <= 0) {
                return;
            }
            over -= bytes;
            here -= bytes;
            if (client.channel().isOpen()) {
                stats.refused(Refusal.MEMORY);
                client.shed();
            }
        }
    }

    /** Closes a client connection a few seconds from now, unless what is returned is cancelled before. */
    public Future<?> closeSoon(OpenConnection client) {
        return ChannelTimer.schedule(client.channel(), client::cut, LINGER_SECONDS, TimeUnit.SECONDS);
    }

    /** Closes idle client connections now and each other one after its open requests; completes when all are closed. */
    public CompletableFuture<Void> drain() {
        return drain(OpenConnection::close);
    }

    /** Closes client connections after their next request, or when they have been idle for too long; completes when all are. */
    public CompletableFuture<Void> drainGently() {
        return drain(OpenConnection::closeAfterNext);
    }

    private CompletableFuture<Void> drain(Consumer<OpenConnection> last) {
        draining = true;
        lastRequest = last;
        clients.all().forEach(last);
        checkDrained();
        return drained;
    }

    /** Whether the proxy is about to end. */
    public boolean isDraining() {
        return draining;
    }

    private void checkDrained() {
        if (draining && clients.isEmpty()) {
            drained.complete(null);
        }
    }

    /** Cuts what is left. */
    public void close() {
        clients.all().forEach(OpenConnection::cutAtOnce);
        List.copyOf(upstreams.keySet()).forEach(this::retire);
    }
}
