package io.wunderproxy.launchconfig;

import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Where images lie in the layout of the standard registry.
 *
 * @param name the name of an S3 bucket, or {@code file:/some/dir}
 * @param prefix what its keys begin with, the registry's {@code rootdirectory}, without slashes around it; may be empty
 */
public record ImageBucket(String name, String prefix) {

    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9!_.*'()/-]{0,500}");
    private static final int LONGEST_PATH = 1000;

    /**
     * Reads {@code bucket}, {@code bucket/some/prefix}, {@code s3://bucket/some/prefix} or {@code file:/some/dir}.
     *
     * @throws IllegalArgumentException if it is none of these; the message does not quote it
     */
    public static ImageBucket parse(String text) {
        if (text.startsWith(LaunchConfigStore.DIRECTORY_SCHEME)) {
            var path = text.substring(LaunchConfigStore.DIRECTORY_SCHEME.length());
            if (!path.startsWith("/") || path.length() > LONGEST_PATH || path.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("must be a directory with its whole path, as in file:/srv/images");
            }
            return new ImageBucket(
                    LaunchConfigStore.DIRECTORY_SCHEME + Path.of(path).normalize(), "");
        }
        var words = text.replaceFirst("^s3://", "").split("/", 2);
        var prefix = words.length == 1 ? "" : words[1].replaceAll("^/+|/+$", "");
        if (!BUCKET.matcher(words[0]).matches()
                || !PREFIX.matcher(prefix).matches()
                || ("/" + prefix + "/").matches(".*/\\.{0,2}/.+")) {
            throw new IllegalArgumentException(
                    "must be the name of a bucket, perhaps with a prefix, or a directory: my-images, my-images/some/prefix or "
                            + "file:/srv/images");
        }
        return new ImageBucket(words[0], prefix);
    }

    /** Whether it is a directory of this machine. */
    public boolean isDirectory() {
        return name.startsWith(LaunchConfigStore.DIRECTORY_SCHEME);
    }

    /** The directory, if it is one. */
    public Path directory() {
        return Path.of(name.substring(LaunchConfigStore.DIRECTORY_SCHEME.length()));
    }

    /** As it can be read again. */
    @Override
    public String toString() {
        return prefix.isEmpty() ? name : name + "/" + prefix;
    }
}
