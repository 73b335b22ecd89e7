package io.wunderproxy.manager;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.api.EventView;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog.Entry;
import io.wunderproxy.events.EventType;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;

/** Events as the API shows them. */
final class EventReport {

    /** The format of times: always with milliseconds, so that all have one width. */
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

    private EventReport() {}

    static EventView of(Entry entry) {
        var event = entry.event();
        return new EventView(
                entry.id(),
                time(entry.time()),
                event.type().label(),
                event.type().tone().map(EventType.Tone::label),
                event.hash(),
                event.revision(),
                event.containerId(),
                event.message(),
                detail(event, EventDetail.BYTES, Long.class),
                detail(event, EventDetail.TOTAL_BYTES, Long.class),
                detail(event, EventDetail.HEALTHY, Boolean.class),
                detail(event, EventDetail.DETAIL, String.class),
                detail(event, EventDetail.LEASES, Long.class),
                detail(event, EventDetail.REASON, String.class),
                detail(event, EventDetail.FROM, String.class),
                detail(event, EventDetail.TO, String.class));
    }

    private static <T> Optional<T> detail(Event event, EventDetail detail, Class<T> type) {
        return Optional.ofNullable(event.details().get(detail)).map(type::cast);
    }

    static ArrayNode of(List<Entry> entries) {
        var list = JsonNodeFactory.instance.arrayNode();
        entries.forEach(entry -> list.add(of(entry).toJson()));
        return list;
    }

    static String time(Instant instant) {
        return TIME.format(instant);
    }
}
