package io.wunderproxy.agent;

import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.routing.PeerOptions;
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
     * @param hostName names this instance if nothing else does
     */
    static ProxyOptions.Builder read(ProxyConfig config, String hostName) {
        var builder = ProxyOptions.builder()
                .tls(tls(config))
                .peers(new PeerOptions(
                        config.instanceId().orElse(hostName),
                        config.peers().orElse(List.of()).stream()
                                .map(peer -> (ListenAddress.Tcp) ListenAddress.parse(peer))
                                .toList(),
                        config.peerInterval()))
                .maxConnections(maxConnections(config.maxConnections()))
                .maxRequests(config.maxRequests())
                .maxRequestLine(config.maxRequestLine())
                .maxHeaders(config.maxHeaders())
                .maxHeaderSize(config.maxHeaderSize())
                .maxRequestBody(config.maxBody())
                .headTimeout(config.headTimeout())
                .bodyTimeout(config.bodyTimeout())
                .answerTimeout(config.answerTimeout())
                .connectTimeout(config.connectTimeout())
                .clientIdle(config.idleTimeout())
                .backendIdle(config.backendIdleTimeout())
                .requestBuffer(config.requestBuffering() == ProxyFlags.Switch.ON)
                .requestMemory(config.requestMemory())
                .answerBuffer(config.answerMemory())
                .answerDisk(config.answerBuffering() == ProxyFlags.Switch.ON ? config.answerDisk() : 0)
                .bufferMemory(config.bufferMemory())
                .temporarySpace(config.tempSpace())
                .forwardedHeader(config.forwarded())
                .underscoreHeaders(config.underscoreHeaders())
                .compression(config.compression().orElse(List.of()))
                .compressionMinimum(config.compressionMin())
                .errorPages(config.errorPages().orElse(null))
                .checkInterval(CHECK_INTERVAL)
                .accessLog(log(config));
        config.tempDir().ifPresent(builder::temporary);
        return builder;
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
