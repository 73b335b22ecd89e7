package io.wunderproxy.container;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerClientException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.transport.DockerHttpClient;
import io.wunderproxy.container.ContainerRuntime.PullState;
import io.wunderproxy.container.EngineException.Kind;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.function.Consumer;

/** The calls that pull, save and remove an engine's images. */
final class Images {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** How long the engine may be silent during a pull, which has no other time limit. */
    private static final Duration PULL_SILENCE = Duration.ofMinutes(2);

    private final EngineCalls calls;

    Images(EngineCalls calls) {
        this.calls = calls;
    }

    boolean has(String image) throws EngineException {
        return calls.call("inspect image", EngineCalls.USUAL, client -> {
            try {
                client.inspectImageCmd(image).exec();
                return true;
            } catch (NotFoundException e) {
                return false;
            }
        });
    }

    /** Pulls the image; progress is reported at most twice a second. */
    void pull(String image, Consumer<PullState> progress) throws EngineException {
        var client = calls.client();
        var credentials = credentials(image);
        try (var pull = client.pullImageCmd(image)
                .withAuthConfig(credentials.login().orElse(null))
                .exec(new PullProgress(progress))) {
            while (!pull.ended(Duration.ofSeconds(1))) {
                if (pull.silence() > PULL_SILENCE.toNanos()) {
                    throw pullFailed(
                            image, "no progress for " + PULL_SILENCE.toMinutes() + " minutes", credentials, null);
                }
            }
            if (pull.refusal().isPresent()) {
                throw pullFailed(image, EngineWords.of(pull.refusal().get()), credentials, null);
            }
            pull.awaitCompletion();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(Kind.PULL_FAILED, "interrupted while pulling " + image, e);
        } catch (DockerClientException | DockerException e) {
            throw pullFailed(image, EngineWords.of(e), credentials, e);
        } catch (IOException | RuntimeException e) {
            throw calls.unavailable(e);
        }
        if (!has(image)) {
            throw new EngineException(Kind.PULL_FAILED, "cannot pull " + image + ": the pull ended without it", null);
        }
    }

    private static RegistryCredentials credentials(String image) throws EngineException {
        try {
            return RegistryCredentials.of(image);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(Kind.PULL_FAILED, "interrupted while pulling " + image, e);
        }
    }

    /** The exception for a failed pull. Only it reports credentials that could not be had: most images need none. */
    private static EngineException pullFailed(
            String image, String reason, RegistryCredentials credentials, Exception cause) {
        return new EngineException(
                Kind.PULL_FAILED,
                "cannot pull " + image + ": " + reason
                        + credentials.problem().map(problem -> "; " + problem).orElse(""),
                cause);
    }

    /**
     * Writes an image into a file, as {@code docker save} does. Has no time limit.
     *
     * @throws EngineException of kind NO_IMAGE if the engine does not have it
     */
    void save(String image, Path to) throws EngineException {
        var request = calls.request(DockerHttpClient.Request.Method.GET, "/images/" + image + "/get")
                .build();
        try (var response = calls.send(request)) {
            var status = response.getStatusCode();
            if (status != 200) {
                throw new EngineException(
                        status == 404 ? Kind.NO_IMAGE : Kind.REFUSED,
                        "Docker can't save image " + image + ": "
                                + EngineWords.of(status, JSON.readTree(response.getBody())),
                        null);
            }
            Files.copy(response.getBody(), to, StandardCopyOption.REPLACE_EXISTING);
        } catch (FileSystemException e) {
            throw new EngineException(Kind.REFUSED, "cannot write " + to + ": " + e.getReason(), e);
        } catch (IOException | RuntimeException e) {
            throw calls.unavailable(e);
        }
    }

    /** Removes the image unless a container uses it; says whether it is gone. */
    boolean remove(String image) throws EngineException {
        return calls.call("remove image", EngineCalls.USUAL, client -> {
            try {
                client.removeImageCmd(image).exec();
                return true;
            } catch (NotFoundException e) {
                EngineWords.requireGone(e);
                return true;
            } catch (ConflictException e) {
                return false;
            }
        });
    }
}
