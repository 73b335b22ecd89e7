package io.wunderproxy.proxy;

import io.wunderproxy.proxy.rules.BasicAuth;
import io.wunderproxy.proxy.rules.Coding;
import io.wunderproxy.proxy.rules.ProxySettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a revision says of its proxying, of which a test says what it is about. */
final class TestSettings {
    private Optional<Duration> responseTimeout = Optional.empty();
    private Optional<Duration> bodyTimeout = Optional.empty();
    private Optional<Duration> backendIdleTimeout = Optional.empty();
    private Optional<Long> maxBody = Optional.empty();
    private Optional<Boolean> requestBuffering = Optional.empty();
    private Optional<Boolean> responseBuffering = Optional.empty();
    private Optional<List<Coding>> compression = Optional.empty();
    private Map<String, String> responseHeaders = Map.of();
    private List<String> removeResponseHeaders = List.of();
    private Optional<String> canonicalHost = Optional.empty();
    private Optional<List<String>> allowedNetworks = Optional.empty();
    private Optional<BasicAuth> basicAuth = Optional.empty();

    ProxySettings build() {
        return new ProxySettings(
                responseTimeout,
                bodyTimeout,
                backendIdleTimeout,
                maxBody,
                requestBuffering,
                responseBuffering,
                compression,
                responseHeaders,
                removeResponseHeaders,
                canonicalHost,
                allowedNetworks,
                basicAuth);
    }

    TestSettings responseTimeout(Duration longest) {
        responseTimeout = Optional.of(longest);
        return this;
    }

    TestSettings bodyTimeout(Duration longest) {
        bodyTimeout = Optional.of(longest);
        return this;
    }

    TestSettings backendIdleTimeout(Duration longest) {
        backendIdleTimeout = Optional.of(longest);
        return this;
    }

    TestSettings maxBody(long bytes) {
        maxBody = Optional.of(bytes);
        return this;
    }

    TestSettings requestBuffering(boolean on) {
        requestBuffering = Optional.of(on);
        return this;
    }

    TestSettings responseBuffering(boolean on) {
        responseBuffering = Optional.of(on);
        return this;
    }

    TestSettings compression(Coding... codings) {
        compression = Optional.of(List.of(codings));
        return this;
    }

    TestSettings responseHeader(String name, String value) {
        responseHeaders = Map.of(name, value);
        return this;
    }

    TestSettings withoutResponseHeaders(String... names) {
        removeResponseHeaders = List.of(names);
        return this;
    }

    TestSettings basicAuth(Path file) {
        basicAuth = Optional.of(new BasicAuth(file.toString(), "shop"));
        return this;
    }

    TestSettings canonicalHost(String name) {
        canonicalHost = Optional.of(name);
        return this;
    }

    TestSettings allowedNetworks(String... networks) {
        allowedNetworks = Optional.of(List.of(networks));
        return this;
    }
}
