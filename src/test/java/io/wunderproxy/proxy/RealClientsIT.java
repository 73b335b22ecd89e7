package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that other people wrote, with requests that are harder than a GET, against the proxy alone. */
class RealClientsIT {
    private static final String ENGINE = "/var/run/docker.sock";

    private record Ran(int exitCode, String output) {}

    /** Runs a program to its end. */
    private static Ran run(String input, List<String> words) throws Exception {
        var process = new ProcessBuilder(words).redirectErrorStream(true).start();
        Thread.ofVirtual().start(() -> {
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException ended) {
                // It did not want all of it.
            }
        });
        var killed = new Thread(() -> {
            try {
                if (!process.waitFor(60, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException over) {
                process.destroyForcibly();
            }
        });
        killed.start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ran(process.waitFor(), output);
    }

    private static String lengthAndEnd(Message request) {
        var body = request.body();
        return ok(body.length() + " " + body.substring(Math.max(0, body.length() - 5)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--http2 -d @-",
                "--http2 -H Transfer-Encoding:chunked --data-binary @-",
                "--http2 -T -",
                "--http2-prior-knowledge -d @-",
                "--http2-prior-knowledge -T -",
                "--http1.1 -T -",
                "--http1.0 -d @-",
            })
    void curl_sends_a_body(String options) throws Exception {
        try (var backend = TestBackend.responding(RealClientsIT::lengthAndEnd);
                var proxy = TestProxy.before(backend)) {
            for (var length : new int[] {5, 1_000_000}) {
                var words = new ArrayList<>(List.of("curl", "-sS", "-m", "30"));
                words.addAll(List.of(options.split(" ")));
                words.add("http://127.0.0.1:" + proxy.port() + "/");
                assertThat(run("x".repeat(length - 5) + "hello", words)).isEqualTo(new Ran(0, length + " hello"));
            }
        }
    }

    @Test
    void the_jdks_client_sends_a_body() throws Exception {
        try (var backend = TestBackend.responding(RealClientsIT::lengthAndEnd);
                var proxy = TestProxy.before(backend)) {
            var url = URI.create("http://127.0.0.1:" + proxy.port() + "/");
            for (var length : new int[] {5, 1_000_000}) {
                var body = "x".repeat(length - 5) + "hello";
                for (var publisher : List.of(
                        BodyPublishers.ofString(body),
                        BodyPublishers.ofInputStream(
                                () -> new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8))))) {
                    // As it comes, it asks for HTTP/2 with the first request of a connection.
                    try (var client = HttpClient.newHttpClient()) {
                        for (var i = 0; i < 3; i++) {
                            var request = HttpRequest.newBuilder(url)
                                    .timeout(Duration.ofSeconds(30))
                                    .POST(publisher)
                                    .build();
                            assertThat(client.send(request, BodyHandlers.ofString())
                                            .body())
                                    .isEqualTo(length + " hello");
                        }
                    }
                }
            }
        }
    }

    /** What LWP sends. */
    @Test
    void perls_client_learns_that_its_connection_closes() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.headers("Connection") + ""));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nTE: deflate,gzip;q=0.3\r\nConnection: TE, close\r\nHost: a\r\n"
                    + "User-Agent: libwww-perl/6.68\r\n\r\n");
            var response = client.read();
            assertThat(response.body()).isEqualTo("[]");
            assertThat(response.headers("Connection")).containsExactly("close");
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    /** Carries what one connection says to the Docker Engine and back, each direction to its own end. */
    private static void toEngine(Wire connection) throws Exception {
        try (var engine = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            engine.connect(UnixDomainSocketAddress.of(ENGINE));
            var up = Thread.ofVirtual().start(() -> {
                try {
                    copy(connection.in, Channels.newOutputStream(engine));
                    engine.shutdownOutput();
                } catch (IOException gone) {
                    // The other direction ends too.
                }
            });
            copy(Channels.newInputStream(engine), connection.socket.getOutputStream());
            connection.socket.shutdownOutput();
            up.join();
        }
    }

    private static void copy(InputStream from, OutputStream to) throws IOException {
        var piece = new byte[16 * 1024];
        for (var count = from.read(piece); count >= 0; count = from.read(piece)) {
            to.write(piece, 0, count);
        }
    }

    /** An image with nothing in it but {@code cat}. */
    private static void makeImage(String name) throws Exception {
        var files = new ArrayList<>(List.of("tar", "-c", "--dereference", "--absolute-names", "/bin/cat"));
        var libraries = Pattern.compile("/\\S+")
                .matcher(run("", List.of("ldd", "/bin/cat")).output());
        while (libraries.find()) {
            files.add(libraries.group());
        }
        var made = ProcessBuilder.startPipeline(List.of(
                new ProcessBuilder(files),
                new ProcessBuilder("docker", "import", "-", name).redirectErrorStream(true)));
        made.getLast().getInputStream().readAllBytes();
        assertThat(made.getLast().waitFor()).isZero();
    }

    @Test
    void dockers_command_line_attaches_to_containers() throws Exception {
        var name = "wunderproxy-attach-" + UUID.randomUUID().toString().substring(0, 8);
        makeImage(name);
        try (var backend = TestBackend.running(RealClientsIT::toEngine);
                var proxy = TestProxy.before(backend)) {
            var docker = List.of("docker", "--host", "tcp://127.0.0.1:" + proxy.port());
            var hello = "hello\n".repeat(10_000);
            assertThat(run(hello, with(docker, "run", "--rm", "-i", name, "cat")))
                    .isEqualTo(new Ran(0, hello));
            assertThat(run("", with(docker, "run", "-d", "-i", "--name", name, name, "cat"))
                            .exitCode())
                    .isZero();
            assertThat(run(hello, with(docker, "exec", "-i", name, "cat"))).isEqualTo(new Ran(0, hello));
            assertThat(typedInTerminal(
                            with(docker, "run", "--rm", "-it", "--name", name + "-it", name, "cat"), name + "-it"))
                    .contains("typed\r\ntyped\r\n");
        } finally {
            run("", List.of("docker", "rm", "-f", name, name + "-it"));
            run("", List.of("docker", "rmi", "-f", name));
        }
    }

    /** What is on a terminal when a word was typed there, once by its echo and once by {@code cat}. */
    private static String typedInTerminal(List<String> command, String container) throws Exception {
        var process = new ProcessBuilder("script", "-qec", String.join(" ", command), "/dev/null")
                .redirectErrorStream(true)
                .start();
        var screen = new StringBuffer();
        var reader = Thread.ofVirtual().start(() -> {
            try (var output = process.inputReader()) {
                for (var c = output.read(); c >= 0; c = output.read()) {
                    screen.append((char) c);
                }
            } catch (IOException ended) {
                // The test sees what is there.
            }
        });
        try {
            // What is typed before is for the terminal of this side.
            await().until(() -> run("", List.of("docker", "inspect", "-f", "{{.State.Running}}", container))
                    .output()
                    .startsWith("true"));
            try (var keys = process.outputWriter()) {
                keys.write("typed\n");
                keys.flush();
                await().until(() -> screen.indexOf("typed") != screen.lastIndexOf("typed"));
                // The end of input, as a key.
                keys.write('\u0004');
                keys.flush();
                assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            }
            reader.join();
            return screen.toString();
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<String> with(List<String> words, String... more) {
        var all = new ArrayList<>(words);
        all.addAll(List.of(more));
        return all;
    }
}
