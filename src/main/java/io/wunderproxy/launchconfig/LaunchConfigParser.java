package io.wunderproxy.launchconfig;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads a launch configuration strictly where this program gives it meaning, and leaves the rest of Docker's objects alone.
 * No message quotes a value: values may be secrets.
 */
final class LaunchConfigParser {

    /** Duplicate names are refused: two readers of one document could otherwise see two different configurations. */
    private static final JsonMapper STRICT = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(100).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Names that Docker accepts for a container, less the room for the suffix that keeps two of one revision apart. */
    private static final Pattern REVISION = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{1,99}");

    /** Image references as in the distribution specification: [host[:port]/]path[:tag][@digest]. */
    private static final Pattern IMAGE =
            Pattern.compile("(?:[a-zA-Z0-9.-]+(?::[0-9]{1,5})?/|\\[[0-9a-fA-F:]+](?::[0-9]{1,5})?/)?"
                    + "[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::(?<tag>\\w[\\w.-]{0,127}))?(?<digest>@sha256:[0-9a-f]{64})?");

    /** Four numbers, or something with colons. */
    private static final Pattern IP_ADDRESS = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+|[0-9a-fA-F.]*:[0-9a-fA-F.:]*");

    private static final Pattern PORT = Pattern.compile("(?<port>[0-9]{1,5})(?:/(?:tcp|udp|sctp))?");
    private static final Pattern ENVIRONMENT_LINE = Pattern.compile("[^=\\x00]+(?:=[^\\x00]*)?", Pattern.DOTALL);

    private LaunchConfigParser() {}

    static LaunchConfig parse(ConfigHash hash, byte[] document) throws InvalidLaunchConfigException {
        var root = object(read(document), "");
        onlyKnown(root, "");
        var containerConfig = object(root.path("ContainerConfig"), "ContainerConfig");
        var hostConfig = root.path("HostConfig").isMissingNode()
                ? JsonNodeFactory.instance.objectNode()
                : object(root.get("HostConfig"), "HostConfig");
        checkImage(containerConfig);
        checkEnvironment(containerConfig);
        checkExposedPorts(containerConfig);
        checkPortBindings(hostConfig);
        return new LaunchConfig(
                hash,
                document,
                revision(root),
                containerConfig,
                hostConfig,
                HealthCheckParser.parse(root),
                protocol(root),
                ProxyParser.parse(root.path("Proxy")),
                bool(root.path("ForceReload"), "ForceReload"),
                imageBucket(root.path("ImageBucket")),
                ConfigFields.KNOWN.usedBy(root));
    }

    private static Optional<ImageBucket> imageBucket(JsonNode node) throws InvalidLaunchConfigException {
        if (isAbsent(node)) {
            return Optional.empty();
        }
        try {
            return Optional.of(ImageBucket.parse(text(node, "ImageBucket")));
        } catch (IllegalArgumentException e) {
            throw new InvalidLaunchConfigException("ImageBucket", e.getMessage());
        }
    }

    private static JsonNode read(byte[] document) throws InvalidLaunchConfigException {
        try {
            return STRICT.readTree(document);
        } catch (JsonProcessingException e) {
            // The parser's own message may quote the document.
            var at = e.getLocation();
            var duplicate = e.getOriginalMessage().startsWith("Duplicate field");
            throw new InvalidLaunchConfigException(
                    "",
                    (duplicate ? "a name stands twice in one object" : "not valid JSON")
                            + (at == null ? "" : ", at line " + at.getLineNr() + ", column " + at.getColumnNr()));
        } catch (IOException e) {
            throw new InvalidLaunchConfigException("", "not valid JSON");
        }
    }

    private static LaunchConfig.Protocol protocol(ObjectNode root) throws InvalidLaunchConfigException {
        var protocol = root.path("Protocol");
        if (isAbsent(protocol)) {
            return LaunchConfig.Protocol.HTTP_1_1;
        }
        return switch (text(protocol, "Protocol")) {
            case "HTTP/1.1" -> LaunchConfig.Protocol.HTTP_1_1;
            case "HTTP/2" -> LaunchConfig.Protocol.HTTP_2;
            default -> throw new InvalidLaunchConfigException("Protocol", "must be HTTP/1.1 or HTTP/2");
        };
    }

    private static String revision(ObjectNode root) throws InvalidLaunchConfigException {
        var revision = text(root.path("Revision"), "Revision");
        if (!REVISION.matcher(revision).matches()) {
            throw new InvalidLaunchConfigException(
                    "Revision",
                    "must be 2 to 100 letters, digits, '_', '.' or '-', since the container is named after it");
        }
        return revision;
    }

