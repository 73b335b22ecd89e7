package io.wunderproxy.launchconfig;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.launchconfig.HealthCheckConfig.Kind;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Reads {@code HealthCheckPath} and {@code HealthCheck} of a launch configuration. */
final class HealthCheckParser {

    private static final String PREFIX = "HealthCheck.";

    /** The fields that not every kind of check has. */
    private static final Set<String> OF_SOME_KINDS =
            new TreeSet<>(Set.of("Headers", "Path", "Port", "Service", "Status", "Timeout"));

    private static final Pattern REQUEST_TARGET = Pattern.compile("[!-~&&[^#]]{0,2048}");
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\t -~]{0,4096}");
    private static final Pattern SERVICE = Pattern.compile("[\\w./-]{0,100}");
    private static final Pattern STATUSES = Pattern.compile("(?<from>[2-5]\\d\\d)(?:-(?<to>[2-5]\\d\\d))?");
    private static final Duration MAX_PROBE_TIMEOUT = Duration.ofMinutes(1);

    /** Shorter, and a moment's pause of an application would cost it its container. */
    private static final Duration MIN_RESTART_AFTER = Duration.ofSeconds(5);

    private static final Pattern DURATION = Pattern.compile("(?<amount>[0-9]{1,9})(?<unit>ms|s|m)");

    private HealthCheckParser() {}

    static HealthCheckConfig parse(ObjectNode root) throws InvalidLaunchConfigException {
        var check = LaunchConfigParser.isAbsent(root.path("HealthCheck"))
                ? JsonNodeFactory.instance.objectNode()
                : LaunchConfigParser.object(root.get("HealthCheck"), "HealthCheck");
        LaunchConfigParser.onlyKnown(check, PREFIX);
        var kind = kind(check);
        return new HealthCheckConfig(
                kind,
                kind == Kind.HTTP ? healthCheckPath(root, check) : "",
                statuses(check.path("Status")),
                service(check.path("Service")),
                number(check.path("Port"), "HealthCheck.Port", 65535),
                duration(check.path("Interval"), "HealthCheck.Interval"),
                probeTimeout(check.path("Timeout")),
                number(check.path("Successes"), "HealthCheck.Successes", 100),
                duration(check.path("Deadline"), "HealthCheck.Deadline"),
                restartAfter(check.path("RestartAfter")),
                headers(check.path("Headers")));
    }

    private static Kind kind(ObjectNode check) throws InvalidLaunchConfigException {
        var field = PREFIX + "Kind";
        var node = check.path("Kind");
        var name = LaunchConfigParser.isAbsent(node) ? "http" : LaunchConfigParser.text(node, field);
        for (var kind : Kind.values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(name)) {
                requireMeaning(kind, name, check);
                return kind;
            }
        }
        throw new InvalidLaunchConfigException(field, "must be http, grpc, tcp or docker");
    }

    private static void requireMeaning(Kind kind, String name, ObjectNode check) throws InvalidLaunchConfigException {
        for (var field : OF_SOME_KINDS) {
            if (!LaunchConfigParser.isAbsent(check.path(field)) && !kind.has(field)) {
                throw new InvalidLaunchConfigException(
                        PREFIX + field, "means nothing to a health check of the Kind " + name + ": leave it out");
            }
        }
    }

    private static Set<Integer> statuses(JsonNode node) throws InvalidLaunchConfigException {
        if (LaunchConfigParser.isAbsent(node)) {
            return Set.of(200);
        }
        var statuses = new TreeSet<Integer>();
        for (var part : LaunchConfigParser.text(node, PREFIX + "Status").split(",", -1)) {
            var matcher = STATUSES.matcher(part.strip());
            if (!matcher.matches()) {
                throw invalidStatuses();
            }
            var from = Integer.parseInt(matcher.group("from"));
            var to = matcher.group("to") == null ? from : Integer.parseInt(matcher.group("to"));
            if (from > to) {
                throw invalidStatuses();
            }
            for (var status = from; status <= to; status++) {
                statuses.add(status);
            }
        }
        return statuses;
    }

    private static InvalidLaunchConfigException invalidStatuses() {
        return new InvalidLaunchConfigException(
                PREFIX + "Status", "must be statuses from 200 to 599, like \"204\", \"200-299\" or \"200-399,401\"");
    }

    private static String service(JsonNode node) throws InvalidLaunchConfigException {
        var service = LaunchConfigParser.isAbsent(node) ? "" : LaunchConfigParser.text(node, PREFIX + "Service");
        if (!SERVICE.matcher(service).matches()) {
            throw new InvalidLaunchConfigException(
                    PREFIX + "Service", "must be the name of a service like shop.Orders, at most 100 characters");
        }
        return service;
    }

    private static Optional<Duration> restartAfter(JsonNode node) throws InvalidLaunchConfigException {
        var field = PREFIX + "RestartAfter";
        var time = duration(node, field);
        if (time.isPresent() && time.get().compareTo(MIN_RESTART_AFTER) < 0) {
            throw new InvalidLaunchConfigException(field, "must be at least " + MIN_RESTART_AFTER.toSeconds() + "s");
        }
        return time;
    }

    private static String healthCheckPath(ObjectNode root, ObjectNode check) throws InvalidLaunchConfigException {
        var field = LaunchConfigParser.isAbsent(check.path("Path")) ? "HealthCheckPath" : "HealthCheck.Path";
        var node = LaunchConfigParser.isAbsent(check.path("Path")) ? root.path("HealthCheckPath") : check.path("Path");
        var path = LaunchConfigParser.text(node, field);
        if (!REQUEST_TARGET.matcher(path).matches()) {
            throw new InvalidLaunchConfigException(field, "is not a path like up or health/ready?full=1");
        }
        return path.startsWith("/") ? path : "/" + path;
    }

    private static Map<String, String> headers(JsonNode node) throws InvalidLaunchConfigException {
        var headers = new LinkedHashMap<String, String>();
        if (LaunchConfigParser.isAbsent(node)) {
            return headers;
        }
        for (var header : LaunchConfigParser.object(node, "HealthCheck.Headers").properties()) {
            var value = LaunchConfigParser.text(header.getValue(), "HealthCheck.Headers");
            if (!HEADER_NAME.matcher(header.getKey()).matches()
                    || !HEADER_VALUE.matcher(value).matches()) {
                throw new InvalidLaunchConfigException(
                        "HealthCheck.Headers", "has a name or a value that HTTP does not allow");
            }
            headers.put(header.getKey(), value);
        }
        return headers;
    }

    private static Optional<Integer> number(JsonNode node, String field, int max) throws InvalidLaunchConfigException {
        if (LaunchConfigParser.isAbsent(node)) {
            return Optional.empty();
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1 || node.intValue() > max) {
            throw new InvalidLaunchConfigException(field, "must be a number from 1 to " + max);
        }
        return Optional.of(node.intValue());
    }

    private static Optional<Duration> duration(JsonNode node, String field) throws InvalidLaunchConfigException {
        if (LaunchConfigParser.isAbsent(node)) {
            return Optional.empty();
        }
        var matcher = DURATION.matcher(LaunchConfigParser.text(node, field));
        if (!matcher.matches() || Long.parseLong(matcher.group("amount")) == 0) {
            throw new InvalidLaunchConfigException(field, "must be a time like \"250ms\", \"2s\" or \"5m\"");
        }
        var amount = Long.parseLong(matcher.group("amount"));
        return Optional.of(
                switch (matcher.group("unit")) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    default -> Duration.ofMinutes(amount);
                });
    }

    /** A switch waits for one probe, so that a long one would keep everybody from switching back. */
    private static Optional<Duration> probeTimeout(JsonNode node) throws InvalidLaunchConfigException {
        var timeout = duration(node, "HealthCheck.Timeout");
        if (timeout.isPresent() && timeout.get().compareTo(MAX_PROBE_TIMEOUT) > 0) {
            throw new InvalidLaunchConfigException(
                    "HealthCheck.Timeout", "must be at most " + MAX_PROBE_TIMEOUT.toSeconds() + "s");
        }
        return timeout;
    }
}
