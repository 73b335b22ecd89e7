package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.proxy.transport.ListenAddress;
import io.wunderproxy.proxy.transport.ProxyStartException;
import io.wunderproxy.testkit.Patience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the proxy starts and how it ends. */
@OnEveryLane
class ProxyServerTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    @Test
    void says_that_the_port_is_in_use() throws Exception {
        try (var other = new ServerSocket(0)) {
            assertThatThrownBy(() -> server("127.0.0.1:" + other.getLocalPort()).start())
                    .isInstanceOf(ProxyStartException.class)
                    .hasMessageContaining("127.0.0.1:" + other.getLocalPort())
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void responds_only_while_no_event_loop_is_stuck() throws Exception {
        var requested = new CountDownLatch(1);
        var switched = new CountDownLatch(1);
        var stuck = new CountDownLatch(1);
        var freed = new CountDownLatch(1);
        try (var blue = TestBackend.responding(request -> {
                    requested.countDown();
                    Patience.await(switched);
                    return ok("blue");
                });
                var green = TestBackend.responding(request -> ok("green"));
                var proxy = TestProxy.before(blue);
                var client = proxy.connect()) {
            assertThat(proxy.responds()).succeedsWithin(LONG);
            proxy.active.onClosed(backend -> {
                stuck.countDown();
                try {
                    Patience.await(freed); // On the event loop that has the end of the response.
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            client.get("/");
            Patience.await(requested);
            proxy.to(green);
            switched.countDown();
            Patience.await(stuck);

            try {
                assertThat(proxy.responds()).failsWithin(Duration.ofMillis(300));
            } finally {
                freed.countDown();
            }
            assertThat(proxy.responds()).succeedsWithin(LONG);
        }
    }

    @Test
    void says_that_the_address_is_not_of_this_host() {
        assertThatThrownBy(() -> server("192.0.2.1:0").start())
                .isInstanceOf(ProxyStartException.class)
                .hasMessageContaining("no such address");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void listens_at_a_unix_socket_in_the_place_of_a_stale_one(boolean nativeTransport, @TempDir Path directory)
            throws Exception {
        var path = directory.resolve("proxy.sock");
        try (var stale = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stale.bind(UnixDomainSocketAddress.of(path));
        }
        var active = new AppBackends();
        var server = new ProxyServer(
                new TestOptions()
                        .listen(new ListenAddress.Unix(path))
                        .eventLoops(2)
                        .nativeTransport(nativeTransport)
                        .build(),
                active,
                new TrafficStats());
        try (var backend = TestBackend.responding(request -> ok("for " + request.headers("X-Forwarded-For")))) {
            active.switchTo(backend.backend());
            server.start();
            try (var client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                client.write(ByteBuffer.wrap("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
                assertThat(Message.read(Channels.newInputStream(client), true).body())
                        .isEqualTo("for []");
            }
            server.shutdown(Duration.ZERO);
            assertThat(path).doesNotExist();
        }
    }

    @Test
    void does_not_take_a_unix_socket_from_a_live_server(@TempDir Path directory) throws Exception {
        var path = directory.resolve("live.sock");
        try (var live = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            live.bind(UnixDomainSocketAddress.of(path));
            assertThatThrownBy(() -> server("unix:" + path).start())
                    .isInstanceOf(ProxyStartException.class)
                    .hasMessageContaining("in use");
        }
        assertThat(path).exists();
    }

    @Test
    void does_not_replace_a_file_that_is_no_socket(@TempDir Path directory) throws Exception {
        var path = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> server("unix:" + path).start()).hasMessageContaining("not a socket");
        assertThat(path).exists();
    }

    @Test
    void works_with_the_transport_of_the_jdk() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.body()));
                var proxy = TestProxy.start(options -> options.nativeTransport(false))
                        .to(backend);
                var client = proxy.connect()) {
            assertThat(client.post("/", "abc").read().body()).isEqualTo("abc");
            assertThat(client.get("/").read().status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void probes_a_client_that_says_nothing(boolean nativeTransport) throws Exception {
        try (var backend = TestBackend.responding(request -> ok(""));
                var proxy = TestProxy.start(options -> options.nativeTransport(nativeTransport))
                        .to(backend);
                var client = proxy.connect()) {
            client.get("/").read();
            await().until(() -> hasKeepAliveTimer(proxy.port(), client.socket.getLocalPort()));
        }
    }

    /** Whether the kernel has set a timer for an established connection with nothing to be sent: field 6 of its line. */
    private static boolean hasKeepAliveTimer(int from, int to) throws Exception {
        var ends = Pattern.compile("\\w+:%04X \\w+:%04X 01 \\w+:\\w+ 02:.*".formatted(from, to));
        return Stream.of("/proc/net/tcp", "/proc/net/tcp6")
                .flatMap(table -> lines(Path.of(table)))
                .anyMatch(line -> ends.matcher(line).find());
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    @Test
    void shutdown_refuses_new_connections_while_open_requests_finish() throws Exception {
        var go = new CountDownLatch(1);
        try (var backend = TestBackend.responding(request -> {
                    Patience.await(go);
                    return ok("finished");
                });
                var proxy = TestProxy.start(options -> options.eventLoops(1)).to(backend);
                var active = proxy.connect();
                var idle = proxy.connect()) {
            active.get("/");
            await().until(() -> proxy.active.leases(backend.backend()) == 1);
            var shutdown = Thread.ofVirtual().start(() -> proxy.shutdown(LONG));
            assertThat(idle.isClosedByPeer()).isTrue();
            assertThatThrownBy(proxy::connect).isInstanceOf(ConnectException.class);
            assertThat(shutdown.isAlive()).isTrue();
            go.countDown();
            var response = active.read();
            assertThat(response.body()).isEqualTo("finished");
            assertThat(response.header("Connection")).contains("close");
            assertThat(active.isClosedByPeer()).isTrue();
            shutdown.join();
            await().until(() -> backend.open() == 0);
        }
    }

    /** The head of its response did not say that the connection ends. */
    @Test
    void a_connection_whose_response_has_begun_when_another_process_takes_over_is_kept_for_one_more() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x".repeat(12_000_000)));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            client.in.mark(1);
            assertThat(client.in.read()).isEqualTo('H');
            client.in.reset();
            var leaving = Thread.ofVirtual().start(() -> proxy.leave(LONG));
            await().until(() -> isRefused(proxy));

            assertThat(client.read().header("Connection")).isEmpty();
            await().until(() -> {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                var next = client.read();
                assertThat(next.status()).isEqualTo(200);
                return next.header("Connection").isPresent();
            });
            assertThat(client.isClosedByPeer()).isTrue();
            leaving.join();
        }
    }

    private static boolean isRefused(TestProxy proxy) throws IOException {
        try (var wire = proxy.connect()) {
            return false;
        } catch (ConnectException refused) {
            return true;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shutdown_responds_to_what_was_sent_before_it(boolean nativeTransport) throws Exception {
        var go = new CountDownLatch(1);
        var stuck = new CountDownLatch(2);
        var clients = new ArrayList<Wire>();
        try (var backend = TestBackend.responding(request -> ok("finished"));
                var proxy = TestProxy.start(options ->
                                options.nativeTransport(nativeTransport).eventLoops(2))
                        .to(backend)) {
            // Meanwhile the system accepts connections, and the proxy none.
            proxy.onEachLoop(() -> {
                stuck.countDown();
                try {
                    Patience.await(go);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            Patience.await(stuck);
            for (var i = 0; i < 40; i++) {
                clients.add(proxy.connect().get("/"));
            }
            var shutdown = Thread.ofVirtual().start(() -> proxy.shutdown(LONG));
            go.countDown();
            for (var client : clients) {
                assertThat(client.read().body()).isEqualTo("finished");
                assertThat(client.isClosedByPeer()).isTrue();
            }
            shutdown.join();
        } finally {
            for (var client : clients) {
                client.close();
            }
        }
    }

    @Test
    void shutdown_waits_for_upgraded_connections() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
                    connection.send(connection.readText(3));
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(101);
            var shutdown = Thread.ofVirtual().start(() -> proxy.shutdown(LONG));
            await().untilAsserted(() -> assertThatThrownBy(proxy::connect).isInstanceOf(ConnectException.class));
            assertThat(client.send("abc").readText(3)).isEqualTo("abc");
            assertThat(shutdown.isAlive()).isTrue();
            client.abort();
            shutdown.join();
        }
    }

    @Test
    void shutdown_cuts_what_is_still_open_after_the_timeout() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.get("/");
            await().until(() -> proxy.active.leases(backend.backend()) == 1);
            proxy.shutdown(Duration.ofMillis(50));
            assertThat(client.isClosedByPeer()).isTrue();
            await().until(() -> backend.open() == 0);
            assertThat(proxy.active.leases(backend.backend())).isZero();
        }
    }

    private static ProxyServer server(String address) {
        return new ProxyServer(
                new TestOptions().listen(ListenAddress.parse(address)).build(), new AppBackends(), new TrafficStats());
    }
}
