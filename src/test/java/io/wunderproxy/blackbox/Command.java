package io.wunderproxy.blackbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program of this machine to its end. */
record Command(int exitCode, String output) {

    /** Runs it and returns its exit code and everything it printed. */
    static Command of(String... words) {
        return of(InputStream.nullInputStream(), List.of(words));
    }

    static Command of(InputStream input, List<String> words) {
        try {
            var process = new ProcessBuilder(words).redirectErrorStream(true).start();
            var output = new String[1];
            var reader = Thread.ofVirtual().start(() -> output[0] = read(process.getInputStream()));
            try (var stdin = process.getOutputStream()) {
                input.transferTo(stdin);
            }
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("did not end in a minute: " + String.join(" ", words));
            }
            reader.join();
            return new Command(process.exitValue(), output[0]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted in: " + String.join(" ", words), e);
        }
    }

    /** Runs it and returns what it printed; it must succeed. */
    static String run(String... words) {
        return of(words).orFail(String.join(" ", words));
    }

    String orFail(String what) {
        if (exitCode != 0) {
            throw new IllegalStateException("exit code " + exitCode + " of: " + what + "\n" + output);
        }
        return output.strip();
    }

    private static String read(InputStream stream) {
        try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
