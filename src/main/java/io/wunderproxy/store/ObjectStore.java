package io.wunderproxy.store;

import java.time.Instant;
import java.util.Optional;

/** Reads and writes objects by key below one prefix. Calls block for a bounded time. */
public interface ObjectStore {

    /**
     * The object, or empty when there is no such object.
     *
     * @param atMost how many bytes are read of a longer object
     * @throws StoreException if the store can't be reached, refuses, or breaks off its response
     */
    Optional<StoredObject> read(String key, int atMost) throws StoreException;

    /**
     * Writes the object whole, if nobody else did meanwhile.
     *
     * @param expected the version that is replaced; empty: there must be no such object yet
     * @return whether it was written; if not, the key holds something else than was expected
     * @throws StoreException if it was not written, or if that is not known
     */
    boolean write(String key, byte[] content, Optional<String> expected) throws StoreException;

    /**
     * Finds out whether the store heeds what a {@link #write} expects, by writes that change nothing.
     *
     * @param content what the key holds
     * @throws StoreException if it does not, or the store can't be reached
     */
    void checkConditions(String key, byte[] content) throws StoreException;

    /**
     * Looks whether the object may be written, and writes nothing.
     *
     * @throws StoreException if it may not, or the store can't be reached
     */
    void checkWritable(String key) throws StoreException;

    /** The time of the store, to the second; empty if it has no clock of its own, or does not say. */
    Optional<Instant> time();

    /** Where an object lies, for people: {@code s3://bucket/prefix/key} or a path. */
    String locate(String key);
}
