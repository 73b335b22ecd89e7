package io.wunderproxy.launchconfig;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A launch configuration that is made from another one. What is not changed stays as it was, in its order. */
public final class ConfigDraft {

    /** Numbers are written as they were read. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private final ObjectNode root;

    private ConfigDraft(ObjectNode root) {
        this.root = root;
    }

    /** @throws InvalidLaunchConfigException if the document is not one that can be run */
    public static ConfigDraft from(byte[] document) throws InvalidLaunchConfigException {
        LaunchConfig.parse(ConfigHash.md5(document), document);
        try {
            return new ConfigDraft((ObjectNode) JSON.readTree(document));
        } catch (IOException e) {
            throw new InvalidLaunchConfigException("", "not valid JSON");
        }
    }

    private ObjectNode container() {
        return (ObjectNode) root.get("ContainerConfig");
    }

    /** Replaces the tag or digest of the image, and nothing else of its name. */
    public ConfigDraft tag(String tag) {
        var image = container().get("Image").textValue();
        var named = image.contains("@") ? image.substring(0, image.indexOf('@')) : image;
        var colon = named.lastIndexOf(':');
        var repository = colon > named.lastIndexOf('/') ? named.substring(0, colon) : named;
        return image(repository + ":" + tag);
    }

    public ConfigDraft image(String image) {
        container().put("Image", image);
        return this;
    }

    public ConfigDraft revision(String revision) {
        root.put("Revision", revision);
        return this;
    }

    public ConfigDraft forceReload(boolean force) {
        root.put("ForceReload", force);
        return this;
    }

    /** Sets a variable where it stands, or at the end. */
    public ConfigDraft environment(String name, String value) {
        var lines = environment();
        var line = name + "=" + value;
        var at = -1;
        for (var i = lines.size() - 1; i >= 0; i--) {
            if (isVariable(lines.get(i).textValue(), name)) {
                lines.remove(i);
                at = i;
            }
        }
        lines.insert(at < 0 ? lines.size() : at, line);
        return this;
    }

    /** Removes a variable; nothing happens if there is none. */
    public ConfigDraft withoutEnvironment(String name) {
        environment().removeIf(line -> isVariable(line.textValue(), name));
        return this;
    }

    private static boolean isVariable(String line, String name) {
        return line.equals(name) || line.startsWith(name + "=");
    }

    private ArrayNode environment() {
        return container().get("Env") instanceof ArrayNode lines
                ? lines
                : container().putArray("Env");
    }

    /** The document. */
    public byte[] toJson() {
        try {
            return (JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n")
                    .getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
