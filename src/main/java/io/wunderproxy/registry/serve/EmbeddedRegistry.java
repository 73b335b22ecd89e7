package io.wunderproxy.registry.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.wunderproxy.launchconfig.ImageBucket;
import io.wunderproxy.launchconfig.ImageBuckets;
import io.wunderproxy.registry.Digest;
import io.wunderproxy.registry.Names;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * The OCI distribution API, read-only, over buckets in the layout of the standard registry. It listens on 127.0.0.1 alone, asks
 * for no credentials, and believes no store: what it passes on has the digest that it is named by.
 */
public final class EmbeddedRegistry implements Registry {

    private static final Logger LOG = Logger.getLogger(EmbeddedRegistry.class);

    private static final String HOST = "127.0.0.1";
    private static final String VERSION_HEADER = "Docker-Distribution-Api-Version";
    private static final String VERSION = "registry/2.0";
    private static final String JSON = "application/json; charset=utf-8";
    private static final int CHUNK = 128 * 1024;

    /** How long a client may take to read on, or to ask again. */
    private static final Duration IDLE = Duration.ofMinutes(30);

    private static final Duration STARTING = Duration.ofSeconds(10);
    private static final int MOST_TAGS = 10_000;

    private final Vertx vertx;
    private final RegistryOptions options;
    private final ImageBuckets buckets;
    private final Images images;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final boolean shared;
    private HttpServer server;

    /** @param shared whether another process listens at the port, and lets this one do so too */
    public EmbeddedRegistry(Vertx vertx, RegistryOptions options, ImageBuckets buckets, Clock clock, boolean shared) {
        this.shared = shared;
        this.vertx = vertx;
        this.options = options;
        this.buckets = buckets;
        this.images = new Images(buckets, BlobCache.open(options.cacheDirectory(), options.cacheBytes(), clock));
    }

