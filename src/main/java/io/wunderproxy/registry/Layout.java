package io.wunderproxy.registry;

/** Where the standard registry keeps what, below the root directory of its storage driver. */
public final class Layout {

    private static final String ROOT = "docker/registry/v2/";

    private Layout() {}

    /** The bytes of a blob, or of a manifest. */
    public static String data(Digest digest) {
        return ROOT + "blobs/sha256/" + digest.hex().substring(0, 2) + "/" + digest.hex() + "/data";
    }

    /** Says that a repository has this blob. */
    public static String blobLink(String repository, Digest digest) {
        return repository(repository) + "/_layers/sha256/" + digest.hex() + "/link";
    }

    /** Says that a repository has this manifest. */
    public static String revisionLink(String repository, Digest digest) {
        return repository(repository) + "/_manifests/revisions/sha256/" + digest.hex() + "/link";
    }

    /** The folder with a folder for each tag. */
    public static String tags(String repository) {
        return repository(repository) + "/_manifests/tags";
    }

    /** Says which manifest a tag names. */
    public static String tagLink(String repository, String tag) {
        return tags(repository) + "/" + tag + "/current/link";
    }

    /** Says that a tag names or has named this manifest. */
    public static String tagIndexLink(String repository, String tag, Digest digest) {
        return tags(repository) + "/" + tag + "/index/sha256/" + digest.hex() + "/link";
    }

    private static String repository(String name) {
        return ROOT + "repositories/" + name;
    }
}
