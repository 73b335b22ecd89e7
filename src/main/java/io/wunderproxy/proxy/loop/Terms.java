package io.wunderproxy.proxy.loop;

import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.backend.BackendOptions;
import io.wunderproxy.proxy.body.BodyOptions;
import io.wunderproxy.proxy.exchange.Access;
import io.wunderproxy.proxy.rules.CompressionOptions;
import io.wunderproxy.proxy.rules.ProxySettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The terms on which requests to one revision of the application are handled: the agent's options, but for what the settings of the
 * revision say.
 */
public final class Terms {
    private final BodyOptions bodies;
    private final BackendOptions backend;
    private final Duration bodyTimeout;
    private final CompressionOptions compression;
    private final Map<String, String> headers;
    private final List<String> withoutHeaders;
    private final Access access;
    private final boolean plain;

    private Terms(ProxyOptions agent, ProxySettings settings) {
        var application = agent.application();
        bodies = bodies(application.bodies(), settings);
        backend = backend(application.backend(), settings);
        bodyTimeout = settings.bodyTimeout().orElse(agent.listener().timeouts().body());
        compression = settings.compression()
                .map(codings -> new CompressionOptions(
                        codings, application.compression().minimum()))
                .orElse(application.compression());
        headers = settings.responseHeaders();
        withoutHeaders = settings.removeResponseHeaders();
        access = new Access(settings);
        plain = compression.codings().isEmpty()
                && bodies.buffersRequests()
                && headers.isEmpty()
                && withoutHeaders.isEmpty()
                && access.isOpen();
    }

    /** The terms of a revision with these settings. */
    public static Terms of(ProxyOptions agent, ProxySettings settings) {
        return new Terms(agent, settings);
    }

    private static BodyOptions bodies(BodyOptions agent, ProxySettings settings) {
        return new BodyOptions(
                settings.maxBody().orElse(agent.largestRequest()),
                settings.requestBuffering().orElse(agent.buffersRequests()),
                agent.requestMemory(),
                settings.responseBuffering().map(on -> on ? diskIfOn(agent) : 0).orElse(agent.responseDisk()));
    }

    /** The agent's own limit, which it has none of when its buffering is off. */
    private static long diskIfOn(BodyOptions agent) {
        return agent.responseDisk() > 0 ? agent.responseDisk() : BodyOptions.DEFAULT.responseDisk();
    }

    private static BackendOptions backend(BackendOptions agent, ProxySettings settings) {
        return new BackendOptions(
                agent.connect(),
                settings.responseTimeout().orElse(agent.response()),
                settings.backendIdleTimeout().orElse(agent.idle()),
                agent.mostIdle());
    }

    public BodyOptions bodies() {
        return bodies;
    }

    public BackendOptions backend() {
        return backend;
    }

    /** How long a client may pause while it sends a body or reads a response. */
    public Duration bodyTimeout() {
        return bodyTimeout;
    }

    public CompressionOptions compression() {
        return compression;
    }

    /** Names and values of headers that the application's responses get in place of its own. */
    public Map<String, String> headers() {
        return headers;
    }

    /** Names of headers that are taken out of the application's responses. */
    public List<String> withoutHeaders() {
        return withoutHeaders;
    }

    public Access access() {
        return access;
    }

    /** Whether requests and responses may be forwarded as they come, which is all that the lean lane does. */
    public boolean isPlain() {
        return plain;
    }
}
