package io.wunderproxy.proxy;

import io.wunderproxy.proxy.TrafficGate.State;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * The state of a {@link TrafficGate} on the disk. The first line has its name and numbers, such as
 * {@code paused 30000 1000}; what follows is the message of a maintenance.
 */
final class GateFile {
    private static final Logger LOG = Logger.getLogger(GateFile.class);
    private static final String PAUSED = "paused";
    private static final String MAINTENANCE = "maintenance";

    private final Path path;

    GateFile(Path path) {
        this.path = path;
    }

    /** What was written last; open if that was nothing, or can't be understood. */
    State read() throws IOException {
        if (!Files.exists(path)) {
            return new State.Open();
        }
        var lines = Files.readString(path).split("\n", 2);
        var words = lines[0].split(" ");
        try {
            return switch (words[0]) {
                case PAUSED ->
                    new State.Paused(Duration.ofMillis(Long.parseLong(words[1])), Integer.parseInt(words[2]));
                case MAINTENANCE -> new State.Maintenance(lines.length > 1 ? lines[1] : "");
                default -> new State.Open();
            };
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException notOurs) {
            LOG.errorf("%s can't be understood; requests go through", path);
            return new State.Open();
        }
    }

    /** Replaces the file as a whole: after a crash it has either the old or the new content, on the disk. */
    void write(State next) throws IOException {
        var text =
                switch (next) {
                    case State.Open open -> "open";
                    case State.Paused(var longest, var most) -> PAUSED + " " + longest.toMillis() + " " + most;
                    case State.Maintenance(var message) -> MAINTENANCE + "\n" + message;
                };
        var replacement = path.resolveSibling(path.getFileName() + ".next");
        try (var file = FileChannel.open(
                replacement,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(true);
            Files.move(replacement, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException cause) {
            Files.deleteIfExists(replacement);
            throw new IOException("cannot write " + path + ": " + cause.getMessage(), cause);
        }
    }
}
