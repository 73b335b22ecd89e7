package io.wunderproxy.proxy.vertx;

import io.netty.util.AsciiString;
import io.vertx.core.MultiMap;
import io.wunderproxy.proxy.rules.Fields;
import io.wunderproxy.proxy.rules.Header;
import java.util.Arrays;
import java.util.List;

/** The headers of a message of Vert.x as the rules see them. */
final class HeaderFields implements Fields {
    /** They know their hash codes, which strings would have to be asked for again and again. */
    private static final AsciiString[] NAMES = Arrays.stream(Header.values())
            .map(Header::text)
            .map(AsciiString::cached)
            .toArray(AsciiString[]::new);

    private final MultiMap headers;

    HeaderFields(MultiMap headers) {
        this.headers = headers;
    }

    private static AsciiString nameOf(Header header) {
        return NAMES[header.ordinal()];
    }

    @Override
    public String get(Header name) {
        return headers.get(nameOf(name));
    }

    @Override
    public List<String> all(Header name) {
        return headers.getAll(nameOf(name));
    }

    @Override
    public boolean has(Header name) {
        return headers.contains(nameOf(name));
    }

    @Override
    public void set(Header name, String value) {
        headers.set(nameOf(name), value);
    }

    @Override
    public void remove(Header name) {
        headers.remove(nameOf(name));
    }
}
