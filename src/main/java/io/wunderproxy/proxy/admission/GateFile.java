package io.wunderproxy.proxy.admission;

import io.wunderproxy.disk.AtomicFile;
import io.wunderproxy.proxy.admission.TrafficGate.State;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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

    /** The state that was written last; open if there is none, or if it can't be understood. */
    State read() throws IOException {
        String text;
        try {
            text = Files.readString(path);
        } catch (NoSuchFileException nothingWritten) {
            return new State.Open();
        } catch (CharacterCodingException damaged) {
            text = "";
        }
        var lines = text.split("\n", 2);
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
        try {
            AtomicFile.write(path, text.getBytes(StandardCharsets.UTF_8), AtomicFile.Access.OWNER);
        } catch (IOException cause) {
            throw new IOException("cannot write " + path + ": " + cause.getMessage(), cause);
        }
    }
}
