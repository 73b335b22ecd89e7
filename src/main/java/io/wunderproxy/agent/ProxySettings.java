package io.wunderproxy.agent;

import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.admission.Capacity;
import io.wunderproxy.proxy.backend.BackendOptions;
import io.wunderproxy.proxy.body.BodyOptions;
import io.wunderproxy.proxy.exchange.ClientTimeouts;
import io.wunderproxy.proxy.exchange.PageOptions;
import io.wunderproxy.proxy.routing.PeerOptions;
import io.wunderproxy.proxy.rules.CompressionOptions;
import io.wunderproxy.proxy.rules.HeadLimits;
import io.wunderproxy.proxy.rules.HeaderOptions;
import io.wunderproxy.proxy.rules.TrustedProxies;
import io.wunderproxy.proxy.stats.AccessLogOptions;
import io.wunderproxy.proxy.tls.TlsOptions;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/** The settings of the proxy in its own words. */
final class ProxySettings {

    /** How often changed certificates and error pages are looked for. */
    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(2);

    private static final Logger LOG = Logger.getLogger(ProxySettings.class);

    private ProxySettings() {}

    /**
     * Reads them.
     *
     * @param trusted proxies in front
     * @param hostName names this instance if nothing else does
     */
    static ProxyOptions read(ProxyConfig config, ListenAddress listen, TrustedProxies trusted, String hostName) {
        var listener = new ProxyOptions.Listener(
                listen,
                tls(config),
                ProxyOptions.Listener.defaultEventLoops(),
                true,
                new HeadLimits(config.maxRequestLine(), config.maxHeaders(), config.maxHeaderSize()),
                new ClientTimeouts(config.headTimeout(), config.bodyTimeout(), config.idleTimeout()),
                new Capacity(
                        maxConnections(config.maxConnections()),
                        config.maxRequests(),
                        config.bufferMemory(),
                        config.tempSpace(),
                        config.answerMemory()),
                trusted,
                new PeerOptions(
                        config.instanceId().orElse(hostName),
                        config.peers().orElse(List.of()).stream()
                                .map(peer -> (ListenAddress.Tcp) ListenAddress.parse(peer))
                                .toList(),
                        config.peerInterval()),
                log(config),
                config.tempDir().orElseGet(ProxyOptions.Listener::defaultTemporary));
        return new ProxyOptions(listener, application(config));
    }

    private static ProxyOptions.Application application(ProxyConfig config) {
        return new ProxyOptions.Application(
                new BodyOptions(
                        config.maxBody(),
                        config.requestBuffering() == ProxyFlags.Switch.ON,
                        config.requestMemory(),
                        config.answerBuffering() == ProxyFlags.Switch.ON ? config.answerDisk() : 0),
                new BackendOptions(
                        config.connectTimeout(),
                        config.answerTimeout(),
                        config.backendIdleTimeout(),
                        BackendOptions.DEFAULT.mostIdle()),
                new CompressionOptions(config.compression().orElse(List.of()), config.compressionMin()),
                new HeaderOptions(config.forwarded(), config.underscoreHeaders()),
                new PageOptions(config.errorPages().orElse(null), CHECK_INTERVAL));
    }

    private static TlsOptions tls(ProxyConfig config) {
        var certificates = config.tlsCert().orElse(List.of());
        var keys = config.tlsKey().orElse(List.of());
        return certificates.isEmpty()
                ? null
                : new TlsOptions(
                        ListenAddress.parse(config.tls()),
                        IntStream.range(0, certificates.size())
                                .mapToObj(i -> new TlsOptions.PemFiles(certificates.get(i), keys.get(i)))
                                .toList(),
                        config.tlsRedirect(),
                        config.hsts(),
                        CHECK_INTERVAL);
    }

    private static AccessLogOptions log(ProxyConfig config) {
        return switch (config.accessLog()) {
            case "off" -> null;
            case "stdout" -> new AccessLogOptions(null, config.accessLogFormat(), config.accessLogQuery());
            case String file -> new AccessLogOptions(Path.of(file), config.accessLogFormat(), config.accessLogQuery());
        };
    }

    private static int maxConnections(int wanted) {
        var files = OpenFiles.ofThisProcess();
        var possible = files.ofProxy(wanted);
        if (possible < wanted) {
            LOG.warnf(
                    "this process may have %d files open, so the proxy takes at most %d connections and not the %d of "
                            + "--max-connections; raise LimitNOFILE= of the service, or 'ulimit -n'",
                    files.most(), possible, wanted);
        }
        return possible;
    }
}
