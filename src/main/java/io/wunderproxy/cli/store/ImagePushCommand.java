package io.wunderproxy.cli.store;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.ErrorMessages;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.container.DockerEngine;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.ImageBucket;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.registry.push.ImagePush;
import io.wunderproxy.registry.push.ImagePush.Name;
import io.wunderproxy.registry.push.ImagePush.Named;
import io.wunderproxy.store.StoreException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Writes an image into a bucket, so that hosts with an embedded registry can pull it. */
@Command(
        name = "push",
        exitCodeList = {ExitCodes.NOT_FOUND, ExitCodes.NOT_ALLOWED, ExitCodes.UNAVAILABLE, ExitCodes.INVALID},
        description = {
            "Write an image into a bucket, in the layout of the standard registry; print what to deploy.",
            "",
            "Agents with --registry embedded serve it from there, and so does a standard registry over this bucket. "
                    + "Blobs that are there already are not sent again; the tag is written last. Needs as much room "
                    + "in the directory for "
                    + "temporary files as the image takes (java.io.tmpdir)."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy image push shop:4f2c1d --image-bucket my-images",
            "  wunderproxy image push shop.tar --image-bucket my-images/some/prefix --repository shop --tag 4f2c1d",
            "  ssh build docker save shop:4f2c1d | wunderproxy image push /dev/stdin --image-bucket file:/srv/images",
            "  wunderproxy image push shop:4f2c1d --image-bucket my-images && wunderproxy deploy 4f2c1d"
        })
public final class ImagePushCommand implements Runnable {

    private static final Pattern OF_LOCALHOST = Pattern.compile("^(?:localhost|127\\.0\\.0\\.1):(\\d{1,5})/");
    private static final String USUAL_REGISTRY_PORT = "8080";

    @Parameters(
            paramLabel = "<image>",
            description =
                    "A tar archive from 'docker save' or in the OCI layout, perhaps compressed with gzip; - for standard "
                            + "input; or the name of an image that the Docker Engine has.")
    String source;

    @Option(
            names = "--image-bucket",
            paramLabel = "<bucket[/prefix]>",
            description =
                    "Where to: an S3 bucket, perhaps with a prefix, or file:/some/dir. Default: ImageBucket of the "
                            + "current launch configuration, if its store is given.")
    String imageBucket;

    @Option(
            names = "--repository",
            paramLabel = "<name>",
            description = "The repository, without the host of a registry. Default: that of the current launch "
                    + "configuration, if its store is given; else as the image is called.")
    String repository;

    @Option(names = "--tag", paramLabel = "<tag>", description = "Default: as the image is tagged.")
    String tag;

    @Option(names = "--force", description = "Send blobs even if they are there: for those that were damaged.")
    boolean force;

    @Mixin
    OptionalStoreOptions store;

    @Option(
            names = "--registry-port",
            paramLabel = "<port>",
            description =
                    "The agents' --registry-port, for what is printed. Default: that in the name of the image, if it "
                            + "is one of localhost, else 8080")
    Integer registryPort;

    @Mixin
    DockerOption docker;

    @Mixin
    OutputOptions output;

    @Override
    public void run() {
        if (repository != null && !ImagePush.isRepository(repository)) {
            throw misuse("--repository: must be a name like shop or team/shop");
        }
        if (tag != null && !ImagePush.isTag(tag)) {
            throw misuse("--tag: must be at most 128 letters, digits, '_', '.' or '-'");
        }
        try {
            var current = current();
            var to = to(current);
            var directory = Files.createTempDirectory("wunderproxy-push");
            try {
                var archive = archive(directory);
                var push = new ImagePush(to, directory, force, this::tell);
                print(push.push(archive, own -> name(own, current)), to);
            } finally {
                delete(directory);
            }
        } catch (ImagePush.InvalidArchiveException e) {
            throw new CommandFailure(Exit.INVALID, "cannot push " + source + ": " + e.getMessage());
        } catch (StoreException e) {
            throw new CommandFailure(Exit.of(e), e.getMessage());
        } catch (IOException e) {
            throw new CommandFailure("cannot push " + source + ": " + ErrorMessages.words(e));
        }
    }

    private ParameterException misuse(String message) {
        return new ParameterException(output.spec.commandLine(), message);
    }

    /** The current launch configuration, where there is one. */
    private Optional<LaunchConfig> current() throws StoreException {
        var configs = store.open();
        if (configs.isEmpty() || repository != null && imageBucket != null) {
            return Optional.empty();
        }
        try {
            var content = configs.get().current();
            return content.isEmpty()
                    ? Optional.empty()
                    : Optional.of(LaunchConfig.parse(ConfigHash.md5(content.get()), content.get()));
        } catch (InvalidLaunchConfigException e) {
            output.note(configs.get().locateCurrent() + " is not looked at: " + e.getMessage());
            return Optional.empty();
        }
    }

