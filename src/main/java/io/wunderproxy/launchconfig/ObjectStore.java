package io.wunderproxy.launchconfig;

import java.util.Optional;

/** Reads objects by key below one prefix. Calls block for a bounded time. */
public interface ObjectStore {

    /**
     * The first bytes of the object, or empty when there is no such object.
     *
     * @param atMost how many bytes are read of a longer object
     * @throws StoreException if the store can't be reached, refuses, or breaks off its answer
     */
    Optional<byte[]> read(String key, int atMost) throws StoreException;

    /** Where an object lies, for people: {@code s3://bucket/prefix/key} or a path. */
    String locate(String key);
}
