package io.wunderproxy.launchconfig;

import io.wunderproxy.store.ObjectStore;
import io.wunderproxy.store.StoreException;
import io.wunderproxy.store.StoredObject;
import java.time.Instant;
import java.util.Optional;

/** A store that stops working when a test says so. */
public final class BrokenStore implements ObjectStore {

    private final ObjectStore objects;
    private Failure beforeWrite = key -> {};
    private Failure afterWrite = key -> {};
    private Failure beforeRead = key -> {};

    /** Throws if the call with this key fails. */
    @FunctionalInterface
    public interface Failure {
        void at(String key) throws StoreException;
    }

    private BrokenStore(LaunchConfigStore store) {
        this.objects = store.objects();
    }

    /** One that works as this does until it is broken. */
    public static BrokenStore over(LaunchConfigStore store) {
        return new BrokenStore(store);
    }

    public LaunchConfigStore store() {
        return new LaunchConfigStore(this);
    }

    /** From now on, before something is written. */
    public void beforeWrite(Failure failure) {
        beforeWrite = failure;
    }

    /** From now on, after something was written. */
    public void afterWrite(Failure failure) {
        afterWrite = failure;
    }

    /** From now on, before something is read. */
    public void beforeRead(Failure failure) {
        beforeRead = failure;
    }

    @Override
    public Optional<StoredObject> read(String key, int atMost) throws StoreException {
        beforeRead.at(key);
        return objects.read(key, atMost);
    }

    @Override
    public boolean write(String key, byte[] content, Optional<String> expected) throws StoreException {
        beforeWrite.at(key);
        var written = objects.write(key, content, expected);
        afterWrite.at(key);
        return written;
    }

    @Override
    public void checkConditions(String key, byte[] content) throws StoreException {
        objects.checkConditions(key, content);
    }

    @Override
    public void checkWritable(String key) throws StoreException {
        objects.checkWritable(key);
    }

    @Override
    public Optional<Instant> time() {
        return objects.time();
    }

    @Override
    public String locate(String key) {
        return objects.locate(key);
    }
}
