package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Images straight from a bucket or a directory: what Debian's docker-registry has written there is pulled from the agent by the
 * Docker Engine and by skopeo, and what the agent's command line writes there is pulled from both.
 */
class EmbeddedRegistryIT {
    @RegisterExtension
    static final Host HOST = Host.withS3Store();

    private static final String BUCKET = "images";
    private static final String OTHER_BUCKET = "other-images";
    private static final String ROOT = "some/prefix";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** A standard registry and an agent over the same images. */
    private record Pair(RegistryServer standard, Agent agent, int port, Path images, String bucket) {
        String standard(String tag) {
            return "localhost:" + standard.port() + "/" + HOST.app() + ":" + tag;
        }

        String embedded(String tag) {
            return "localhost:" + port + "/" + HOST.app() + ":" + tag;
        }

        URI uri(String path) {
            return URI.create("http://127.0.0.1:" + port + "/v2/" + HOST.app() + "/" + path);
        }

        Path data(String digest) {
            var hex = digest.substring("sha256:".length());
            return images.resolve("docker/registry/v2/blobs/sha256/" + hex.substring(0, 2) + "/" + hex + "/data");
        }
    }

    enum Kind {
        S3,
        DIRECTORY
    }

    private static Pair overS3;
    private static Pair overDirectory;

    @BeforeAll
    static void there_are_a_bucket_and_a_directory() {
        var s3 = HOST.s3();
        overS3 = new Pair(
                HOST.closeLater(RegistryServer.overS3(Ports.free(), folder("standard-s3"), s3, BUCKET, ROOT)),
                agent(HOST.registryPort(), BUCKET + "/" + ROOT, "state", Map.of()),
                HOST.registryPort(),
                s3.bucket(BUCKET).resolve(ROOT),
                BUCKET + "/" + ROOT);
        var directory = folder("standard-directory");
        var images = directory.resolve("registry");
        var port = Ports.free();
        overDirectory = new Pair(
                HOST.closeLater(new RegistryServer(Ports.free(), directory)),
                agent(port, "file:" + images, "state-directory", Map.of()),
                port,
                images,
                "file:" + images);
        overDirectory.images().toFile().mkdirs();
    }

    private static Agent agent(int port, String bucket, String state, Map<String, String> environment) {
        return HOST.agent(
                        environment,
                        "--registry",
                        "embedded",
                        "--image-bucket",
                        bucket,
                        "--registry-port",
                        String.valueOf(port),
                        "--state-dir",
                        HOST.directory().resolve(state).toString())
                .start()
                .awaitUp();
    }

    private static Pair pair(Kind kind) {
        return kind == Kind.S3 ? overS3 : overDirectory;
    }

    // ---- what the standard registry has written ----

    @ParameterizedTest
    @EnumSource
    void what_docker_pushed_to_the_standard_registry_is_pulled_from_the_agent(Kind kind) throws Exception {
        var pair = pair(kind);
        var tag = "pulled-" + kind.name().toLowerCase(Locale.ROOT);
        var digest = pushToStandard(pair, tag);

        Command.run("docker", "pull", pair.embedded(tag));
        var copy = HOST.directory().resolve("copy-" + kind);
        Command.run("skopeo", "copy", "--src-tls-verify=false", "docker://" + pair.embedded(tag), "dir:" + copy);

        assertThat(Command.run("docker", "inspect", "--format", "{{.RepoDigests}}", pair.embedded(tag)))
                .contains(digest);
        assertThat(Command.run(
                        "skopeo",
                        "manifest-digest",
                        copy.resolve("manifest.json").toString()))
                .isEqualTo(digest);
        var head = call(pair, "HEAD", "manifests/" + tag);
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Docker-Content-Digest")).contains(digest);
        assertThat(head.headers().firstValue("Content-Type"))
                .contains("application/vnd.docker.distribution.manifest.v2+json");
        var byDigest = get(pair, "manifests/" + digest);
        assertThat(byDigest.body()).isEqualTo(get(pair, "manifests/" + tag).body());
        assertThat(Response.JSON.readTree(get(pair, "tags/list").body()).path("tags"))
                .anyMatch(name -> name.asText().equals(tag));
        var page = get(pair, "tags/list?n=1&last=" + tag.substring(0, tag.length() - 1));
        assertThat(Response.JSON.readTree(page.body()).path("tags"))
                .singleElement()
                .satisfies(name -> assertThat(name.asText()).isEqualTo(tag));
    }

