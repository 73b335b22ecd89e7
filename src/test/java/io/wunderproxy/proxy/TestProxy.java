package io.wunderproxy.proxy;

import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A running proxy on a free port of the loopback interface, on the lane that the tests of its class run on now. */
public final class TestProxy implements AutoCloseable {
    /** At level DEBUG, each exchange is logged in detail, which only the general lane does. */
    private static final Logger LOG = Logger.getLogger("io.wunderproxy.proxy");

    static {
        LOG.setLevel(Level.INFO);
    }

    final AppBackends active;
    public final TrafficStats stats = new TrafficStats();
    final TrafficGate gate = new TrafficGate();
    /** How much more time has passed for the proxy than on the machine. */
    private final AtomicLong ahead = new AtomicLong();

    private final ProxyServer server;
    private final int port;

    private TestProxy(Lane lane, ProxyOptions options, AppBackends active) {
        this.active = active;
        server =
                new ProxyServer(options, active, stats, gate, () -> System.nanoTime() + ahead.get(), lane == Lane.LEAN);
        port = server.start() instanceof ListenAddress.Tcp tcp ? tcp.port() : -1;
    }

    static TestProxy start() {
        return start(options -> options);
    }

    public static TestProxy start(UnaryOperator<TestOptions> changes) {
        return start(changes, new AppBackends());
    }

    static TestProxy start(UnaryOperator<TestOptions> changes, AppBackends active) {
        return start(Lane.current(), changes, active);
    }

    static TestProxy start(Lane lane, UnaryOperator<TestOptions> changes, AppBackends active) {
        return new TestProxy(lane, changes.apply(new TestOptions()).build(), active);
    }

    public static TestProxy before(TestBackend backend) {
        return start().to(backend);
    }

    /** One that does not read request bodies whole before it forwards them. */
    static TestProxy streamingTo(TestBackend backend) {
        return start(options -> options.requestBuffer(false)).to(backend);
    }

    public TestProxy to(TestBackend backend) {
        active.switchTo(backend.backend());
        return this;
    }

    /** Switches to a revision that says this of its proxying. */
    TestProxy to(TestBackend backend, TestSettings settings) {
        var plain = backend.backend();
        active.switchTo(new Backend(plain.id(), plain.host(), plain.port(), plain.protocol(), settings.build()));
        return this;
    }

    /** Makes instances at these addresses its learned peers. */
    void learn(ListenAddress.Tcp... addresses) {
        server.learnPeers(List.of(addresses));
    }

    Map<ListenAddress.Tcp, Boolean> learned() {
        return server.learnedPeers();
    }

    void onStranger(Runnable listener) {
        server.onStranger(listener);
    }

    int tlsPort() {
        return server.tlsAddress() instanceof ListenAddress.Tcp tcp ? tcp.port() : -1;
    }

    public int port() {
        return port;
    }

    /** A new client connection. */
    public Wire connect() throws IOException {
        return Wire.connect(port);
    }

    /** One GET on a connection of its own. */
    Message get(String path) throws IOException {
        try (var client = connect()) {
            return client.get(path).read();
        }
    }

    /** Requests that were forwarded on the lean lane from beginning to end. */
    long leanRequests() {
        return server.leanRequests();
    }

    /** Bytes that wait in memory. */
    long waitingBytes() {
        return server.waitingBytes();
    }

    /** Completes when all event loops have run a task. */
    public CompletableFuture<Void> responds() {
        return server.responds();
    }

    /**
     * Lets time pass for the proxy, which then looks for what has taken too long. What it schedules by itself, such as
     * pauses of less than a second, is not affected.
     */
    public void pass(Duration time) {
        ahead.addAndGet(time.toNanos());
        server.onEachLoop(worker -> {
                    worker.sweep();
                    return CompletableFuture.completedFuture(null);
                })
                .join();
    }

    /** Runs a step on each event loop, which does nothing else meanwhile. */
    void onEachLoop(Runnable step) {
        server.onEachLoop(worker -> {
            step.run();
            return CompletableFuture.completedFuture(null);
        });
    }

    void leave(Duration timeout) {
        server.leave(timeout);
    }

    void shutdown(Duration timeout) {
        server.shutdown(timeout);
    }

    @Override
    public void close() {
        server.shutdown(Duration.ZERO);
    }
}
