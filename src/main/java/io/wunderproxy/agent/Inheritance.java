package io.wunderproxy.agent;

import io.wunderproxy.handover.Predecessor;
import io.wunderproxy.handover.Program;
import io.wunderproxy.proxy.transport.GivenSockets;
import jakarta.annotation.PostConstruct;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The things that this process has from another one: listening sockets, and from an agent that it replaces also the right to
 * its state.
 * The first bean that needs one of them waits for that agent.
 */
@Singleton
class Inheritance {

    /** For the failure of a start, when there are no beans any more. */
    private static final AtomicReference<Predecessor> REPLACED = new AtomicReference<>();

    /** The process whose end is that of its container. */
    private static final long FIRST_PROCESS = 1;

    /** Files that Docker and Podman put into each container. */
    private static final List<Path> MARKS_OF_CONTAINERS =
            List.of(Path.of("/.dockerenv"), Path.of("/run/.containerenv"));

    private boolean endsItsContainer;
    private Optional<Predecessor> predecessor = Optional.empty();
    private GivenSockets sockets = GivenSockets.none();
    private Program program;
    private Optional<String> serving = Optional.empty();

    @PostConstruct
    void take() {
        var environment = System.getenv();
        endsItsContainer = endsItsContainer(environment);
        try {
            predecessor = Predecessor.find(environment);
            predecessor.ifPresent(REPLACED::set);
            program = Program.ofThisProcess(
                    environment, predecessor.map(Predecessor::isTrusted).orElse(false));
            if (predecessor.isPresent()) {
                var taken = predecessor.get().takeSockets();
                sockets = GivenSockets.of(taken.descriptors(), taken.lent());
                serving = predecessor.get().takeState();
            } else {
                sockets = GivenSockets.activated(environment);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Whether the environment says that this process replaces an agent. */
    static boolean isAwaited() {
        return Predecessor.isNamed(System.getenv());
    }

    /**
     * Whether a container ends with this process, as its first one or as the one that its first one waits for ({@code --init}). An
     * agent whose parent has ended is a child of the first one too, so that this is to be asked at the start.
     */
    private static boolean endsItsContainer(Map<String, String> environment) {
        var process = ProcessHandle.current();
        var isChildOfFirst = process.parent().map(ProcessHandle::pid).equals(Optional.of(FIRST_PROCESS));
        return process.pid() == FIRST_PROCESS
                || isChildOfFirst
                        && !Predecessor.isNamed(environment)
                        && !environment.containsKey("NOTIFY_SOCKET")
                        && MARKS_OF_CONTAINERS.stream().anyMatch(Files::exists);
    }

    /** Says to an agent that is not replaced after all why this process can't start. */
    static void failed(String why) {
        var replaced = REPLACED.get();
        if (replaced != null) {
            replaced.failed(why);
        }
    }

    /** Whether the container of this process ends with it, whatever it has started. */
    boolean endsItsContainer() {
        return endsItsContainer;
    }

    Optional<Predecessor> predecessor() {
        return predecessor;
    }

    GivenSockets sockets() {
        return sockets;
    }

    /** The program of this process. */
    Program program() {
        return program;
    }

    /** The hash of the deployment that the replaced agent serves; empty if there is none, or it is gone. */
    Optional<String> serving() {
        return serving;
    }

    /** Completes when no other agent has requests open. */
    CompletableFuture<Void> otherEnded() {
        return predecessor.map(Predecessor::ended).orElseGet(() -> CompletableFuture.completedFuture(null));
    }
}
