package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * An option of the agent that is in force.
 *
 * @param option its long name, without dashes
 * @param value as it was written; empty if there is none, or if it is not shown
 * @param from {@code command line}, {@code environment}, {@code file} or {@code default}
 * @param place the variable, or the line of the file
 */
public record SettingView(String option, Optional<String> value, String from, Optional<String> place) {

    public static final String DEFAULT = "default";

    public boolean isDefault() {
        return from.equals(DEFAULT);
    }

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance.objectNode().put("Option", option);
        value.ifPresent(text -> node.put("Value", text));
        node.put("From", from);
        place.ifPresent(text -> node.put("Place", text));
        return node;
    }

    public static SettingView of(JsonNode node) {
        var fields = new Fields(node);
        return new SettingView(
                fields.text("Option"), fields.optionalText("Value"), fields.text("From"), fields.optionalText("Place"));
    }
}
