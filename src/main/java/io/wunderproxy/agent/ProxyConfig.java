package io.wunderproxy.agent;

import io.smallrye.config.ConfigMapping;
import io.wunderproxy.proxy.rules.Coding;
import io.wunderproxy.proxy.stats.LogFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How the proxy behaves; set from the options of {@code run} that have the same names, see {@link ProxyFlags}. */
@ConfigMapping(prefix = "agent.proxy")
interface ProxyConfig {

    String tls();

    Optional<List<Path>> tlsCert();

    Optional<List<Path>> tlsKey();

    boolean tlsRedirect();

    Duration hsts();

    int maxConnections();

    int maxRequests();

    int maxRequestLine();

    int maxHeaders();

    int maxHeaderSize();

    long maxBody();

    Duration headTimeout();

    Duration bodyTimeout();

    Duration answerTimeout();

    Duration connectTimeout();

    Duration idleTimeout();

    Duration backendIdleTimeout();

    ProxyFlags.Switch requestBuffering();

    int requestMemory();

    ProxyFlags.Switch answerBuffering();

    int answerMemory();

    long answerDisk();

    long bufferMemory();

    long tempSpace();

    Optional<Path> tempDir();

    boolean forwarded();

    boolean underscoreHeaders();

    Optional<List<Coding>> compression();

    long compressionMin();

    Optional<Path> errorPages();

    Optional<List<String>> peers();

    Duration peerInterval();

    Optional<String> instanceId();

    String accessLog();

    LogFormat accessLogFormat();

    boolean accessLogQuery();
}
