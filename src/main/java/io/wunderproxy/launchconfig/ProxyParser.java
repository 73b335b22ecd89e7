package io.wunderproxy.launchconfig;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.options.Amounts;
import io.wunderproxy.options.OutOfBounds;
import io.wunderproxy.proxy.rules.BasicAuth;
import io.wunderproxy.proxy.rules.Coding;
import io.wunderproxy.proxy.rules.ProxySettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads what a launch configuration says of the proxying of its application's requests. */
final class ProxyParser {

    private static final String FIELD = "Proxy";
    private static final String PREFIX = FIELD + ".";

    private ProxyParser() {}

    /** @param node null or missing if it says nothing */
    static ProxySettings parse(JsonNode node) throws InvalidLaunchConfigException {
        if (LaunchConfigParser.isAbsent(node)) {
            return ProxySettings.NONE;
        }
        var proxy = LaunchConfigParser.object(node, FIELD);
        LaunchConfigParser.onlyKnown(proxy, PREFIX);
        try {
            return new ProxySettings(
                    time(proxy, "ResponseTimeout"),
                    time(proxy, "BodyTimeout"),
                    time(proxy, "BackendIdleTimeout"),
                    size(proxy, "MaxBody"),
                    bool(proxy, "RequestBuffering"),
                    bool(proxy, "ResponseBuffering"),
                    compression(proxy),
                    headers(proxy),
                    texts(proxy, "RemoveResponseHeaders").orElse(List.of()),
                    text(proxy, "CanonicalHost"),
                    texts(proxy, "AllowedNetworks"),
                    basicAuth(proxy.path("BasicAuth")));
        } catch (OutOfBounds e) {
            throw invalid(PREFIX, e);
        }
    }

    /** A component of a record is called like its field, but for the first letter. */
    private static InvalidLaunchConfigException invalid(String prefix, OutOfBounds problem) {
        var component = problem.component();
        return new InvalidLaunchConfigException(
                prefix + component.substring(0, 1).toUpperCase(Locale.ROOT) + component.substring(1),
                problem.getMessage());
    }

    private static Optional<BasicAuth> basicAuth(JsonNode node) throws InvalidLaunchConfigException {
        if (LaunchConfigParser.isAbsent(node)) {
            return Optional.empty();
        }
        var prefix = PREFIX + "BasicAuth.";
        var auth = LaunchConfigParser.object(node, PREFIX + "BasicAuth");
        LaunchConfigParser.onlyKnown(auth, prefix);
        var realm = auth.path("Realm");
        try {
            return Optional.of(new BasicAuth(
                    LaunchConfigParser.text(auth.path("File"), prefix + "File"),
                    LaunchConfigParser.isAbsent(realm)
                            ? BasicAuth.USUAL_REALM
                            : LaunchConfigParser.text(realm, prefix + "Realm")));
        } catch (OutOfBounds e) {
            throw invalid(prefix, e);
        }
    }

    private static Optional<Duration> time(ObjectNode proxy, String name) throws InvalidLaunchConfigException {
        var node = proxy.path(name);
        if (LaunchConfigParser.isAbsent(node)) {
            return Optional.empty();
        }
        var time = Amounts.time(LaunchConfigParser.text(node, PREFIX + name));
        if (time.isEmpty()) {
            throw new InvalidLaunchConfigException(
                    PREFIX + name, "must be a time like \"250ms\", \"2s\", \"5m\" or \"1h\"");
        }
        return time;
    }

    private static Optional<Long> size(ObjectNode proxy, String name) throws InvalidLaunchConfigException {
        var node = proxy.path(name);
        if (LaunchConfigParser.isAbsent(node)) {
            return Optional.empty();
        }
        var size = Amounts.size(LaunchConfigParser.text(node, PREFIX + name));
        if (size.isEmpty()) {
            throw new InvalidLaunchConfigException(
                    PREFIX + name, "must be a size like \"512\", \"64k\", \"10m\" or \"1g\"");
        }
        return size;
    }

    private static Optional<Boolean> bool(ObjectNode proxy, String name) throws InvalidLaunchConfigException {
        var node = proxy.path(name);
        return LaunchConfigParser.isAbsent(node)
                ? Optional.empty()
                : Optional.of(LaunchConfigParser.bool(node, PREFIX + name));
    }

    private static Optional<List<Coding>> compression(ObjectNode proxy) throws InvalidLaunchConfigException {
        var names = texts(proxy, "Compression");
        if (names.isEmpty()) {
            return Optional.empty();
        }
        var codings = new ArrayList<Coding>();
        for (var name : names.get()) {
            switch (name) {
                case "gzip" -> codings.add(Coding.GZIP);
                case "zstd" -> codings.add(Coding.ZSTD);
                default ->
                    throw new InvalidLaunchConfigException(PREFIX + "Compression", "knows \"gzip\" and \"zstd\"");
            }
        }
        return Optional.of(codings);
    }

    private static Map<String, String> headers(ObjectNode proxy) throws InvalidLaunchConfigException {
        var field = PREFIX + "ResponseHeaders";
        var node = proxy.path("ResponseHeaders");
        var headers = new LinkedHashMap<String, String>();
        if (!LaunchConfigParser.isAbsent(node)) {
            for (var header : LaunchConfigParser.object(node, field).properties()) {
                headers.put(header.getKey(), LaunchConfigParser.text(header.getValue(), field));
            }
        }
        return headers;
    }

    private static Optional<String> text(ObjectNode proxy, String name) throws InvalidLaunchConfigException {
        var node = proxy.path(name);
        return LaunchConfigParser.isAbsent(node)
                ? Optional.empty()
                : Optional.of(LaunchConfigParser.text(node, PREFIX + name));
    }

    private static Optional<List<String>> texts(ObjectNode proxy, String name) throws InvalidLaunchConfigException {
        var field = PREFIX + name;
        var node = proxy.path(name);
        if (LaunchConfigParser.isAbsent(node)) {
            return Optional.empty();
        }
        if (!node.isArray()) {
            throw new InvalidLaunchConfigException(field, "must be an array of strings");
        }
        var texts = new ArrayList<String>();
        for (var element : node) {
            texts.add(LaunchConfigParser.text(element, field));
        }
        return Optional.of(texts);
    }
}
