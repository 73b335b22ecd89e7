package io.wunderproxy.proxy.rules;

import io.wunderproxy.options.Bounds;
import java.util.List;

/**
 * How text responses are compressed.
 *
 * @param codings for clients that accept them, the preferred one first, unless the backend has compressed them; empty: not at all
 * @param minimum bytes; responses that are known to be smaller are left as they are
 */
public record CompressionOptions(List<Coding> codings, long minimum) {

    public static final CompressionOptions DEFAULT = new CompressionOptions(List.of(), 1024);

    public CompressionOptions {
        codings = List.copyOf(codings);
        Bounds.atLeast("minimum", minimum, 0);
    }
}
