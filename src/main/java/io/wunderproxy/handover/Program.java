package io.wunderproxy.handover;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The program of this process, by the path and with the arguments that it was started with: what lies at that path now may be
 * another version.
 *
 * @param path absolute; links are followed when it is started, not before
 * @param trusted whether root has started it, alone or as a service manager: then nobody else may say what replaces it
 */
public record Program(Path path, List<String> arguments, boolean trusted) {

    private static final String OWNER = "unix:uid";
    private static final Integer ROOT = 0;
    private static final int MOST_LINES = 20;

    /**
     * The program of this process; call it at its start.
     *
     * @param replacesTrusted whether this process replaces another one that root has started
     */
    public static Program ofThisProcess(Map<String, String> environment, boolean replacesTrusted) throws IOException {
        var words = new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), StandardCharsets.UTF_8).split("\0");
        var process = ProcessHandle.current();
        return new Program(
                locate(words[0], environment.getOrDefault("PATH", "")),
                List.of(words).subList(1, words.length),
                replacesTrusted
                        || isOfRoot(process)
                        || process.parent().map(Program::isOfRoot).orElse(true));
    }

    private static boolean isOfRoot(ProcessHandle process) {
        try {
            return ROOT.equals(Files.getAttribute(Path.of("/proc", Long.toString(process.pid())), OWNER));
        } catch (IOException gone) {
            // Process 1 has taken its place.
            return true;
        }
    }

    private static Path locate(String name, String path) throws IOException {
        if (name.contains("/")) {
            return Path.of(name).toAbsolutePath();
        }
        return Stream.of(path.split(":"))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, name).toAbsolutePath())
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(Files.readSymbolicLink(Path.of("/proc/self/exe")));
    }

    /** The command line, with more arguments at its end. */
    public List<String> command(String... more) {
        var words = new ArrayList<String>();
        words.add(path.toString());
        words.addAll(arguments);
        words.addAll(List.of(more));
        return words;
    }

    /** @throws IOException if it can't be started, or somebody else could have put it there */
    public void check() throws IOException {
        if (!Files.isExecutable(path)) {
            throw new IOException("there is no program " + path + " any more; install it, then try again");
        }
        if (trusted) {
            var real = path.toRealPath();
            var writers = Files.getPosixFilePermissions(real);
            if (!ROOT.equals(Files.getAttribute(real, OWNER))
                    || writers.contains(PosixFilePermission.GROUP_WRITE)
                    || writers.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new IOException(
                        path + " can be changed by others than root, who has started this agent: make it root's"
                                + " ('chown root', 'chmod 755'), then try again");
            }
        }
    }

    /**
     * Has the program that lies there now say whether it could start with these arguments and its settings as they are now. Nothing
     * starts.
     *
     * @param check the argument that makes it say so
     * @param atMost how long that may take
     * @throws IOException if it can't; the message says why, in the program's own words
     */
    public void rehearse(String check, Duration atMost) throws IOException, InterruptedException {
        check();
        var said = Files.createTempFile("wunderproxy", ".check");
        try {
            var process = new ProcessBuilder(command(check))
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            if (!process.waitFor(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
                process.destroyForcibly();
                throw new IOException(
                        path + " does not say within " + atMost.toSeconds() + " s whether it could start");
            }
            if (process.exitValue() != 0) {
                throw new IOException(complaint(said, check, process.exitValue()));
            }
        } finally {
            Files.delete(said);
        }
    }

    private String complaint(Path said, String check, int exitCode) throws IOException {
        try (var lines = Files.lines(said)) {
            var text = lines.filter(line -> !line.isBlank() && !line.startsWith("See '"))
                    .limit(MOST_LINES)
                    .collect(Collectors.joining("\n"));
            if (text.contains("Unknown option") && text.contains(check)) {
                return path + " is of a version that can't take over from another agent: restart the agent instead";
            }
            return text.isEmpty() ? path + " ended with exit code " + exitCode : text;
        } catch (UncheckedIOException unreadable) {
            return path + " ended with exit code " + exitCode;
        }
    }
}
