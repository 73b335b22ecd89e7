package io.wunderproxy.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.unix.Socket;
import io.wunderproxy.testkit.Patience;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes: {@link SuccessorProgram} is handed over to. */
class SuccessorTest {

    @TempDir
    Path directory;

    private Socket socket;
    private Successor successor;
    private final Heir estate = new Heir();

    /** Notes what was passed on and came back. */
    private final class Heir implements Successor.Estate {
        private final List<String> steps = new ArrayList<>();
        private String obstacle;

        @Override
        public List<Integer> sockets() {
            return List.of(socket.intValue(), socket.intValue());
        }

        @Override
        public boolean areLent() {
            return true;
        }

        @Override
        public String passState(BooleanSupplier isWanted) throws IOException {
            steps.add("passed");
            if (obstacle != null) {
                throw new IOException(obstacle);
            }
            return "blue";
        }

        @Override
        public void leave(long process) {
            assertThat(process).isEqualTo(successor.pid());
            steps.add("left");
        }

        @Override
        public void takeBack() {
            assertThat(successor.isAlive()).isFalse();
            steps.add("taken back");
        }
    }

    @BeforeAll
    static void load() {
        Epoll.ensureAvailability();
    }

    @BeforeEach
    void open() throws IOException {
        socket = Socket.newSocketStream();
        socket.bind(new InetSocketAddress("127.0.0.1", 0));
    }

    @AfterEach
    void close() throws IOException {
        if (successor != null) {
            ProcessHandle.of(successor.pid()).ifPresent(ProcessHandle::destroyForcibly);
            successor.close();
        }
        socket.close();
    }

    private void start(String... arguments) throws HandoverException {
        var words = new ArrayList<>(List.of(
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                SuccessorProgram.class.getName(),
                directory.toString()));
        words.addAll(List.of(arguments));
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        successor = Successor.start(new Program(java, words, true), System.getenv(), Patience.LONG);
    }

    @Test
    void a_successor_gets_everything_and_knows_when_this_agent_ends() throws Exception {
        start();
        successor.handOver(estate);
        assertThat(estate.steps).containsExactly("passed", "left");
        var port = socket.localAddress().getPort();
        assertThat(directory.resolve("lent")).hasContent("true");
        assertThat(directory.resolve("ports")).hasContent(port + " " + port);
        assertThat(directory.resolve("serving")).hasContent("blue");
        assertThat(directory.resolve("trusted")).hasContent("true");
        assertThat(directory.resolve("alone")).doesNotExist();
        successor.close();
        await().atMost(Patience.LONG).until(() -> Files.exists(directory.resolve("alone")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", "sockets", "state", "ready"})
    void everything_comes_back_from_a_successor_that_dies(String step) throws Exception {
        start("dies at", step);
        assertThatThrownBy(() -> successor.handOver(estate))
                .isInstanceOf(HandoverException.class)
                .hasMessageContaining("was not replaced, and continues");
        assertThat(estate.steps)
                .isEqualTo(
                        switch (step) {
                            case "state", "ready" -> List.of("passed", "taken back");
                            default -> List.of();
                        });
    }

    @Test
    void the_reason_of_a_successor_that_can_not_start_is_said() throws Exception {
        start("fails");
        assertThatThrownBy(() -> successor.handOver(estate)).hasMessageContaining("no such option: --colour");
        assertThat(estate.steps).isEmpty();
    }

    @Test
    void what_must_not_be_broken_off_stays_with_this_agent() throws Exception {
        estate.obstacle = "a launch is under way";
        start();
        assertThatThrownBy(() -> successor.handOver(estate)).hasMessageContaining("a launch is under way");
        assertThat(estate.steps).containsExactly("passed", "taken back");
    }

    @Test
    void a_program_that_is_no_successor_changes_nothing() throws Exception {
        successor = Successor.start(new Program(Path.of("/bin/true"), List.of(), true), Map.of(), Patience.LONG);
        assertThatThrownBy(() -> successor.handOver(estate)).hasMessageContaining("it ended at once");
        assertThat(estate.steps).isEmpty();
    }

    @Test
    void a_program_that_others_may_change_is_not_started_for_root() throws Exception {
        var program = Files.copy(Path.of("/bin/true"), directory.resolve("program"));
        Files.setAttribute(program, "unix:mode", 0_777);
        assertThatThrownBy(() -> Successor.start(new Program(program, List.of(), true), Map.of(), Patience.LONG))
                .hasMessageContaining("can be changed by others than root");
        successor = Successor.start(new Program(program, List.of(), false), Map.of(), Patience.LONG);
    }

    @Test
    void nobody_but_the_started_process_is_let_in() throws Exception {
        var group = new EpollEventLoopGroup(1);
        try (var invitation = Invitation.open(group)) {
            var stranger = Line.to(Invitation.address(invitation.name()), group);
            var sleeping = new ProcessBuilder("sleep", "60").start();
            try {
                assertThatThrownBy(() -> invitation.await(sleeping.toHandle(), Duration.ofMillis(200)))
                        .hasMessageContaining("did not start");
            } finally {
                sleeping.destroyForcibly();
            }
            assertThat(stranger.ended()).succeedsWithin(Patience.SOON);
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
