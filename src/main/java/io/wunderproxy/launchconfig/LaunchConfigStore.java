package io.wunderproxy.launchconfig;

import java.nio.file.Path;
import java.util.Optional;

/** The launch configurations of one application: {@code container.<hash>.json} and {@code current.json} below a prefix. */
public final class LaunchConfigStore {

    /** A bucket of this form is a directory of this machine. */
    public static final String DIRECTORY_SCHEME = "file:";

    private static final int MAX_CONFIG_BYTES = 1024 * 1024;

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
        var key = "container." + hash + ".json";
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
        return readWhole("current.json");
    }

    private Optional<byte[]> readWhole(String key) throws StoreException, InvalidLaunchConfigException {
        var content = objects.read(key, MAX_CONFIG_BYTES + 1);
        if (content.isPresent() && content.get().length > MAX_CONFIG_BYTES) {
            throw new InvalidLaunchConfigException("", objects.locate(key) + " is larger than 1 MiB");
        }
        return content;
    }

    /** Where {@code container.<hash>.json} lies, for people. */
    public String locate(ConfigHash hash) {
        return objects.locate("container." + hash + ".json");
    }

    /** Where {@code current.json} lies, for people. */
    public String locateCurrent() {
        return objects.locate("current.json");
    }
}
