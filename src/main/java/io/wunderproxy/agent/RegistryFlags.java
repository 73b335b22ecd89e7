package io.wunderproxy.agent;

import io.wunderproxy.cli.SizeConverter;
import io.wunderproxy.launchconfig.ImageBucket;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of {@code run} that say where images come from; they become the settings of {@link RegistryConfig}. */
class RegistryFlags {

    /** Who serves images on the registry's port. */
    enum Kind {
        EXTERNAL,
        EMBEDDED
    }

    @Option(
            names = "--registry",
            paramLabel = "<external|embedded>",
            defaultValue = "external",
            description = "Who serves images on --registry-port: somebody else, or this agent, from a bucket. "
                    + "Default: ${DEFAULT-VALUE}")
    Kind kind;

    @Option(
            names = "--image-bucket",
            paramLabel = "<bucket[/prefix]>",
            description = "Where an embedded registry finds images that no ImageBucket of a launch configuration names "
                    + "another place for: an S3 bucket, perhaps with a prefix, or file:/some/dir.")
    String imageBucket;

    @Option(
            names = "--image-cache",
            paramLabel = "<size>",
            defaultValue = "5g",
            converter = SizeConverter.class,
            description = "How much of them an embedded registry keeps in the state directory; 0 for nothing. "
                    + "Default: ${DEFAULT-VALUE}")
    long imageCache;

    @Option(
            names = "--image-redirect",
            description =
                    "Send Docker to the bucket for layers, with addresses that are signed for 20 minutes, instead of "
                            + "passing them on. Docker must reach the bucket by itself then.")
    boolean imageRedirect;

    /** What is wrong with them, for a person. */
    Optional<String> problem() {
        if (imageBucket == null) {
            return Optional.empty();
        }
        if (kind != Kind.EMBEDDED) {
            return Optional.of("--image-bucket: is for --registry embedded");
        }
        try {
            ImageBucket.parse(imageBucket);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of("--image-bucket: " + e.getMessage());
        }
    }

    void put(Map<String, String> settings) {
        settings.put("agent.registry.embedded", Boolean.toString(kind == Kind.EMBEDDED));
        if (imageBucket != null) {
            settings.put("agent.registry.image-bucket", imageBucket);
        }
        settings.put("agent.registry.cache-bytes", Long.toString(imageCache));
        settings.put("agent.registry.redirect", Boolean.toString(imageRedirect));
    }
}
