package io.wunderproxy.agent;

import io.wunderproxy.cli.SizeConverter;
import io.wunderproxy.launchconfig.ImageBucket;
import io.wunderproxy.options.OutOfBounds;
import io.wunderproxy.registry.serve.RegistryOptions;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of {@code run} that say where images come from. */
class RegistryFlags {

    /** Where an embedded registry keeps blobs, in the state directory. */
    private static final String IMAGES = "images";

    /** The server of images on the registry's port. */
    enum Kind {
        EXTERNAL,
        EMBEDDED
    }

    @Option(
            names = "--registry",
            paramLabel = "<external|embedded>",
            description = "Who serves images on --registry-port: somebody else, or this agent, from a bucket. "
                    + "Default: ${DEFAULT-VALUE}")
    Kind kind = Kind.EXTERNAL;

    @Option(
            names = "--image-bucket",
            paramLabel = "<bucket[/prefix]>",
            description = "Where an embedded registry finds images whose launch configuration has no ImageBucket: an "
                    + "S3 bucket, perhaps with a prefix, or file:/some/dir.")
    String imageBucket;

    @Option(
            names = "--image-cache",
            paramLabel = "<size>",
            converter = SizeConverter.class,
            description = "Size of an embedded registry's image cache in the state directory; 0: no cache. "
                    + "Default: ${DEFAULT-VALUE}")
    long cacheBytes = RegistryOptions.DEFAULT_CACHE_BYTES;

    @Option(
            names = "--image-redirect",
            description =
                    "Redirect Docker to the bucket for layers, with URLs that are signed for 20 minutes, instead of "
                            + "sending them itself. Docker must reach the bucket then.")
    boolean imageRedirect;

    /** The options of an embedded registry; empty if somebody else serves. */
    Optional<RegistryOptions> options(int port, Path stateDirectory) {
        return kind == Kind.EMBEDDED
                ? Optional.of(new RegistryOptions(port, stateDirectory.resolve(IMAGES), cacheBytes, imageRedirect))
                : Optional.empty();
    }

    /** Where an embedded registry finds images. */
    Optional<ImageBucket> bucket() {
        if (imageBucket == null) {
            return Optional.empty();
        }
        if (kind != Kind.EMBEDDED) {
            throw new OutOfBounds("imageBucket", "is for --registry embedded");
        }
        try {
            return Optional.of(ImageBucket.parse(imageBucket));
        } catch (IllegalArgumentException e) {
            throw new OutOfBounds("imageBucket", e.getMessage());
        }
    }
}