    @Test
    void an_application_is_deployed_from_the_bucket_that_its_configuration_names() {
        var other = HOST.closeLater(
                RegistryServer.overS3(Ports.free(), folder("standard-other"), HOST.s3(), OTHER_BUCKET, "x"));
        var revision = HOST.revision("elsewhere")
                .with(json -> json.put("ImageBucket", OTHER_BUCKET + "/x"))
                .withoutImage()
                .publish();
        var name = "localhost:" + other.port() + "/" + revision.image().split("/", 2)[1];
        HOST.engine().buildImage(name);
        HOST.engine().push(name);
        HOST.engine().removeImage(name);

        overS3.agent().deploy(revision);

        assertThat(overS3.agent().get("/revision").body()).isEqualTo(revision.revision());
        assertThat(new CommandLine(HOST, overS3.agent()).run("status").out())
                .contains("embedded on port " + overS3.port() + " from " + overS3.bucket() + ": Ok");
    }

    @Test
    void parts_of_a_blob_are_served_as_http_has_it() throws Exception {
        var layer = layer(pushToStandard(overS3, "ranges"));
        var path = "blobs/" + layer.path("digest").asText();
        var size = layer.path("size").asLong();
        var whole = Files.readAllBytes(overS3.data(layer.path("digest").asText()));

        var middle = get(overS3, path, "Range", "bytes=100-199");
        assertThat(middle.statusCode()).isEqualTo(206);
        assertThat(middle.headers().firstValue("Content-Range")).contains("bytes 100-199/" + size);
        assertThat(middle.body()).isEqualTo(Arrays.copyOfRange(whole, 100, 200));
        assertThat(get(overS3, path, "Range", "bytes=-3").body())
                .isEqualTo(Arrays.copyOfRange(whole, whole.length - 3, whole.length));
        var beyond = get(overS3, path, "Range", "bytes=" + size + "-");
        assertThat(beyond.statusCode()).isEqualTo(416);
        assertThat(beyond.headers().firstValue("Content-Range")).contains("bytes */" + size);
        var tag = middle.headers().firstValue("ETag").orElseThrow();
        assertThat(get(overS3, path, "Range", "bytes=0-0", "If-Range", tag).statusCode())
                .isEqualTo(206);
        assertThat(get(overS3, path, "Range", "bytes=0-0", "If-Range", "\"another\"")
                        .body())
                .isEqualTo(whole);
        assertThat(get(overS3, path, "If-None-Match", tag).statusCode()).isEqualTo(304);
    }

    @Test
    void nothing_is_written_through_the_agent_and_bad_names_are_refused() throws Exception {
        HOST.engine().buildImage(overS3.embedded("refused"));

        var push = Command.of("docker", "push", overS3.embedded("refused"));

        assertThat(push.exitCode()).isNotZero();
        assertThat(push.output()).contains("read-only").contains("wunderproxy image push");
        for (var path : new String[] {
            "/v2/..%2f..%2fetc/manifests/x", "/v2/../../etc/manifests/x", "/v2/UPPER/tags/list", "/v2/a//b/tags/list"
        }) {
            assertThat(Command.run("curl", "-s", "--path-as-is", "http://127.0.0.1:" + overS3.port() + path))
                    .contains("NAME_INVALID");
        }
        assertThat(get(overS3, "blobs/sha256:../../../x").statusCode()).isIn(400, 404);
    }

    @Test
    void a_blob_that_was_altered_is_not_passed_on_and_not_kept() throws Exception {
        var digest = layer(pushToStandard(overS3, "altered")).path("digest").asText();
        var data = overS3.data(digest);
        var bytes = Files.readAllBytes(data);
        bytes[bytes.length / 2] ^= 1;
        Files.write(data, bytes);

        var response = Command.of(
                "curl", "-sS", "-o", "/dev/null", overS3.uri("blobs/" + digest).toString());

        assertThat(response.exitCode()).as(response.output()).isEqualTo(18);
        assertThat(overS3.agent().log()).contains(digest + " has the digest");
        assertThat(kept("state")).doesNotContainKey(digest.substring("sha256:".length()));
    }

