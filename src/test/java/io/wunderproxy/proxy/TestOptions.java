package io.wunderproxy.proxy;

import io.wunderproxy.proxy.admission.CapacityOptions;
import io.wunderproxy.proxy.backend.BackendOptions;
import io.wunderproxy.proxy.body.BodyOptions;
import io.wunderproxy.proxy.exchange.ClientTimeouts;
import io.wunderproxy.proxy.exchange.PageOptions;
import io.wunderproxy.proxy.routing.PeerOptions;
import io.wunderproxy.proxy.rules.Coding;
import io.wunderproxy.proxy.rules.CompressionOptions;
import io.wunderproxy.proxy.rules.FrontOptions;
import io.wunderproxy.proxy.rules.HeadLimits;
import io.wunderproxy.proxy.rules.HeaderOptions;
import io.wunderproxy.proxy.rules.TrustedProxies;
import io.wunderproxy.proxy.stats.AccessLogOptions;
import io.wunderproxy.proxy.tls.TlsOptions;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Options of which a test changes those that it is about; the others have their defaults. */
public final class TestOptions {
    private ListenAddress listen = new ListenAddress.Tcp("127.0.0.1", 0);
    private TlsOptions tls;
    private int eventLoops = 2;
    private boolean nativeTransport = true;
    private HeadLimits head = HeadLimits.DEFAULT;
    private ClientTimeouts timeouts = ClientTimeouts.DEFAULT;
    private CapacityOptions capacity = CapacityOptions.DEFAULT;
    private TrustedProxies trusted = TrustedProxies.NONE;
    private FrontOptions front = FrontOptions.DEFAULT;
    private PeerOptions peers = PeerOptions.NONE;
    private AccessLogOptions accessLog;
    private Path temporary = ProxyOptions.Listener.defaultTemporary();
    private BodyOptions bodies = BodyOptions.DEFAULT;
    private BackendOptions backend = BackendOptions.DEFAULT;
    private CompressionOptions compression = CompressionOptions.DEFAULT;
    private HeaderOptions headers = HeaderOptions.DEFAULT;
    private PageOptions pages = PageOptions.DEFAULT;

    public ProxyOptions build() {
        return new ProxyOptions(
                new ProxyOptions.Listener(
                        listen,
                        tls,
                        eventLoops,
                        nativeTransport,
                        head,
                        timeouts,
                        capacity,
                        trusted,
                        front,
                        peers,
                        accessLog,
                        temporary),
                new ProxyOptions.Application(bodies, backend, compression, headers, pages));
    }

    public TestOptions listen(ListenAddress address) {
        listen = address;
        return this;
    }

    public TestOptions tls(TlsOptions options) {
        tls = options;
        return this;
    }

    public TestOptions peers(PeerOptions options) {
        peers = options;
        return this;
    }

    public TestOptions eventLoops(int number) {
        eventLoops = number;
        return this;
    }

    public TestOptions nativeTransport(boolean preferred) {
        nativeTransport = preferred;
        return this;
    }

    public TestOptions accessLog(AccessLogOptions options) {
        accessLog = options;
        return this;
    }

    public TestOptions temporary(Path directory) {
        temporary = directory;
        return this;
    }

    public TestOptions trustedProxies(List<String> addressesAndNetworks) {
        trusted = new TrustedProxies(addressesAndNetworks);
        return this;
    }

    public TestOptions proxyProtocol(boolean on) {
        front = new FrontOptions(on, front.clientIpHeader(), front.healthPath());
        return this;
    }

    public TestOptions clientIpHeader(String name) {
        front = new FrontOptions(front.proxyProtocol(), Optional.of(name), front.healthPath());
        return this;
    }

    public TestOptions healthPath(String path) {
        front = new FrontOptions(front.proxyProtocol(), front.clientIpHeader(), Optional.of(path));
        return this;
    }

    public TestOptions maxRequestLine(int bytes) {
        head = new HeadLimits(bytes, head.fields(), head.size());
        return this;
    }

    public TestOptions maxHeaders(int lines) {
        head = new HeadLimits(head.line(), lines, head.size());
        return this;
    }

    public TestOptions headTimeout(Duration longest) {
        timeouts = new ClientTimeouts(longest, timeouts.body(), timeouts.idle());
        return this;
    }

    public TestOptions bodyTimeout(Duration longest) {
        timeouts = new ClientTimeouts(timeouts.head(), longest, timeouts.idle());
        return this;
    }

    public TestOptions clientIdle(Duration longest) {
        timeouts = new ClientTimeouts(timeouts.head(), timeouts.body(), longest);
        return this;
    }

    public TestOptions maxConnections(int number) {
        capacity =
                new CapacityOptions(number, capacity.requests(), capacity.memory(), capacity.disk(), capacity.unsent());
        return this;
    }

    public TestOptions maxRequests(int number) {
        capacity = new CapacityOptions(
                capacity.connections(), number, capacity.memory(), capacity.disk(), capacity.unsent());
        return this;
    }

    public TestOptions bufferMemory(long bytes) {
        capacity = new CapacityOptions(
                capacity.connections(), capacity.requests(), bytes, capacity.disk(), capacity.unsent());
        return this;
    }

    public TestOptions temporarySpace(long bytes) {
        capacity = new CapacityOptions(
                capacity.connections(), capacity.requests(), capacity.memory(), bytes, capacity.unsent());
        return this;
    }

    public TestOptions responseBuffer(int bytes) {
        capacity = new CapacityOptions(
                capacity.connections(), capacity.requests(), capacity.memory(), capacity.disk(), bytes);
        return this;
    }

    public TestOptions maxRequestBody(long bytes) {
        bodies = new BodyOptions(bytes, bodies.buffersRequests(), bodies.requestMemory(), bodies.responseDisk());
        return this;
    }

    public TestOptions requestBuffer(boolean on) {
        bodies = new BodyOptions(bodies.largestRequest(), on, bodies.requestMemory(), bodies.responseDisk());
        return this;
    }

    public TestOptions requestMemory(int bytes) {
        bodies = new BodyOptions(bodies.largestRequest(), bodies.buffersRequests(), bytes, bodies.responseDisk());
        return this;
    }

    public TestOptions responseDisk(long bytes) {
        bodies = new BodyOptions(bodies.largestRequest(), bodies.buffersRequests(), bodies.requestMemory(), bytes);
        return this;
    }

    public TestOptions responseTimeout(Duration longest) {
        backend = new BackendOptions(backend.connect(), longest, backend.idle(), backend.mostIdle());
        return this;
    }

    public TestOptions backendIdle(Duration longest) {
        backend = new BackendOptions(backend.connect(), backend.response(), longest, backend.mostIdle());
        return this;
    }

    public TestOptions compression(List<Coding> codings) {
        compression = new CompressionOptions(codings, compression.minimum());
        return this;
    }

    public TestOptions compressionMinimum(long bytes) {
        compression = new CompressionOptions(compression.codings(), bytes);
        return this;
    }

    public TestOptions forwardedHeader(boolean on) {
        headers = new HeaderOptions(on, headers.underscores());
        return this;
    }

    public TestOptions underscoreHeaders(boolean on) {
        headers = new HeaderOptions(headers.forwarded(), on);
        return this;
    }

    public TestOptions errorPages(Path files) {
        pages = new PageOptions(files, pages.checkInterval());
        return this;
    }

    public TestOptions checkInterval(Duration interval) {
        pages = new PageOptions(pages.directory(), interval);
        return this;
    }
}
