package io.wunderproxy.proxy.rules;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The headers of a message in a test, such as {@code "Host: a|TE: trailers"}. */
public final class MapFields implements Fields {
    private final Map<Header, List<String>> lines = new EnumMap<>(Header.class);

    /** Headers that the proxy doesn't know are left out. */
    public static MapFields of(String text) {
        var fields = new MapFields();
        Arrays.stream(text.split("\\|")).filter(line -> !line.isBlank()).forEach(line -> {
            var colon = line.indexOf(':');
            var name = Header.of(line.substring(0, colon).strip());
            if (name != null) {
                fields.lines
                        .computeIfAbsent(name, added -> new ArrayList<>())
                        .add(line.substring(colon + 1).strip());
            }
        });
        return fields;
    }

    @Override
    public String get(Header name) {
        return has(name) ? lines.get(name).getFirst() : null;
    }

    @Override
    public List<String> all(Header name) {
        return lines.getOrDefault(name, List.of());
    }

    @Override
    public boolean has(Header name) {
        return lines.containsKey(name);
    }

    @Override
    public void set(Header name, String value) {
        lines.put(name, List.of(value));
    }

    @Override
    public void remove(Header name) {
        lines.remove(name);
    }

    /** One line for each header, in the order of {@link Header}. */
    @Override
    public String toString() {
        var text = new ArrayList<String>();
        lines.forEach((name, values) -> values.forEach(value -> text.add(name.text() + ": " + value)));
        return String.join("|", text);
    }
}