    /**
     * Listens, and looks whether the bucket can be read, which the log and {@link #describe} say.
     *
     * @throws IOException if it can't listen; the message says why and what to do
     */
    @Override
    public void start() throws IOException {
        server = vertx.createHttpServer(new HttpServerOptions()
                        .setReusePort(shared)
                        .setHttp2ClearTextEnabled(false)
                        .setIdleTimeout((int) IDLE.toSeconds()))
                .requestHandler(request -> threads.execute(() -> respond(request)));
        try {
            server.listen(options.port(), HOST)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(STARTING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            var port = options.port();
            throw new IOException(
                    "cannot listen on " + HOST + ":" + port + " for the embedded registry (--registry-port): "
                            + (e.getCause() == null ? e : e.getCause()).getMessage()
                            + "; is another registry there? 'ss -ltnp sport = :" + port
                            + "' shows it; stop it, or keep it and leave out --registry embedded and --image-bucket",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        threads.execute(() -> {
            images.check();
            images.problem().ifPresent(problem -> LOG.warnf("images can't be pulled now: %s", problem));
        });
        LOG.infof(
                "registry listening on %s:%d for images in %s",
                HOST,
                server.actualPort(),
                buckets.usual().map(ImageBucket::toString).orElse("the buckets that launch configurations name"));
    }

    /** The port that it listens on. */
    int port() {
        return server.actualPort();
    }

    @Override
    public Description describe() {
        return new Description(
                "embedded",
                options.port(),
                images.problem().orElse(OK),
                buckets.usual().map(ImageBucket::toString));
    }

    /** Nobody reads the response any more. */
    private static final class ClientGoneException extends IOException {
        ClientGoneException(Throwable cause) {
            super(cause);
        }
    }

    private void respond(HttpServerRequest request) {
        var response = request.response();
        try {
            try {
                route(request, response.putHeader(VERSION_HEADER, VERSION));
            } catch (RegistryError e) {
                refuse(request, response, e);
            } catch (VerifyingStream.MismatchException e) {
                refuse(request, response, RegistryError.damaged(e.getMessage()));
            } catch (ClientGoneException e) {
                throw e;
            } catch (IOException e) {
                refuse(request, response, RegistryError.unavailable(e.getMessage()));
            }
        } catch (ClientGoneException e) {
            // Docker opens a blob and closes it again when it has seen how large it is.
            LOG.debugf("%s %s was given up by the client", request.method(), request.path());
            response.reset();
        } catch (IOException | RuntimeException e) {
            if (!response.closed()) {
                LOG.warnf("%s %s was broken off: %s", request.method(), request.path(), e.getMessage());
                response.reset();
            }
        }
    }

    /** @throws IOException if the response has begun already */
    private static void refuse(HttpServerRequest request, HttpServerResponse response, RegistryError e)
            throws IOException {
        if (response.headWritten() || response.closed()) {
            throw new IOException(e.getMessage(), e);
        }
        if (e.status() >= 500) {
            LOG.warnf("%s %s: %s", request.method(), request.path(), e.getMessage());
            // Docker does not read the body of such a response, but shows its first line.
            response.setStatusMessage(e.statusMessage());
        }
        response.headers().clear();
        if (e.status() == 405) {
            // What it wants to upload is not waited for.
            response.putHeader("Allow", "GET, HEAD").putHeader("Connection", "close");
        }
        send(request, response.setStatusCode(e.status()).putHeader(VERSION_HEADER, VERSION), e.toJson());
    }

    private void route(HttpServerRequest request, HttpServerResponse response) throws RegistryError, IOException {
        if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
            throw RegistryError.readOnly();
        }
        // The path as it was sent: but for the colon, what names allow is never encoded.
        var path = request.path().replace("%3A", ":").replace("%3a", ":");
        if (path.equals("/v2/") || path.equals("/v2")) {
            send(request, response, "{}");
            return;
        }
        var last = path.lastIndexOf('/');
        var kind = path.lastIndexOf('/', last - 1);
        if (!path.startsWith("/v2/") || kind < "/v2/".length()) {
            throw RegistryError.notFound();
        }
        var repository = path.substring("/v2/".length(), kind);
        var reference = path.substring(last + 1);
        switch (path.substring(kind, last)) {
            case "/manifests" -> manifest(request, response, named(repository), reference);
            case "/blobs" -> blob(request, response, named(repository), reference);
            case "/tags" -> tags(request, response, named(repository), reference);
            default -> throw RegistryError.notFound();
        }
    }

    private static String named(String repository) throws RegistryError {
        if (!Names.isRepository(repository)) {
            throw RegistryError.nameInvalid();
        }
        return repository;
    }

    private void manifest(HttpServerRequest request, HttpServerResponse response, String repository, String reference)
            throws RegistryError, IOException {
        var manifest = images.manifest(repository, reference);
        response.putHeader("Docker-Content-Digest", manifest.digest().toString())
                .putHeader("ETag", tag(manifest.digest()));
        if (isKnown(request, manifest.digest())) {
            await(response.setStatusCode(304).end());
            return;
        }
        response.putHeader("Content-Type", manifest.mediaType());
        send(request, response, Buffer.buffer(manifest.content()));
    }

    private void blob(HttpServerRequest request, HttpServerResponse response, String repository, String reference)
            throws RegistryError, IOException {
        var digest = Digest.parse(reference).orElseThrow(RegistryError::digestInvalid);
        var blob = images.blob(repository, digest);
        response.putHeader("Docker-Content-Digest", digest.toString())
                .putHeader("ETag", tag(digest))
                .putHeader("Cache-Control", "max-age=31536000")
                .putHeader("Accept-Ranges", "bytes");
        if (isKnown(request, digest)) {
            await(response.setStatusCode(304).end());
            return;
        }
        var address =
                options.redirect() && request.method() == HttpMethod.GET ? images.address(blob) : Optional.<URI>empty();
        if (address.isPresent()) {
            await(response.setStatusCode(307)
                    .putHeader("Location", address.get().toString())
                    .end());
            return;
        }
        var part = Optional.<ByteRange>empty();
        try {
            part = range(request, blob);
        } catch (ByteRange.Unsatisfiable e) {
            await(response.setStatusCode(416)
                    .putHeader("Content-Range", "bytes */" + blob.size())
                    .end());
            return;
        }
        part.ifPresent(range -> response.setStatusCode(206).putHeader("Content-Range", range.of(blob.size())));
        var range = part.orElse(new ByteRange(0, blob.size()));
        response.putHeader("Content-Type", "application/octet-stream")
                .putHeader("Content-Length", Long.toString(range.length()));
        if (request.method() == HttpMethod.HEAD) {
            await(response.end());
        } else {
            pass(blob, range, response);
        }
    }

    private static Optional<ByteRange> range(HttpServerRequest request, Images.Blob blob)
            throws ByteRange.Unsatisfiable {
        var range = request.getHeader("Range");
        var condition = request.getHeader("If-Range");
        return range == null || condition != null && !condition.equals(tag(blob.digest()))
                ? Optional.empty()
                : ByteRange.parse(range, blob.size());
    }

    /** The whole blob is read even for a part of it, and the last bytes wait until its digest is known to be right. */
    private void pass(Images.Blob blob, ByteRange range, HttpServerResponse response) throws IOException {
        try (var content = images.open(blob)) {
            content.skipNBytes(range.from());
            var left = range.length();
            if (left == 0) {
                // There is nothing to hold back; that it is empty may be the damage.
                content.transferTo(OutputStream.nullOutputStream());
            }
            while (left > 0) {
                var chunk = content.readNBytes((int) Math.min(CHUNK, left));
                left -= chunk.length;
                if (left == 0) {
                    content.transferTo(OutputStream.nullOutputStream());
                }
                await(response.write(Buffer.buffer(chunk)));
            }
            await(response.end());
        } catch (VerifyingStream.MismatchException e) {
            images.forget(blob);
            throw e;
        }
    }

    private void tags(HttpServerRequest request, HttpServerResponse response, String repository, String what)
            throws RegistryError, IOException {
        if (!what.equals("list")) {
            throw RegistryError.notFound();
        }
        var most = most(request.getParam("n"));
        var after = Optional.ofNullable(request.getParam("last")).orElse("");
        Collection<String> all = images.tags(repository).tailSet(after, false);
        var page = all.stream().limit(most).toList();
        if (page.size() < all.size() && !page.isEmpty()) {
            response.putHeader(
                    "Link",
                    "</v2/" + repository + "/tags/list?n=" + most + "&last="
                            + URLEncoder.encode(page.getLast(), StandardCharsets.UTF_8) + ">; rel=\"next\"");
        }
        var list = JsonNodeFactory.instance.objectNode().put("name", repository);
        var names = list.putArray("tags");
        page.forEach(names::add);
        send(request, response, list.toString());
    }

    private static int most(String number) throws RegistryError {
        if (number == null) {
            return MOST_TAGS;
        }
        if (!number.matches("\\d{1,9}")) {
            throw RegistryError.numberInvalid();
        }
        return Math.min(MOST_TAGS, Integer.parseInt(number));
    }

    private static String tag(Digest digest) {
        return "\"" + digest + "\"";
    }

    private static boolean isKnown(HttpServerRequest request, Digest digest) {
        var known = request.getHeader("If-None-Match");
        return known != null && (known.equals("*") || known.contains(tag(digest)));
    }

    private static void send(HttpServerRequest request, HttpServerResponse response, String json) throws IOException {
        send(request, response.putHeader("Content-Type", JSON), Buffer.buffer(json));
    }

    private static void send(HttpServerRequest request, HttpServerResponse response, Buffer content)
            throws IOException {
        response.putHeader("Content-Length", Integer.toString(content.length()));
        await(request.method() == HttpMethod.HEAD ? response.end() : response.end(content));
    }

    /** Waits until it is on its way: what the client does not read yet is not read from the store. */
    private static void await(Future<Void> written) throws IOException {
        try {
            written.toCompletionStage().toCompletableFuture().get(IDLE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new ClientGoneException(e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("the client has stopped reading", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
        threads.shutdownNow();
    }
}
