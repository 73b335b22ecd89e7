package io.wunderproxy.launchconfig;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * In which bucket an embedded registry looks for which image: the one that the launch of this image named, else the agent's.
 * From any thread.
 */
public final class ImageBuckets {

    /** How many launches of one repository are remembered. */
    private static final int REMEMBERED = 32;

    private final boolean served;
    private final Optional<ImageBucket> usual;

    /** By repository, the buckets by tag or digest, the latest launch last. */
    private final Map<String, LinkedHashMap<String, Optional<ImageBucket>>> launched = new HashMap<>();

    private ImageBuckets(boolean served, Optional<ImageBucket> usual) {
        this.served = served;
        this.usual = usual;
    }

    /** @param usual where images are that no launch has named another bucket for */
    public static ImageBuckets served(Optional<ImageBucket> usual) {
        return new ImageBuckets(true, usual);
    }

    /** There is no embedded registry: nobody looks into a bucket. */
    public static ImageBuckets notServed() {
        return new ImageBuckets(false, Optional.empty());
    }

    /** Whether there is an embedded registry that looks into them. */
    public boolean areServed() {
        return served;
    }

    /** The bucket that the agent was given. */
    public Optional<ImageBucket> usual() {
        return usual;
    }

    /** From now on the image of this configuration is looked for where the configuration says. */
    public synchronized void launch(LaunchConfig config) {
        var image = config.image().substring(config.image().indexOf('/') + 1);
        var at = image.indexOf('@');
        var colon = image.lastIndexOf(':', at < 0 ? image.length() : at);
        var repository = image.substring(0, colon < 0 ? at : colon);
        var reference = image.substring((at < 0 ? colon : at) + 1);
        var references = launched.computeIfAbsent(repository, key -> new LinkedHashMap<>());
        references.remove(reference);
        references.put(reference, config.imageBucket());
        if (references.size() > REMEMBERED) {
            references.remove(references.firstEntry().getKey());
        }
    }

    /** Where to look for what a tag names: one bucket, or none. */
    public synchronized List<ImageBucket> ofTag(String repository, String tag) {
        var references = launched.getOrDefault(repository, new LinkedHashMap<>());
        var named = references.containsKey(tag)
                ? references.get(tag)
                : Optional.ofNullable(references.lastEntry())
                        .map(Map.Entry::getValue)
                        .orElse(Optional.empty());
        return named.or(() -> usual).stream().toList();
    }

    /** Where to look for what a digest names, in this order: it is the same wherever it is found. */
    public synchronized List<ImageBucket> ofDigest(String repository) {
        var named = new ArrayList<>(
                launched.getOrDefault(repository, new LinkedHashMap<>()).values());
        return Stream.concat(named.reversed().stream(), Stream.of(usual))
                .map(bucket -> bucket.or(() -> usual).orElse(null))
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }
}