    @Test
    void no_more_is_kept_than_may_be_and_what_is_kept_is_served_after_a_restart() throws Exception {
        var one = layer(pushToStandard(overS3, "cache-1"));
        var two = layer(pushToStandard(overS3, "cache-2"));
        var port = Ports.free();
        var agent = agent(port, overS3.bucket(), "state-small", Map.of("WUNDERPROXY_IMAGE_CACHE", "1800k"));
        var small = new Pair(overS3.standard(), agent, port, overS3.images(), overS3.bucket());

        for (var layer : new JsonNode[] {one, two}) {
            var digest = layer.path("digest").asText();
            assertThat(get(small, "blobs/" + digest).body())
                    .hasSize(layer.path("size").asInt());
            await().untilAsserted(() ->
                    assertThat(kept("state-small")).containsOnlyKeys(digest.substring("sha256:".length())));
        }
        Files.write(
                small.data(two.path("digest").asText()),
                new byte[two.path("size").asInt()]);
        agent.restart();

        assertThat(get(small, "blobs/" + two.path("digest").asText()).body())
                .hasSize(two.path("size").asInt());
    }

    @Test
    void clients_are_sent_to_the_bucket_if_that_is_wanted() throws Exception {
        var digest = layer(pushToStandard(overS3, "redirected")).path("digest").asText();
        var port = Ports.free();
        var agent = agent(port, overS3.bucket(), "state-redirect", Map.of("WUNDERPROXY_IMAGE_REDIRECT", "true"));
        var redirecting = new Pair(overS3.standard(), agent, port, overS3.images(), overS3.bucket());

        var response = get(redirecting, "blobs/" + digest);
        Command.run("docker", "pull", redirecting.embedded("redirected"));

        assertThat(response.statusCode()).isEqualTo(307);
        assertThat(response.headers().firstValue("Location").orElseThrow())
                .startsWith("http://127.0.0.1:" + HOST.s3().port())
                .contains("X-Amz-Signature=");
        assertThat(kept("state-redirect")).isEmpty();
    }

    @Test
    void docker_says_why_it_cannot_pull_while_the_store_is_gone() throws Exception {
        pushToStandard(overS3, "gone");
        HOST.s3().stop();
        try {
            var pull = Command.of("docker", "pull", overS3.embedded("gone"));
            var doctor = new CommandLine(HOST, overS3.agent()).run("doctor --registry-port " + overS3.port());

            assertThat(pull.exitCode()).isNotZero();
            assertThat(pull.output()).contains("503").contains("the store of the images can't be used now");
            assertThat(doctor.out())
                    .contains("wrong    images: cannot read s3://" + BUCKET)
                    .contains("registry: responds on port " + overS3.port());
        } finally {
            HOST.s3().start(S3Server.SECRET_KEY);
        }
        Command.run("docker", "pull", overS3.embedded("gone"));
    }

    @Test
    void a_port_that_is_taken_is_named() throws Exception {
        try (var other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var port = String.valueOf(other.getLocalPort());
            var agent = HOST.agent(
                            Map.of(),
                            "--registry",
                            "embedded",
                            "--registry-port",
                            port,
                            "--state-dir",
                            HOST.directory().resolve("state-port").toString())
                    .start();

            assertThat(agent.process().awaitExit(LONG)).isEqualTo(1);
            assertThat(agent.log()).contains("cannot listen on 127.0.0.1:" + port + " for the embedded registry");
        }
    }

    // ---- what the command line writes ----

    @ParameterizedTest
    @EnumSource
    void an_image_of_the_engine_is_pushed_and_pulled_from_the_agent_and_from_the_standard_registry(Kind kind)
            throws Exception {
        var pair = pair(kind);
        var tag = "written-" + kind.name().toLowerCase(Locale.ROOT);
        var local = HOST.app() + "/local:" + tag;
        HOST.engine().buildImage(local, archive(tag));
        var id = id(local);
        var shell = new CommandLine(HOST, pair.agent());

        var words = shell.run(
                        "image push --image-bucket " + pair.bucket() + " --registry-port " + pair.port()
                                + " --repository " + HOST.app(),
                        local)
                .orFail();
        var again = shell.run(
                        "image push --json --image-bucket " + pair.bucket() + " --repository " + HOST.app(), local)
                .orFail()
                .json();
        HOST.engine().removeImage(local);

        assertThat(words.out().strip()).isEqualTo(pair.embedded(tag));
        assertThat(words.err()).contains("layer 1 of 1: sending").contains("3 blobs sent");
        assertThat(again.path("BlobsSent").asInt()).isZero();
        assertThat(again.path("BlobsThere").asInt()).isEqualTo(3);
        for (var name : new String[] {pair.embedded(tag), pair.standard(tag)}) {
            Command.run("docker", "pull", name);
            assertThat(id(name)).isEqualTo(id);
            Command.run("docker", "rmi", name);
        }
    }

