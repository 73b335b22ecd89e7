package io.wunderproxy.registry.serve;

import io.wunderproxy.options.Bounds;
import java.nio.file.Path;

/**
 * How an embedded registry serves.
 *
 * @param port of 127.0.0.1; 0 takes any
 * @param cacheDirectory where blobs are kept
 * @param cacheBytes how many bytes of them; 0 for none
 * @param redirect whether clients are sent to the bucket for blobs, where it has addresses
 */
public record RegistryOptions(int port, Path cacheDirectory, long cacheBytes, boolean redirect) {

    public static final long DEFAULT_CACHE_BYTES = 5L << 30;

    public RegistryOptions {
        Bounds.atLeast("cacheBytes", cacheBytes, 0);
    }
}
