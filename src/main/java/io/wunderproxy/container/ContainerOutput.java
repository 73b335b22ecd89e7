package io.wunderproxy.container;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.Frame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/** The output of containers, standard output and error together. */
final class ContainerOutput {

    private final EngineCalls calls;

    ContainerOutput(EngineCalls calls) {
        this.calls = calls;
    }

    /** The last lines that the container wrote. */
    List<String> tail(String id, int lines) throws EngineException {
        return calls.call("read log", EngineCalls.QUICK, client -> {
            var text = new StringBuilder();
            var collector = new ResultCallback.Adapter<Frame>() {
                @Override
                public void onNext(Frame frame) {
                    text.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
                }
            };
            client.logContainerCmd(id)
                    .withStdOut(true)
                    .withStdErr(true)
                    .withTail(lines)
                    .exec(collector)
                    .awaitCompletion();
            return text.toString().lines().toList();
        });
    }

    /** Reads the output line by line, until its end or until interrupted; see {@link ContainerRuntime#logs}. */
    void read(String id, int tail, boolean follow, Consumer<String> lines)
            throws EngineException, InterruptedException {
        try (var log = new LogLines(lines)) {
            calls.client()
                    .logContainerCmd(id)
                    .withStdOut(true)
                    .withStdErr(true)
                    .withTail(tail)
                    .withFollowStream(follow)
                    .exec(log)
                    .awaitCompletion();
        } catch (DockerException refused) {
            throw EngineCalls.refused("read log", refused);
        } catch (UncheckedIOException reader) {
            // The consumer of the lines has failed, not Docker.
            throw reader;
        } catch (IOException | RuntimeException e) {
            throw calls.unavailable(e);
        }
    }
}
