package io.wunderproxy.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.wunderproxy.launchconfig.SecretParts;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Hides the values that look secret by their names, {@code DB_PASSWORD} or {@code API_KEY}, passwords inside of other values,
 * and the headers of health checks, so that a configuration can be shown to whoever looks over a shoulder. Values with
 * other names are shown.
 */
public record Secrets(boolean revealed) {

    static final String MASK = "[masked]";

    private static final Set<String> WORDS = Set.of(
            "secret",
            "secrets",
            "token",
            "tokens",
            "password",
            "passwords",
            "passwd",
            "passphrase",
            "pass",
            "pw",
            "pwd",
            "key",
            "keys",
            "apikey",
            "credential",
            "credentials",
            "auth",
            "authorization",
            "cookie",
            "salt",
            "dsn",
            "pin");

    /** Words that count inside of other words too, as in DBPASSWORD. */
    private static final Pattern PARTS = Pattern.compile("secret|password|passwd|token|apikey|credential");

    /** A field of {@code HealthCheck}; Docker's own objects have none of this name. */
    private static final String PROBE_HEADERS = "Headers";

    private static final Pattern ASSIGNMENT = Pattern.compile("(?s)-{0,2}\\w[\\w.-]*=.*");

    static boolean isSecret(String name) {
        var words = name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
        if (PARTS.matcher(words).find()) {
            return true;
        }
        for (var word : words.split("[^a-z0-9]+")) {
            if (WORDS.contains(word)) {
                return true;
            }
        }
        return false;
    }

    /** Hides a value that is secret whatever its name. */
    public String hidden(String value) {
        return revealed ? value : MASK;
    }

    /** A value as it may be shown. */
    public String value(String name, String value) {
        if (revealed || value.isEmpty()) {
            return value;
        }
        return isSecret(name) ? MASK : SecretParts.hide(value, MASK);
    }

    /** A {@code KEY=value} line as it may be shown. */
    public String line(String line) {
        var parts = line.split("=", 2);
        return parts.length < 2 ? line : parts[0] + "=" + value(parts[0], parts[1]);
    }

    /** A document as it may be shown: fields, and {@code name=value} strings in arrays, are judged by their names. */
    public JsonNode document(JsonNode node) {
        return document("", node);
    }

    /** The value of a field as it may be shown. */
    public JsonNode document(String name, JsonNode node) {
        return shown(name, node);
    }

    private JsonNode shown(String name, JsonNode node) {
        if (!revealed && isSecret(name) && !node.isEmpty()) {
            return TextNode.valueOf(MASK);
        }
        switch (node) {
            case ObjectNode object -> {
                var shown = object.objectNode();
                for (var field : object.properties()) {
                    // A probe's headers are for the application alone, whatever their names.
                    var hidden = !revealed
                            && name.equals(PROBE_HEADERS)
                            && field.getValue().isTextual();
                    shown.set(
                            field.getKey(), hidden ? TextNode.valueOf(MASK) : shown(field.getKey(), field.getValue()));
                }
                return shown;
            }
            case ArrayNode array -> {
                var shown = array.arrayNode();
                array.forEach(element -> shown.add(shown(name, element)));
                return shown;
            }
            case TextNode text -> {
                var value = text.textValue();
                return TextNode.valueOf(ASSIGNMENT.matcher(value).matches() ? line(value) : value(name, value));
            }
            default -> {
                return revealed || node.isNull() || !isSecret(name) ? node : TextNode.valueOf(MASK);
            }
        }
    }
}
