package io.wunderproxy.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** This process, as the system has it. */
final class SystemProcess implements ThisProcess {

    private static final Path SELF = Path.of("/proc/self/exe");
    private static final Path STATUS = Path.of("/proc/self/status");

    @Override
    public boolean isRoot() {
        try (var lines = Files.lines(STATUS)) {
            // The real and the effective user.
            return lines.filter(line -> line.startsWith("Uid:"))
                    .map(line -> line.split("\\s+"))
                    .anyMatch(ids -> ids[2].equals("0"));
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public String architecture() {
        var name = System.getProperty("os.arch", "");
        return name.equals("amd64") ? "x86_64" : name;
    }

    @Override
    public Optional<String> variable(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isEmpty());
    }

    @Override
    public Optional<Path> program() {
        return System.getProperty("org.graalvm.nativeimage.imagecode") == null ? Optional.empty() : Optional.of(SELF);
    }

    /** Ignores the signal: unlike a handler, that is inherited by the commands that are started. */
    @Override
    public void finishWhatIsBegun() {
        for (var name : List.of("HUP", "INT", "TERM")) {
            Signal.handle(new Signal(name), SignalHandler.SIG_IGN);
        }
    }

    @Override
    public void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
