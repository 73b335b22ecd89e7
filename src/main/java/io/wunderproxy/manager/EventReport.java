package io.wunderproxy.manager;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.events.EventLog.Entry;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/** Events as the API shows them. */
final class EventReport {

    /** Always with milliseconds, so that times are of one width. */
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

    private EventReport() {}

    static ObjectNode of(Entry entry) {
        var event = entry.event();
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("Id", entry.id())
                .put("Time", time(entry.time()))
                .put("Type", event.type().label())
                .put("Hash", event.hash().orElse(null))
                .put("Revision", event.revision().orElse(null))
                .put("ContainerId", event.containerId().orElse(null))
                .put("Message", event.message());
        event.details().forEach((name, value) -> {
            switch (value) {
                case Long number -> node.put(name, number);
                case Boolean fact -> node.put(name, fact);
                default -> node.put(name, value.toString());
            }
        });
        return node;
    }

    static ArrayNode of(List<Entry> entries) {
        var list = JsonNodeFactory.instance.arrayNode();
        entries.forEach(entry -> list.add(of(entry)));
        return list;
    }

    static String time(Instant instant) {
        return TIME.format(instant);
    }
}
