package io.wunderproxy.blackbox;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** A directory of its own for one test, removed with everything in it. */
record Directory(Path path) implements AutoCloseable {

    static Directory create() {
        try {
            return new Directory(Files.createTempDirectory("wunderproxy-it-"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path sub(String name) {
        try {
            return Files.createDirectories(path.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The children of a browser that was ended may still write there for a moment. */
    @Override
    public void close() {
        await("the directory to be removed")
                .ignoreExceptionsMatching(e -> e instanceof IOException || e instanceof UncheckedIOException)
                .until(() -> {
                    removeAll();
                    return true;
                });
    }

    private void removeAll() throws IOException {
        try (var files = Files.walk(path)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
