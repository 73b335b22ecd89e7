package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * The places of an agent's parts, for people who look for what is wrong with its host. A text is empty if the agent does not say.
 *
 * @param proxy where the proxy listens, as given
 * @param docker as in {@code DOCKER_HOST}
 * @param settingsFile that the agent's options were read from; empty: none of its own
 * @param settings all options; empty if the agent is too old to say
 */
public record AgentView(
        String app,
        String proxy,
        String docker,
        String bucket,
        String prefix,
        String stateDirectory,
        String tokenFile,
        Optional<String> settingsFile,
        List<SettingView> settings) {

    public AgentView {
        settings = List.copyOf(settings);
    }

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("App", app)
                .put("Proxy", proxy)
                .put("Docker", docker)
                .put("Bucket", bucket)
                .put("Prefix", prefix)
                .put("StateDirectory", stateDirectory)
                .put("TokenFile", tokenFile);
        settingsFile.ifPresent(file -> node.put("SettingsFile", file));
        var list = node.putArray("Settings");
        settings.forEach(setting -> list.add(setting.toJson()));
        return node;
    }

    public static AgentView of(JsonNode node) {
        var fields = new Fields(node);
        return new AgentView(
                fields.text("App"),
                fields.text("Proxy"),
                fields.text("Docker"),
                fields.text("Bucket"),
                fields.text("Prefix"),
                fields.text("StateDirectory"),
                fields.text("TokenFile"),
                fields.optionalText("SettingsFile"),
                fields.list("Settings", SettingView::of));
    }
}
