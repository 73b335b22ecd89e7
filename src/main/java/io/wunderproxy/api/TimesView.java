package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The times that something took, in seconds; zeros when nothing was measured.
 *
 * @param count how many were measured
 * @param p50 what half of them took at most
 */
public record TimesView(long count, double p50, double p90, double p99, double max) {

    public static final TimesView NONE = of(MissingNode.getInstance());

    public ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("Count", count)
                .put("P50", p50)
                .put("P90", p90)
                .put("P99", p99)
                .put("Max", max);
    }

    public static TimesView of(JsonNode node) {
        var fields = new Fields(node);
        return new TimesView(
                fields.number("Count"),
                fields.decimal("P50"),
                fields.decimal("P90"),
                fields.decimal("P99"),
                fields.decimal("Max"));
    }
}
