package io.wunderproxy.launchconfig;

import io.wunderproxy.store.DirectoryObjectStore;
import io.wunderproxy.store.ObjectStore;
import io.wunderproxy.store.S3ObjectStore;
import io.wunderproxy.store.StoreException;
import io.wunderproxy.store.StoredObject;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * The launch configurations of one application below a prefix: {@code container.<hash>.json}, and the promoted ones in {@code
 * current.json} and {@code history.json}.
 */
public final class LaunchConfigStore {

    /** A bucket of this form is a directory of this machine. */
    public static final String DIRECTORY_SCHEME = "file:";

    private static final int MAX_CONFIG_BYTES = 1024 * 1024;

    static final String CURRENT = "current.json";

    private final ObjectStore objects;

    LaunchConfigStore(ObjectStore objects) {
        this.objects = objects;
    }

    /**
     * @param bucket the name of an S3 bucket, or {@code file:/some/dir}
     * @param prefix what all keys begin with, without a slash at its end; may be empty
     */
    public static LaunchConfigStore open(String bucket, String prefix) {
        var path = prefix.replaceAll("^/+|/+$", "");
        if (bucket.startsWith(DIRECTORY_SCHEME)) {
            return new LaunchConfigStore(new DirectoryObjectStore(
                    Path.of(bucket.substring(DIRECTORY_SCHEME.length())).resolve(path)));
        }
        return new LaunchConfigStore(new S3ObjectStore(bucket, path.isEmpty() ? "" : path + "/"));
    }

    /** The configuration with this hash; empty when the store has none. */
    public Optional<LaunchConfig> find(ConfigHash hash) throws StoreException, InvalidLaunchConfigException {
        var key = key(hash);
        var content = readWhole(key);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        if (!hash.matches(content.get())) {
            throw new InvalidLaunchConfigException(
                    "",
                    objects.locate(key) + " has the digest " + hash.sameAlgorithm(content.get())
                            + ": it was altered or cut short; upload it again");
        }
        return Optional.of(LaunchConfig.parse(hash, content.get()));
    }

    /** The bytes of {@code current.json}, the configuration that a starting host launches; empty when there is none. */
    public Optional<byte[]> current() throws StoreException, InvalidLaunchConfigException {
        return readWhole(CURRENT);
    }

    /**
     * Stores the document of a configuration under its hash; nothing happens if it is there already.
     *
     * @throws InvalidLaunchConfigException if it is too large, or if something else lies under its hash
     */
    public void put(LaunchConfig config) throws StoreException, InvalidLaunchConfigException {
        if (config.document().length > MAX_CONFIG_BYTES) {
            throw new InvalidLaunchConfigException("", "the configuration is larger than 1 MiB");
        }
        if (!objects.write(key(config.hash()), config.document(), Optional.empty())) {
            find(config.hash())
                    .orElseThrow(() -> new StoreException("cannot write " + locate(config.hash())
                            + ": the store refused it, and has none of that name; try again"));
        }
    }

    /**
     * Finds out whether the store keeps two people who promote at once apart; for that, a configuration that is stored is written
     * again.
     *
     * @throws StoreException if not, or the store can't be reached
     */
    public void checkConditions(LaunchConfig stored) throws StoreException {
        objects.checkConditions(key(stored.hash()), stored.document());
    }

    /** The promotions in this store. */
    public Promotions promotions(Clock clock) {
        return new Promotions(this, clock);
    }

    /** How far this clock is ahead of the store's; empty if the store does not say. */
    public Optional<Duration> clockSkew(Clock clock) {
        return objects.time().map(theirs -> Duration.between(theirs, clock.instant()));
    }

    /** Whether it is a directory of this machine. */
    public boolean isDirectory() {
        return objects instanceof DirectoryObjectStore;
    }

    ObjectStore objects() {
        return objects;
    }

    private Optional<byte[]> readWhole(String key) throws StoreException, InvalidLaunchConfigException {
        return readObject(key).map(StoredObject::content);
    }

    Optional<StoredObject> readObject(String key) throws StoreException, InvalidLaunchConfigException {
        var object = objects.read(key, MAX_CONFIG_BYTES + 1);
        if (object.isPresent() && object.get().content().length > MAX_CONFIG_BYTES) {
            throw new InvalidLaunchConfigException("", objects.locate(key) + " is larger than 1 MiB");
        }
        return object;
    }

    private static String key(ConfigHash hash) {
        return "container." + hash + ".json";
    }

    /** Where {@code container.<hash>.json} lies, for people. */
    public String locate(ConfigHash hash) {
        return objects.locate(key(hash));
    }

    /** Where {@code current.json} lies, for people. */
    public String locateCurrent() {
        return objects.locate(CURRENT);
    }
}
