package io.wunderproxy.supervision;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Tells the service manager that started this program how it is, as sd_notify(3) and sd_watchdog_enabled(3) have it. Does
 * nothing where {@code NOTIFY_SOCKET} is not set, and a message that can't be sent changes nothing for the program.
 */
public final class Supervisor implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Supervisor.class);
    private static final Duration STATUS_INTERVAL = Duration.ofSeconds(1);

    /** The time that the program needs to end, beside the time that it was asked to wait for others. */
    private static final Duration ENDING = Duration.ofSeconds(15);

    private final Optional<NotifySocket> socket;
    private final Optional<Duration> watchdog;
    private final AtomicBoolean failed = new AtomicBoolean();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private ScheduledExecutorService timer;
    private String sentStatus;

    private Supervisor(Optional<NotifySocket> socket, Optional<Duration> watchdog) {
        this.socket = socket;
        this.watchdog = watchdog;
    }

    /** The service manager that these environment variables tell of. */
    public static Supervisor from(Map<String, String> environment) {
        var address = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (address.isEmpty()) {
            return new Supervisor(Optional.empty(), Optional.empty());
        }
        try {
            return new Supervisor(Optional.of(new NotifySocket(address)), watchdog(environment));
        } catch (IOException e) {
            LOG.warnf("cannot notify the service manager, NOTIFY_SOCKET: %s", e.getMessage());
            return new Supervisor(Optional.empty(), Optional.empty());
        }
    }

    /** How soon after the last sign of life the service manager restarts this process; empty if it does not watch it. */
    private static Optional<Duration> watchdog(Map<String, String> environment) {
        var pid = environment.getOrDefault("WATCHDOG_PID", "");
        var micros = environment.getOrDefault("WATCHDOG_USEC", "");
        var ours = pid.isEmpty()
                || pid.equals(Long.toString(ProcessHandle.current().pid()));
        if (!ours || micros.isEmpty()) {
            return Optional.empty();
        }
        if (!micros.matches("[1-9]\\d{0,17}")) {
            LOG.warnf("no watchdog: WATCHDOG_USEC is no time in microseconds: %s", micros);
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos(Math.multiplyExact(Long.parseLong(micros), 1000L)));
    }

    /**
     * Says that the program is ready, and from now on, when {@code status} changes, what it says, and twice in each
     * watchdog time that it is alive, unless {@code alive} does not complete within half of it.
     *
     * @param status one line for people
     * @param alive asks the program for a sign of life; must not block
     */
    public void ready(Supplier<String> status, Supplier<CompletableFuture<Void>> alive) {
        if (socket.isEmpty()) {
            return;
        }
        sentStatus = oneLine(status.get());
        send("READY=1\nSTATUS=" + sentStatus);
        timer = Executors.newSingleThreadScheduledExecutor(
                task -> Thread.ofPlatform().daemon().name("supervisor").unstarted(task));
        repeat(STATUS_INTERVAL, () -> tellStatus(status));
        watchdog.ifPresent(timeout -> {
            var interval = timeout.dividedBy(2);
            repeat(interval, () -> tellAlive(alive, interval));
        });
    }

    /** Says that the program reads its settings again; {@link #reloaded} or {@link #replacedBy} must follow. */
    public void reloading() {
        send("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000);
    }

    /** Says that the program continues as before. */
    public void reloaded() {
        send("READY=1");
    }

    /** Says that another process is the main one from now on, which has to say that it is ready; this one says nothing more. */
    public void replacedBy(long pid) {
        stopping.set(true);
        close();
        send("MAINPID=" + pid);
    }

    /** Says that the program ends, and that it may take {@code atMost} until others have finished with it. */
    public void stopping(Duration atMost) {
        stopping.set(true);
        var micros = TimeUnit.MICROSECONDS.convert(atMost.plus(ENDING));
        send("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + micros + "\nSTATUS=finishing open requests");
    }

    /** Gives no more signs of life. */
    @Override
    public void close() {
        if (timer != null) {
            timer.shutdownNow();
        }
    }

    private void repeat(Duration interval, Runnable task) {
        timer.scheduleAtFixedRate(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException e) {
                        LOG.debug("no message to the service manager this time", e);
                    }
                },
                0,
                interval.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    private void tellStatus(Supplier<String> status) {
        var now = oneLine(status.get());
        if (!stopping.get() && !now.equals(sentStatus)) {
            sentStatus = now;
            send("STATUS=" + now);
        }
    }

    private void tellAlive(Supplier<CompletableFuture<Void>> alive, Duration patience) {
        try {
            alive.get().get(patience.toNanos(), TimeUnit.NANOSECONDS);
            send("WATCHDOG=1");
        } catch (TimeoutException e) {
            LOG.warnf(
                    "no sign of life from every part of the proxy within %d ms; the service manager will restart it if "
                            + "that continues",
                    patience.toMillis());
        } catch (ExecutionException e) {
            LOG.debug("no sign of life", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(String message) {
        if (socket.isEmpty()) {
            return;
        }
        try {
            socket.get().send(message);
            failed.set(false);
        } catch (IOException e) {
            if (!failed.getAndSet(true)) {
                LOG.warnf("cannot notify the service manager, NOTIFY_SOCKET: %s", e.getMessage());
            }
        }
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ");
    }
}