    @Test
    void archives_are_pushed_as_docker_and_as_oci_tools_write_them() throws Exception {
        var local = HOST.app() + "/local:archive";
        HOST.engine().buildImage(local, archive("archive"));
        var id = id(local);
        var saved = HOST.directory().resolve("saved.tar");
        var oci = HOST.directory().resolve("oci.tar");
        Command.run("docker", "save", "--output", saved.toString(), local);
        Command.run("skopeo", "copy", "docker-archive:" + saved, "oci-archive:" + oci + ":archive-oci");
        Command.run("gzip", "--keep", saved.toString());
        HOST.engine().removeImage(local);
        var shell = new CommandLine(HOST, overS3.agent());
        var push = "image push --json --image-bucket " + overS3.bucket() + " --repository " + HOST.app();

        var compressed = shell.run(push, saved + ".gz").orFail().json();
        var layout = shell.run(push, oci.toString()).orFail().json();
        var broken = HOST.directory().resolve("broken.tar");
        Files.write(broken, Arrays.copyOf(Files.readAllBytes(saved), 100_000));
        var refused = shell.run(push, broken.toString());

        for (var pushed : new JsonNode[] {compressed, layout}) {
            var tag = pushed.path("Tag").asText();
            var configuration = manifest(pushed.path("Digest").asText()).at("/config/digest");
            for (var name : new String[] {overS3.embedded(tag), overS3.standard(tag)}) {
                Command.run("docker", "pull", name);
                assertThat(id(name)).isEqualTo(configuration.asText());
                Command.run("docker", "rmi", name);
            }
        }
        assertThat(manifest(compressed.path("Digest").asText())
                        .at("/config/digest")
                        .asText())
                .isEqualTo(id);
        assertThat(layout.path("Digest"))
                .as("the manifest is that of the archive")
                .isEqualTo(Response.JSON
                        .readTree(Command.run("tar", "-xOf", oci.toString(), "index.json"))
                        .at("/manifests/0/digest"));
        assertThat(compressed.path("Tag").asText()).isEqualTo("archive");
        assertThat(layout.path("Tag").asText()).isEqualTo("archive-oci");
        assertThat(call(overS3, "HEAD", "manifests/archive-oci").headers().firstValue("Content-Type"))
                .contains("application/vnd.oci.image.manifest.v1+json");
        assertThat(refused.exitCode()).isEqualTo(7);
        assertThat(shell.run(push, "no-such-image:x").exitCode()).isEqualTo(3);
        assertThat(shell.run(push, "no-such.tar").exitCode()).isEqualTo(3);
    }

    // ---- what the tests share ----

    private static Path folder(String name) {
        return new Directory(HOST.directory()).sub(name);
    }

    private static Path archive(String name) {
        return WebApp.largeArchive(folder("files-" + name), 1);
    }

    /** An image with a layer of its own of a bit more than 1 MiB; it is in the registry alone. Returns its digest. */
    private static String pushToStandard(Pair pair, String tag) {
        HOST.engine().buildImage(pair.standard(tag), archive(tag));
        HOST.engine().push(pair.standard(tag));
        HOST.engine().removeImage(pair.standard(tag));
        return Command.run(
                "skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", "docker://" + pair.standard(tag));
    }

    /** The first layer of an image in the bucket. */
    private static JsonNode layer(String manifest) throws IOException {
        return manifest(manifest).path("layers").path(0);
    }

    /** A manifest in the bucket. */
    private static JsonNode manifest(String digest) throws IOException {
        return Response.JSON.readTree(overS3.data(digest).toFile());
    }

    private static String id(String image) {
        return Command.run("docker", "inspect", "--format", "{{.Id}}", image);
    }

    /** The blobs that an agent keeps, with their sizes. */
    private static Map<String, Long> kept(String state) throws IOException {
        var kept = new TreeMap<String, Long>();
        try (var files = Files.list(HOST.directory().resolve(state).resolve("images"))) {
            for (var file : files.toList()) {
                kept.put(file.getFileName().toString(), Files.size(file));
            }
        }
        return kept;
    }

    private static HttpResponse<byte[]> get(Pair pair, String path, String... headers) throws Exception {
        return call(pair, "GET", path, headers);
    }

    private static HttpResponse<byte[]> call(Pair pair, String method, String path, String... headers)
            throws Exception {
        var request = HttpRequest.newBuilder(pair.uri(path)).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), BodyHandlers.ofByteArray());
    }
}
