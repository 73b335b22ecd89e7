package io.wunderproxy.proxy;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxBuilder;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.SocketAddress;
import io.wunderproxy.proxy.admission.Limits;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.proxy.auth.PasswordChecks;
import io.wunderproxy.proxy.exchange.ErrorPages;
import io.wunderproxy.proxy.lean.LeanLoop;
import io.wunderproxy.proxy.loop.ProxyWorker;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.routing.PeerFallback;
import io.wunderproxy.proxy.routing.RouteTable;
import io.wunderproxy.proxy.rules.ErrorResponse;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.stats.AccessLog;
import io.wunderproxy.proxy.stats.AccessLogFormat;
import io.wunderproxy.proxy.stats.LogFile;
import io.wunderproxy.proxy.stats.StatsClock;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.proxy.tls.TlsListener;
import io.wunderproxy.proxy.transport.ClientBalance;
import io.wunderproxy.proxy.transport.GivenSockets;
import io.wunderproxy.proxy.transport.ListenAddress;
import io.wunderproxy.proxy.transport.ListeningSockets;
import io.wunderproxy.proxy.transport.ProxyProtocol;
import io.wunderproxy.proxy.transport.ProxyStartException;
import io.wunderproxy.proxy.transport.ProxyTransport;
import io.wunderproxy.proxy.vertx.ClientConnection;
import io.wunderproxy.proxy.vertx.Forwarder;
import io.wunderproxy.proxy.vertx.GeneralLane;
import io.wunderproxy.proxy.vertx.RequestRouter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * The proxy: listens at one address and forwards every request to the active backend. It has event loops of its own,
 * each with one server and its own connections to the backend, so that an exchange never changes its thread.
 *
 * <p>{@link #start} and {@link #shutdown} wait for their end: don't call them on an event loop.
 */
public final class ProxyServer {
    private static final Logger LOG = Logger.getLogger(ProxyServer.class);
    private static final long SWEEP_MILLIS = 1000;
    /** For bodies that are kept in temporary files. */
    private static final int FILE_THREADS = 4;
    /** Open HTTP/2 requests of one connection. */
    private static final int MAX_STREAMS = 128;

    private final ProxyOptions options;
    private final ProxyOptions.Listener listener;
    private final RouteTable routes;
    private final TrafficStats stats;
    private final TrafficGate gate;
    private final LongSupplier nanoTime;
    private final ProxyTransport transport;
    private final boolean lean;
    private final Map<EventLoop, ProxyWorker> workers = new ConcurrentHashMap<>();
    private final Map<EventLoop, LeanLoop> lanes = new ConcurrentHashMap<>();
    private final Limits limits;
    private final List<LoopVerticle> loops = new CopyOnWriteArrayList<>();
    private boolean filesStay;
    private final List<Runnable> accepting = new ArrayList<>();

    private ListenAddress tlsAddress;
    private TlsListener tls;
    private volatile PeerFallback peers;
    private ErrorPages pages;
    private PasswordChecks passwords;
    private AccessLog accessLog;
    private StatsClock statsClock;
    private Vertx vertx;

    /** A proxy whose gate is always open. */
    public ProxyServer(ProxyOptions options, AppBackends backends, TrafficStats stats) {
        this(options, backends, stats, new TrafficGate());
    }

    public ProxyServer(ProxyOptions options, AppBackends backends, TrafficStats stats, TrafficGate gate) {
        this(options, backends, stats, gate, System::nanoTime, true);
    }

    /** @param lean whether plain requests take the lean lane */
    ProxyServer(
            ProxyOptions options,
            AppBackends backends,
            TrafficStats stats,
            TrafficGate gate,
            LongSupplier nanoTime,
            boolean lean) {
        this.lean = lean;
        this.nanoTime = nanoTime;
        this.gate = gate;
        this.options = options;
        listener = options.listener();
        routes = RouteTable.of(backends);
        this.stats = stats;
        limits = Limits.of(listener.capacity());
        transport = new ProxyTransport(listener.nativeTransport());
    }

    /** Starts to listen and to accept, see {@link #listen} and {@link #accept}. */
    public synchronized ListenAddress start() {
        var address = listen(GivenSockets.none());
        accept();
        return address;
    }

    /**
     * Starts to listen: connections wait until {@link #accept}.
     *
     * @param given sockets that listen already; those that listen where this proxy does are used
     * @return the address, with the actual port if port 0 was asked for
     * @throws ProxyStartException if that can't be done, with what to do in its message
     */
    public synchronized ListenAddress listen(GivenSockets given) {
        filesStay = given.areLent();
        peers = new PeerFallback(listener.peers());
        accessLog = openAccessLog();
        pages = new ErrorPages(options.application().pages());
        passwords = new PasswordChecks(nanoTime);
        statsClock = new StatsClock(stats);
        vertx = new VertxBuilder(vertxOptions()).findTransport(transport).init().vertx();
        routes.routes().forEach(route -> route.backends()
                .onClosed(backend -> workers.forEach((loop, worker) -> loop.execute(() -> worker.retire(backend)))));
        try {
            if (listener.tls() != null) {
                tls = new TlsListener(listener.tls(), vertx);
            }
            await(vertx.deployVerticle(LoopVerticle::new, new DeploymentOptions().setInstances(listener.eventLoops())));
            var clients = new ClientBalance(
                    loops.stream().map(loop -> loop.worker.eventLoop()).toList());
            var plain = transport.listen(listener.listen(), clients, given);
            var secure = tls == null ? null : transport.listen(listener.tls().listen(), clients, given);
            serve(plain, this::account);
            if (secure != null) {
                serve(secure, channel -> {
                    tls.secure(channel);
                    account(channel);
                });
                tlsAddress = actual(listener.tls().listen(), secure);
            }
            return actual(listener.listen(), plain);
        } catch (ProxyStartException failed) {
            transport.closeListeners();
            release();
            throw failed;
        }
    }

    /** Begins to accept connections. */
    public synchronized void accept() {
        accepting.forEach(Runnable::run);
        accepting.clear();
    }

    /**
     * The descriptors of the sockets that it listens at, for another process to accept there too; empty where that can't be
     * done, since there is no epoll.
     */
    public List<Integer> listeningDescriptors() {
        return transport.descriptors();
    }

    private AccessLog openAccessLog() {
        var wanted = listener.accessLog();
        if (wanted == null) {
            return null;
        }
        var log = new AccessLog(
                new AccessLogFormat(wanted.format(), wanted.query()),
                wanted.file() == null ? ProxyServer::print : new LogFile(wanted.file()));
        stats.accessLogDropped(log::dropped);
        return log;
    }

    private static void print(byte[] lines, int length) {
        System.out.write(lines, 0, length);
        System.out.flush();
    }

    /** Opens the file of the access log again, if it goes to one. */
    public synchronized void reopenAccessLog() {
        if (accessLog != null) {
            accessLog.reopen();
        }
    }

    /** The address that TLS is served at, with the actual port; null if it is not or not yet. */
    public synchronized ListenAddress tlsAddress() {
        return tlsAddress;
    }

    /** Replaces the peers that were learned while it runs, which are beside those of the options. */
    public void learnPeers(Collection<ListenAddress.Tcp> addresses) {
        peers.learn(addresses);
    }

    /** The peers that were learned, and whether each may get requests now. */
    public Map<ListenAddress.Tcp, Boolean> learnedPeers() {
        return peers.learned();
    }

    /** Calls this when somebody takes this proxy for a peer who is none of its own, on an event loop: it must not block. */
    public void onStranger(Runnable listener) {
        peers.onStranger(listener);
    }

    private void account(Channel accepted) {
        accepted.pipeline().addLast(new ClientConnection(accepted, workers::get, lanes::get, stats.front()));
        if (listener.front().proxyProtocol() && isTrusted(accepted)) {
            ProxyProtocol.expect(accepted, listener.timeouts().head(), this::refuse);
        }
    }

    /** Whether a connection comes from a trusted proxy, or from a program of this machine through a Unix socket. */
    private boolean isTrusted(Channel accepted) {
        return !(accepted.remoteAddress() instanceof InetSocketAddress remote)
                || listener.trusted().contains(remote.getAddress().getHostAddress());
    }

    /** Refuses a connection without a valid header of the PROXY protocol. */
    private void refuse(Channel accepted, String problem) {
        workers.get(accepted.eventLoop()).stats().refused(Refusal.PROXY_PROTOCOL);
        stats.front()
                .refused(
                        accepted.remoteAddress() instanceof InetSocketAddress remote
                                ? remote.getAddress().getHostAddress()
                                : null,
                        "is a trusted proxy, and begins connections without the PROXY protocol, so they are refused ("
                                + problem
                                + "): let it send the header (HAProxy: send-proxy-v2; nginx: proxy_protocol on), or start the "
                                + "agent without --proxy-protocol");
        ClientConnection.refuseBeforeRequest(accepted, ErrorResponse.NO_PROXY_PROTOCOL);
    }

    /** Gets ready to serve the connections of these sockets, on all event loops. */
    private void serve(ListeningSockets sockets, Consumer<Channel> step) {
        var address = transport.convert(sockets.address());
        loops.forEach(loop -> await(loop.serve(address)));
        var handler = new GeneralLane(transport.serverHandler());
        accepting.add(() -> sockets.accept(step, handler));
    }

    private ListenAddress actual(ListenAddress asked, ListeningSockets sockets) {
        var actual = asked instanceof ListenAddress.Tcp(var host, var port)
                        && sockets.address() instanceof InetSocketAddress bound
                ? new ListenAddress.Tcp(host, bound.getPort())
                : asked;
        LOG.debugf("proxy listens on %s, %d event loops", actual, listener.eventLoops());
        return actual;
    }

    private VertxOptions vertxOptions() {
        return new VertxOptions()
                .setEventLoopPoolSize(listener.eventLoops())
                .setWorkerPoolSize(FILE_THREADS)
                .setInternalBlockingPoolSize(2)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false));
    }

    /** One event loop and what belongs to it. */
    private final class LoopVerticle extends AbstractVerticle {
        private ProxyWorker worker;

        @Override
        public void start() {
            worker = new ProxyWorker(
                    (ContextInternal) context,
                    options,
                    routes,
                    stats,
                    accessLog,
                    limits,
                    gate,
                    peers,
                    pages,
                    passwords,
                    transport,
                    ((VertxInternal) vertx).nettyAddressResolverGroup(),
                    nanoTime);
            workers.put(worker.eventLoop(), worker);
            if (lean) {
                lanes.put(worker.eventLoop(), new LeanLoop(worker));
            }
            loops.add(this);
            vertx.setPeriodic(SWEEP_MILLIS, tick -> worker.sweep());
        }

        /** Has a server for the connections that are accepted at an address, which Vert.x takes for listening there. */
        Future<HttpServer> serve(SocketAddress address) {
            var listening = Promise.<HttpServer>promise();
            context.runOnContext(go -> server(worker).listen(address).onComplete(listening));
            return listening.future();
        }

        private HttpServer server(ProxyWorker worker) {
            var forwarder = new Forwarder(worker);
            var router = new RequestRouter(vertx, routes, forwarder);
            return vertx.createHttpServer(serverOptions())
                    .connectionHandler(connection ->
                            ClientConnection.of(connection, worker).speaks(connection))
                    .invalidRequestHandler(forwarder::refuse)
                    .requestHandler(router);
        }
    }

    private HttpServerOptions serverOptions() {
        return new HttpServerOptions()
                .setMaxInitialLineLength(listener.head().line())
                .setMaxHeaderSize(listener.head().size())
                .setHandle100ContinueAutomatically(false)
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(MAX_STREAMS)
                        .setMaxHeaderListSize(listener.head().size()))
                .setRegisterWebSocketWriteHandlers(false);
    }

    /**
     * Stops listening at once and lets open requests, streams and upgraded connections finish; idle connections are
     * closed. What is still open after {@code timeout} is cut. Does nothing if it was called before.
     */
    public synchronized void shutdown(Duration timeout) {
        if (vertx == null) {
            return;
        }
        transport.closeListeners();
        if (!filesStay) {
            removeSocketFiles();
        }
        finish(timeout, ProxyWorker::drain);
    }

    /**
     * As {@link #shutdown}, when another process accepts at the same sockets by now. Nobody need notice: an idle connection stays
     * for one more request, whose response tells the client to open another one, which that process gets.
     */
    public synchronized void leave(Duration timeout) {
        if (vertx == null) {
            return;
        }
        transport.leaveListeners();
        finish(timeout, ProxyWorker::drainGently);
    }

    private void removeSocketFiles() {
        Stream.of(
                        listener.listen(),
                        listener.tls() == null
                                ? listener.listen()
                                : listener.tls().listen())
                .forEach(ProxyServer::removeSocketFile);
    }

    private void finish(Duration timeout, Function<ProxyWorker, CompletableFuture<Void>> drain) {
        var drained = onEachLoop(drain);
        try {
            drained.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException cut) {
            LOG.debugf("connections still open after %d s are cut", timeout.toSeconds());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException failed) {
            LOG.error("could not drain the proxy", failed.getCause());
        }
        onEachLoop(worker -> {
                    worker.close();
                    return CompletableFuture.completedFuture(null);
                })
                .join();
        release();
    }

    /** Completes when every event loop has come round to it: a proxy whose event loops are stuck never does. */
    public CompletableFuture<Void> responds() {
        return onEachLoop(worker -> CompletableFuture.completedFuture(null));
    }

    /** Requests that were forwarded on the lean lane from beginning to end. */
    long leanRequests() {
        var number = new AtomicLong();
        onEachLoop(worker -> {
                    var lane = lanes.get(worker.eventLoop());
                    number.addAndGet(lane == null ? 0 : lane.completed());
                    return CompletableFuture.completedFuture(null);
                })
                .join();
        return number.get();
    }

    CompletableFuture<Void> onEachLoop(Function<ProxyWorker, CompletableFuture<Void>> step) {
        return CompletableFuture.allOf(workers.entrySet().stream()
                .map(entry -> CompletableFuture.supplyAsync(() -> step.apply(entry.getValue()), entry.getKey())
                        .thenCompose(ended -> ended))
                .toArray(CompletableFuture[]::new));
    }

    private void release() {
        if (tls != null) {
            tls.close();
        }
        peers.close();
        pages.close();
        passwords.close();
        statsClock.close();
        await(vertx.close());
        vertx = null;
        if (accessLog != null) {
            accessLog.close();
        }
    }

    /** Bytes that wait in memory: of requests for the application, of responses for clients. */
    public long waitingBytes() {
        return limits.memory().used();
    }

    private static void removeSocketFile(ListenAddress address) {
        if (address instanceof ListenAddress.Unix(var path)) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException cause) {
                LOG.warnf("can't remove %s: %s", path, cause.getMessage());
            }
        }
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }
}