    /** An image without a tag gets Docker's default: the engine would pull every tag of the repository. */
    private static void checkImage(ObjectNode containerConfig) throws InvalidLaunchConfigException {
        var field = "ContainerConfig.Image";
        var image = text(containerConfig.path("Image"), field);
        var matcher = IMAGE.matcher(image);
        if (image.length() > 500 || !matcher.matches()) {
            throw new InvalidLaunchConfigException(field, "is not an image reference like localhost:8080/shop:4f2c1d");
        }
        if (matcher.group("tag") == null && matcher.group("digest") == null) {
            containerConfig.put("Image", image + ":latest");
        }
    }

    private static void checkEnvironment(ObjectNode containerConfig) throws InvalidLaunchConfigException {
        var environment = containerConfig.path("Env");
        if (isAbsent(environment)) {
            return;
        }
        if (!environment.isArray()) {
            throw new InvalidLaunchConfigException("ContainerConfig.Env", "must be an array of KEY=value strings");
        }
        for (var i = 0; i < environment.size(); i++) {
            var field = "ContainerConfig.Env[" + i + "]";
            if (!ENVIRONMENT_LINE.matcher(text(environment.get(i), field)).matches()) {
                throw new InvalidLaunchConfigException(field, "must have the form KEY=value");
            }
        }
    }

    private static void checkExposedPorts(ObjectNode containerConfig) throws InvalidLaunchConfigException {
        var exposed = containerConfig.path("ExposedPorts");
        if (isAbsent(exposed)) {
            return;
        }
        for (var name : (Iterable<String>) object(exposed, "ContainerConfig.ExposedPorts")::fieldNames) {
            checkPort(name, "ContainerConfig.ExposedPorts");
        }
    }

    private static void checkPortBindings(ObjectNode hostConfig) throws InvalidLaunchConfigException {
        var bindings = hostConfig.path("PortBindings");
        if (isAbsent(bindings)) {
            return;
        }
        for (var binding : object(bindings, "HostConfig.PortBindings").properties()) {
            checkPort(binding.getKey(), "HostConfig.PortBindings");
            var field = "HostConfig.PortBindings." + binding.getKey();
            var targets = binding.getValue();
            if (!targets.isArray() && !targets.isNull()) {
                throw new InvalidLaunchConfigException(field, "must be an array of {\"HostIp\", \"HostPort\"} objects");
            }
            for (var target : targets) {
                var hostPort = object(target, field).path("HostPort");
                if (!isAbsent(hostPort) && !text(hostPort, field + ".HostPort").isEmpty()) {
                    checkPort(hostPort.textValue(), field + ".HostPort");
                }
                if (!isAbsent(target.path("HostIp"))) {
                    checkAddress(text(target.path("HostIp"), field + ".HostIp"), field + ".HostIp");
                }
            }
        }
    }

    /** Docker takes no names here. */
    private static void checkAddress(String address, String field) throws InvalidLaunchConfigException {
        if (address.isEmpty()) {
            return;
        }
        try {
            if (IP_ADDRESS.matcher(address).matches()) {
                InetAddress.ofLiteral(address);
                return;
            }
        } catch (IllegalArgumentException e) {
            // Reported below.
        }
        throw new InvalidLaunchConfigException(field, "must be an IP address, such as \"127.0.0.1\", not a name");
    }

    private static void checkPort(String port, String field) throws InvalidLaunchConfigException {
        var matcher = PORT.matcher(port);
        var number = matcher.matches() ? Integer.parseInt(matcher.group("port")) : 0;
        if (number < 1 || number > 65535) {
            throw new InvalidLaunchConfigException(field, "has a port that is not 1 to 65535, as in \"9292/tcp\"");
        }
    }

    static boolean bool(JsonNode node, String field) throws InvalidLaunchConfigException {
        if (!isAbsent(node) && !node.isBoolean()) {
            throw new InvalidLaunchConfigException(field, "must be true or false");
        }
        return node.asBoolean(false);
    }

    static String text(JsonNode node, String field) throws InvalidLaunchConfigException {
        if (isAbsent(node)) {
            throw new InvalidLaunchConfigException(field, "is missing");
        }
        if (!node.isTextual()) {
            throw new InvalidLaunchConfigException(field, "must be a string");
        }
        return node.textValue();
    }

    static ObjectNode object(JsonNode node, String field) throws InvalidLaunchConfigException {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new InvalidLaunchConfigException(
                field, field.isEmpty() ? "not a JSON object" : isAbsent(node) ? "is missing" : "must be an object");
    }

    static void onlyKnown(ObjectNode object, String prefix) throws InvalidLaunchConfigException {
        var known = ConfigFields.KNOWN.names(prefix);
        for (var name : (Iterable<String>) object::fieldNames) {
            if (!known.contains(name)) {
                throw new InvalidLaunchConfigException(
                        prefix + printable(name),
                        "is not a field of a launch configuration; it has " + String.join(", ", known));
            }
        }
    }

    /** A name out of the document in a form that fits into one line of a response. */
    private static String printable(String name) {
        var visible = name.replaceAll("[^!-~]", "?");
        return visible.length() > 40 ? visible.substring(0, 40) + "..." : visible;
    }

    static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }
}
