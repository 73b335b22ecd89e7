package io.wunderproxy.store;

import java.time.Instant;
import java.util.Optional;

/**
 * An object as it was read.
 *
 * @param content its first bytes, as many as were asked for
 * @param version tells it from what the key held before and will hold later; to be given back with a write. Empty if the store
 *     does not say
 * @param modified when it was written, by the store's clock, in whole seconds or finer; empty if the store does not say
 */
public record StoredObject(byte[] content, Optional<String> version, Optional<Instant> modified) {}
