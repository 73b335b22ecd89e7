package io.wunderproxy.install;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Commands of the machine that this program runs on. */
final class SystemCommands implements Commands {

    @Override
    public Result run(String input, List<String> words) {
        try {
            var process = new ProcessBuilder(words).start();
            var out = new ByteArrayOutputStream();
            var err = new ByteArrayOutputStream();
            // Not virtual threads: in a native binary these can't be the first to read a system property.
            var readers = List.of(
                    Thread.ofPlatform().daemon().start(() -> drain(process.getInputStream(), out)),
                    Thread.ofPlatform().daemon().start(() -> drain(process.getErrorStream(), err)));
            give(process, input);
            var status = process.waitFor();
            for (var reader : readers) {
                reader.join();
            }
            return new Result(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            return new Result(
                    NOT_STARTED, "", "cannot run " + words.getFirst() + ": it is not there, or may not be run");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Result(NOT_STARTED, "", "interrupted while " + words.getFirst() + " ran");
        }
    }

    private static void give(Process process, String input) {
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It has ended without reading all; how it ended says why.
        }
    }

    private static void drain(InputStream from, OutputStream to) {
        try (from) {
            from.transferTo(to);
        } catch (IOException e) {
            // It has ended.
        }
    }
}
