package io.wunderproxy.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.container.Processes.Holder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessesTest {

    private static final String OURS = "a".repeat(64);
    private static final String OTHER = "b".repeat(64);
    private static final ListeningSocket SOCKET = new ListeningSocket(InetAddress.getLoopbackAddress(), 80, 17);

    @TempDir
    Path proc;

    @Test
    void the_holder_of_a_real_socket_is_this_process() throws Exception {
        try (var listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var processes = Processes.ofThisMachine();

            var socket = ListeningSocket.reachedBy(
                    processes.listeningSockets(), listening.getInetAddress(), listening.getLocalPort());

            assertThat(socket).hasSize(1);
            assertThat(processes.holder(socket.getFirst()).orElseThrow().description())
                    .startsWith("process " + ProcessHandle.current().pid() + " (");
        }
    }

    @Test
    void a_socket_of_any_process_of_the_container_is_the_containers() throws Exception {
        process(1, OURS, "socket:[16]");
        process(2, OURS, "/dev/null", "socket:[17]");

        assertThat(new Processes(proc).holder(SOCKET, OURS)).isEqualTo(Holder.THE_CONTAINER);
    }

    @Test
    void a_socket_that_none_of_its_processes_holds_is_somebody_elses() throws Exception {
        process(1, OURS, "socket:[16]");
        process(2, OTHER, "socket:[17]");
        var processes = new Processes(proc);

        assertThat(processes.holder(SOCKET, OURS)).isEqualTo(Holder.SOMEBODY_ELSE);
        assertThat(processes.holder(SOCKET)).contains(new Listener(Optional.of(OTHER), "process 2 (program-2)"));
    }

    @Test
    void what_may_not_be_seen_is_not_known() throws Exception {
        var process = process(1, OURS);
        Files.delete(process.resolve("fd"));
        Files.createFile(process.resolve("fd"));

        assertThat(new Processes(proc).holder(SOCKET, OURS)).isEqualTo(Holder.UNKNOWN);
    }

    @Test
    void of_engines_that_run_in_containers_the_innermost_container_counts() throws Exception {
        process(1, OTHER + "/docker/" + OURS, "socket:[17]");

        assertThat(new Processes(proc).holder(SOCKET).flatMap(Listener::containerId))
                .contains(OURS);
    }

    private Path process(int id, String container, String... descriptors) throws IOException {
        var process = Files.createDirectories(proc.resolve(String.valueOf(id)));
        Files.writeString(process.resolve("cgroup"), "0::/system.slice/docker-" + container + ".scope\n");
        Files.writeString(process.resolve("comm"), "program-" + id + "\n");
        Files.createDirectory(
                process.resolve("fd"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        for (var i = 0; i < descriptors.length; i++) {
            Files.createSymbolicLink(process.resolve("fd").resolve(String.valueOf(i)), Path.of(descriptors[i]));
        }
        return process;
    }
}
