package io.wunderproxy.blackbox;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.wunderproxy.CommandRunner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The program as a person or a script calls it: a process for each command, with the host's store and an agent. */
final class CommandLine {
    private final Map<String, String> environment = new TreeMap<>();
    private final Path directory;

    /** In the environment are the store and the agent, and a home that has no configuration file. */
    CommandLine(Host host, Agent agent) {
        directory = host.directory();
        environment.putAll(host.storeEnvironment());
        environment.put("HOME", host.directory().toString());
        environment.put("WUNDERPROXY_S3BUCKET", host.bucket());
        environment.put("WUNDERPROXY_S3PREFIX", Host.PREFIX);
        if (agent != null) {
            environment.put("WUNDERPROXY_HOST", "127.0.0.1:" + agent.apiPort());
            environment.put("WUNDERPROXY_TOKEN", agent.token());
        }
    }

    /** With nothing but this environment. */
    CommandLine(Path directory, Map<String, String> environment) {
        this.directory = directory;
        this.environment.putAll(environment);
    }

    /** What it printed, apart. */
    record Result(int exitCode, String out, String err) {
        JsonNode json() {
            try {
                return Response.JSON.readTree(out);
            } catch (IOException e) {
                throw new AssertionError("not JSON: " + this, e);
            }
        }

        Result orFail() {
            if (exitCode != 0) {
                throw new AssertionError("exit code " + exitCode + ":\n" + out + err);
            }
            return this;
        }
    }

    CommandLine without(String variable) {
        environment.remove(variable);
        return this;
    }

    CommandLine with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Runs a command to its end; the words are separated by spaces, what follows are words as they are. */
    Result run(String words, String... more) {
        var result = end(start(words, more));
        var all = Stream.concat(Stream.of(words.split(" ")), Stream.of(more)).toArray(String[]::new);
        CommandRunner.declares(environment, result.exitCode(), all);
        return result;
    }

    /** A command that runs. */
    record Running(Process process, Path out, Path err) {
        String outSoFar() {
            return read(out);
        }

        String errSoFar() {
            return read(err);
        }

        /** Stops it where it is, as a laptop does that falls asleep, until {@link #wake}. */
        void fallAsleep() {
            signal("STOP");
        }

        void wake() {
            signal("CONT");
        }

        private void signal(String name) {
            try {
                var ended = new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid())
                        .start()
                        .waitFor();
                if (ended != 0) {
                    throw new IllegalStateException("kill -" + name + " ended with " + ended);
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Ends it as a power cut would. */
        void kill() {
            process.destroyForcibly();
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    Running start(String words, String... more) {
        var all = new ArrayList<>(Host.command());
        all.addAll(List.of(words.split(" ")));
        all.addAll(List.of(more));
        return start(all);
    }

    private Running start(List<String> words) {
        return start(words, ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
    }

    private Running start(List<String> words, ProcessBuilder.Redirect input) {
        try {
            var out = Files.createTempFile(directory, "command", ".out");
            var err = Files.createTempFile(directory, "command", ".err");
            var builder = new ProcessBuilder(words)
                    .redirectInput(input)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("WUNDERPROXY_") || name.startsWith("AWS_"));
            builder.environment().putAll(environment);
            return new Running(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Result end(Running running) {
        try {
            if (!running.process().waitFor(120, TimeUnit.SECONDS)) {
                running.kill();
                throw new AssertionError("did not end: " + running.outSoFar() + running.errSoFar());
            }
            return new Result(running.process().exitValue(), read(running.out()), read(running.err()));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            running.out().toFile().delete();
            running.err().toFile().delete();
        }
    }

    /** Runs it on a terminal of its own, util-linux' script(1): both outputs together. */
    Result onTerminal(String words) {
        var command = String.join(" ", Host.command()) + " " + words;
        return end(start(List.of("script", "--quiet", "--return", "--command", command, "/dev/null")));
    }

    /** Runs it on a terminal that has so many columns. */
    Result onTerminal(int columns, String words) {
        var command = "stty cols " + columns + "; " + String.join(" ", Host.command()) + " " + words;
        return end(start(List.of("script", "--quiet", "--return", "--command", command, "/dev/null")));
    }

    /** The same for a command that asks: what is typed each time that this question is there once more. */
    Result onTerminal(String words, String question, String... typed) throws IOException {
        var command = "stty cols 500; " + String.join(" ", Host.command()) + " " + words;
        var running = start(
                List.of("script", "--quiet", "--return", "--command", command, "/dev/null"),
                ProcessBuilder.Redirect.PIPE);
        try (var terminal = running.process().outputWriter()) {
            for (var times = 1; times <= typed.length; times++) {
                var asked = times;
                await("question " + asked).until(() -> running.outSoFar().split(question, -1).length > asked);
                terminal.write(typed[times - 1]);
                terminal.flush();
            }
            return end(running);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