    private ImageBucket to(Optional<LaunchConfig> current) {
        if (imageBucket == null) {
            return current.flatMap(LaunchConfig::imageBucket)
                    .orElseThrow(() -> misuse("where to? Give --image-bucket"));
        }
        try {
            return ImageBucket.parse(imageBucket);
        } catch (IllegalArgumentException e) {
            throw misuse("--image-bucket: " + e.getMessage());
        }
    }

    private Name name(Optional<Named> own, Optional<LaunchConfig> current) {
        // The image's name on the command line says more than the one in the archive.
        var called = isFile()
                ? own
                : Named.parse(source).filter(n -> n.tag().isPresent()).or(() -> own);
        var chosen = Optional.ofNullable(repository)
                .or(() -> current.flatMap(c -> Named.parse(c.image())).flatMap(Named::repository))
                .or(() -> called.flatMap(Named::repository))
                .orElseThrow(() -> misuse("the image has no name: give --repository"));
        return new Name(
                chosen,
                Optional.ofNullable(tag)
                        .or(() -> called.flatMap(Named::tag))
                        .orElseThrow(() -> misuse("the image has no tag: give --tag")));
    }

    private boolean isFile() {
        return source.startsWith("/")
                || source.startsWith("./")
                || source.contains(".tar")
                || Files.isRegularFile(Path.of(source));
    }

    /** The archive as an uncompressed file that can be read from any place in it. */
    private Path archive(Path directory) throws IOException {
        var copy = directory.resolve("image.tar");
        if (!isFile()) {
            save(copy);
            return copy;
        }
        var file = Path.of(source);
        if (!Files.exists(file)) {
            throw new CommandFailure(Exit.NOT_FOUND, "there is no file " + source);
        }
        try (var in = plain(Files.newInputStream(file))) {
            if (Files.isRegularFile(file) && !(in instanceof GZIPInputStream)) {
                return file;
            }
            tell("unpacking " + source);
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
            return copy;
        }
    }

    private static InputStream plain(InputStream in) throws IOException {
        var buffered = new BufferedInputStream(in, 128 * 1024);
        buffered.mark(2);
        var begin = buffered.readNBytes(2);
        buffered.reset();
        var isGzip = begin.length == 2 && begin[0] == 0x1f && begin[1] == (byte) 0x8b;
        return isGzip ? new GZIPInputStream(buffered, 128 * 1024) : buffered;
    }

    private void save(Path to) {
        tell("saving " + source + " from Docker");
        try {
            DockerEngine.at(docker.host()).save(source, to);
        } catch (EngineException e) {
            throw new CommandFailure(
                    switch (e.kind()) {
                        case NO_IMAGE -> Exit.NOT_FOUND;
                        case UNAVAILABLE -> Exit.UNAVAILABLE;
                        default -> Exit.FAILED;
                    },
                    e.getMessage() + (e.kind() == EngineException.Kind.NO_IMAGE ? "; nor is there such a file" : ""));
        }
    }

    private void tell(String what) {
        if (!output.json) {
            output.note(what);
        }
    }

    private void print(ImagePush.Pushed pushed, ImageBucket to) {
        var name = pushed.name();
        var image = "localhost:" + registryPort() + "/" + name.repository() + ":" + name.tag();
        if (output.json) {
            output.print(JsonNodeFactory.instance
                    .objectNode()
                    .put("Image", image)
                    .put("Repository", name.repository())
                    .put("Tag", name.tag())
                    .put("Digest", pushed.digest())
                    .put("ImageBucket", to.toString())
                    .put("BlobsSent", pushed.blobsSent())
                    .put("BlobsThere", pushed.blobsThere())
                    .put("BytesSent", pushed.bytesSent()));
            return;
        }
        tell(String.format(
                Locale.ROOT,
                "%s is in %s: %d blobs sent (%.1f MB), %d were there already; deploy it as",
                pushed.digest(),
                to,
                pushed.blobsSent(),
                pushed.bytesSent() / 1e6,
                pushed.blobsThere()));
        output.out().println(image);
        output.out().flush();
    }

    private String registryPort() {
        if (registryPort != null) {
            return registryPort.toString();
        }
        var named = OF_LOCALHOST.matcher(source);
        return named.find() ? named.group(1) : USUAL_REGISTRY_PORT;
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
