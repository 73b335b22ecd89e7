package io.wunderproxy.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainDatagramSocketAddress;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What reaches a real datagram socket. */
class SupervisorTest {
    private static final String A_MINUTE = "60000000";
    private static final String SOON = "50000";

    @TempDir
    Path directory;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeAll
    static void load() {
        Epoll.ensureAvailability();
    }

    @AfterEach
    void close() throws Exception {
        for (var resource : opened) {
            resource.close();
        }
    }

    @Test
    void readiness_comes_with_a_line_for_people() throws IOException {
        var manager = listenAt(directory.resolve("notify").toString());

        supervisor(Map.of("NOTIFY_SOCKET", manager.name)).ready(() -> "serving\n shop", SupervisorTest::alive);

        manager.awaitMessage("READY=1\nSTATUS=serving shop");
    }

    @Test
    void an_abstract_socket_is_reached() throws IOException {
        var manager = listenAt("@wunderproxy-" + UUID.randomUUID());

        supervisor(Map.of("NOTIFY_SOCKET", manager.name)).ready(() -> "serving", SupervisorTest::alive);

        manager.awaitMessage("READY=1\nSTATUS=serving");
    }

    @Test
    void a_status_that_changes_is_sent() throws IOException {
        var manager = listenAt(directory.resolve("notify").toString());
        var status = new AtomicReference<>("nothing to serve yet");
        supervisor(Map.of("NOTIFY_SOCKET", manager.name)).ready(status::get, SupervisorTest::alive);

        status.set("serving shop");

        manager.awaitMessage("STATUS=serving shop");
        assertThat(manager.messages).containsExactly("READY=1\nSTATUS=nothing to serve yet", "STATUS=serving shop");
    }

    @Test
    void the_end_is_announced_with_the_time_that_it_may_take() throws IOException {
        var manager = listenAt(directory.resolve("notify").toString());

        supervisor(Map.of("NOTIFY_SOCKET", manager.name)).stopping(Duration.ofSeconds(30));

        manager.awaitMessage("STOPPING=1\nEXTEND_TIMEOUT_USEC=45000000\nSTATUS=finishing open requests");
    }

    @Test
    void a_replacement_is_announced_and_names_the_process_that_has_to_be_ready() throws IOException {
        var manager = listenAt(directory.resolve("notify").toString());
        var supervisor = supervisor(Map.of("NOTIFY_SOCKET", manager.name));

        supervisor.reloading();
        supervisor.replacedBy(4711);

        manager.awaitMessage("MAINPID=4711");
        assertThat(manager.messages.getFirst()).matches("RELOADING=1\nMONOTONIC_USEC=\\d+");
    }

    @Test
    void signs_of_life_are_given_while_the_program_gives_them() throws IOException {
        var manager = listenAt(directory.resolve("notify").toString());
        var own = Long.toString(ProcessHandle.current().pid());

        supervisor(Map.of("NOTIFY_SOCKET", manager.name, "WATCHDOG_USEC", SOON, "WATCHDOG_PID", own))
                .ready(() -> "", SupervisorTest::alive);

        await().until(() -> manager.read().stream().filter("WATCHDOG=1"::equals).count() >= 3);
    }

    @Test
    void no_sign_of_life_is_given_for_a_program_that_is_stuck() throws IOException {
        var manager = listenAt(directory.resolve("notify").toString());
        var stuck = new AtomicReference<>(new CompletableFuture<Void>());
        var asked = new AtomicInteger();

        supervisor(Map.of("NOTIFY_SOCKET", manager.name, "WATCHDOG_USEC", SOON)).ready(() -> "", () -> {
            asked.incrementAndGet();
            return stuck.get();
        });

        await().until(() -> asked.get() >= 3);
        assertThat(manager.read()).containsExactly("READY=1\nSTATUS=");
        stuck.get().complete(null);
        manager.awaitMessage("WATCHDOG=1");
    }

    @Test
    void a_watchdog_for_another_process_is_none() throws IOException {
        var manager = listenAt(directory.resolve("notify").toString());
        var asked = new AtomicInteger();
        var status = new AtomicReference<>("one");
        supervisor(Map.of("NOTIFY_SOCKET", manager.name, "WATCHDOG_USEC", A_MINUTE, "WATCHDOG_PID", "1"))
                .ready(status::get, () -> {
                    asked.incrementAndGet();
                    return alive();
                });

        status.set("two");

        manager.awaitMessage("STATUS=two");
        assertThat(asked).hasValue(0);
    }

    @Test
    void nothing_is_sent_where_nobody_asked() {
        var asked = new AtomicInteger();

        supervisor(Map.of("WATCHDOG_USEC", SOON))
                .ready(() -> String.valueOf(asked.incrementAndGet()), SupervisorTest::alive);

        assertThat(asked).hasValue(0);
    }

    @Test
    void a_service_manager_that_cannot_be_reached_changes_nothing() {
        for (var address : List.of("/no/such/socket", "vsock:2:1234", "@nobody-listens-here")) {
            var supervisor = supervisor(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "nonsense"));

            assertThatCode(() -> {
                        supervisor.ready(() -> "", SupervisorTest::alive);
                        supervisor.stopping(Duration.ZERO);
                    })
                    .doesNotThrowAnyException();
        }
    }

    private static CompletableFuture<Void> alive() {
        return CompletableFuture.completedFuture(null);
    }

    private Supervisor supervisor(Map<String, String> environment) {
        var supervisor = Supervisor.from(environment);
        opened.addFirst(supervisor);
        return supervisor;
    }

    private Manager listenAt(String name) throws IOException {
        var manager = new Manager(name);
        opened.add(manager);
        return manager;
    }

    /** The receiving end. */
    private static final class Manager implements AutoCloseable {
        final String name;
        final List<String> messages = new ArrayList<>();
        private final Socket socket;

        Manager(String name) throws IOException {
            this.name = name;
            socket = Socket.newSocketDomainDgram();
            socket.bind(new DomainSocketAddress(name.replaceFirst("^@", "\0")));
        }

        /** All messages so far. */
        List<String> read() throws IOException {
            var buffer = ByteBuffer.allocateDirect(4096);
            while (socket.recvFromDomainSocket(buffer, 0, buffer.capacity())
                    instanceof DomainDatagramSocketAddress from) {
                var bytes = new byte[from.receivedAmount()];
                buffer.get(0, bytes);
                messages.add(new String(bytes, StandardCharsets.UTF_8));
            }
            return messages;
        }

        void awaitMessage(String message) {
            await().untilAsserted(() -> assertThat(read()).contains(message));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
