package io.wunderproxy.launchconfig;

import java.time.Instant;

/**
 * An object as it was read.
 *
 * @param content its first bytes, as many as were asked for
 * @param version tells it from what the key held before and will hold later; to be given back with a write
 * @param modified when it was written, by the store's clock, in whole seconds or finer
 */
record StoredObject(byte[] content, String version, Instant modified) {}
