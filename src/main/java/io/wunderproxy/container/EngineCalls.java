package io.wunderproxy.container;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.core.LocalDirectorySSLConfig;
import com.github.dockerjava.core.RemoteApiVersion;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient;
import io.wunderproxy.container.EngineException.Kind;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Calls an engine: chooses the API version, the threads and the timeouts, and turns its failures into exceptions. */
final class EngineCalls {

    /** The timeout of calls that a healthy engine completes at once. */
    static final Duration QUICK = Duration.ofSeconds(5);

    /** The timeout of all other calls that the engine completes without waiting. */
    static final Duration USUAL = Duration.ofSeconds(60);

    /** The API of Docker Engine 27; an older engine is called in its own version. */
    private static final RemoteApiVersion NEWEST = RemoteApiVersion.create(1, 47);

    /** The API version of an engine that does not say its own. */
    private static final String DEFAULT_VERSION = "1.41";

    /** One call of an engine. */
    interface EngineCall<T> {
        T on(DockerClient client) throws Exception;
    }

    /** The client of one API version. */
    private record Connection(DockerClient client, String version) {}

    private final URI host;
    private final DefaultDockerClientConfig config;
    private final ExecutorService threads;
    private DockerHttpClient http;
    private volatile Connection connection;

    /** @param host as in {@code DOCKER_HOST}: {@code unix:///path} or {@code tcp://host:port} */
    EngineCalls(String host) {
        this.config = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(host)
                .build();
        this.host = config.getDockerHost();
        this.threads = threadsFor(this.host);
    }

    /**
     * Threads on which an interrupt ends a call: with a TCP socket of the JDK, it does so on virtual threads alone. With a Unix
     * socket, it does so on any; it gets platform threads, since a virtual thread of a native binary may miss a response
     * (<a href="https://github.com/oracle/graal/issues/13787">GraalVM, issue 13787</a>).
     */
    private static ExecutorService threadsFor(URI host) {
        return host.getScheme().equals("unix")
                ? Executors.newCachedThreadPool(
                        Thread.ofPlatform().daemon().name("docker-", 0).factory())
                : Executors.newVirtualThreadPerTaskExecutor();
    }

    /** The address at which the engine listens. */
    URI host() {
        return host;
    }

    /** The HTTP client, made when it is first needed: its TLS context alone takes a good part of an agent's startup time. */
    private synchronized DockerHttpClient http() {
        if (http == null) {
            http = new ApacheDockerHttpClient.Builder()
                    .dockerHost(host)
                    .sslConfig(
                            config.getSSLConfig() instanceof LocalDirectorySSLConfig files
                                    ? new EngineCertificates(Path.of(files.getDockerCertPath()))
                                    : config.getSSLConfig())
                    .maxConnections(200)
                    .connectionTimeout(Duration.ofSeconds(3))
                    .build();
        }
        return http;
    }

    /** The client of the engine's API version, for calls without a timeout. */
    DockerClient client() throws EngineException {
        return connection().client();
    }

    /**
     * A request of the engine's API version, for calls that docker-java does not know.
     *
     * @param path the part after the version, with a slash before it
     */
    DockerHttpClient.Request.Builder request(DockerHttpClient.Request.Method method, String path)
            throws EngineException {
        return DockerHttpClient.Request.builder()
                .method(method)
                .path("/v" + connection().version() + path);
    }

    DockerHttpClient.Response send(DockerHttpClient.Request request) {
        return http().execute(request);
    }

    /** Runs a call on a thread of its own, which is interrupted when the result is cancelled. */
    <T> Future<T> begin(Callable<T> call) {
        return threads.submit(call);
    }

    /**
     * Makes a call within a time.
     *
     * @param what for people, as in "Docker can't ..."
     */
    <T> T call(String what, Duration timeout, EngineCall<T> call) throws EngineException {
        var client = client();
        return within(timeout, what, () -> call.on(client));
    }

    /** Makes a call on a thread that can be interrupted, since a read from a Unix socket has no timeout of its own. */
    <T> T within(Duration timeout, String what, Callable<T> call) throws EngineException {
        var result = threads.submit(call);
        try {
            return result.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            result.cancel(true);
            throw new EngineException(
                    Kind.UNAVAILABLE,
                    "Docker at " + host + " did not respond within " + timeout.toSeconds() + " s (" + what + ")",
                    e);
        } catch (InterruptedException e) {
            result.cancel(true);
            Thread.currentThread().interrupt();
            throw new EngineException(Kind.UNAVAILABLE, "interrupted (" + what + ")", e);
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case EngineException known -> known;
                case DockerException refused -> refused(what, refused);
                case Throwable other -> unavailable(other);
            };
        }
    }

    /** Finds the newest API version that both sides know; once more after the engine was away, since it may be another. */
    private Connection connection() throws EngineException {
        var known = connection;
        if (known != null) {
            return known;
        }
        var version = within(QUICK, "negotiate the API version", () -> {
            var ping = DockerHttpClient.Request.builder()
                    .method(DockerHttpClient.Request.Method.GET)
                    .path("/_ping")
                    .build();
            try (var response = send(ping)) {
                var theirs = response.getHeader("Api-Version");
                return theirs == null || NEWEST.isGreaterOrEqual(RemoteApiVersion.parseConfig(theirs))
                        ? Objects.requireNonNullElse(theirs, DEFAULT_VERSION)
                        : NEWEST.getVersion();
            }
        });
        var versioned = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(host.toString())
                .withApiVersion(version)
                .build();
        return connection = new Connection(DockerClientImpl.getInstance(versioned, http()), version);
    }

    /** The exception for an engine that refuses a call. */
    static EngineException refused(String what, DockerException refusal) {
        return new EngineException(Kind.REFUSED, "Docker can't " + what + ": " + EngineWords.of(refusal), refusal);
    }

    /** The exception for an engine that can't be reached; its version is asked again before the next call. */
    EngineException unavailable(Throwable cause) {
        connection = null;
        return new EngineException(
                Kind.UNAVAILABLE,
                "cannot reach Docker at " + host + ": " + EngineWords.of(innermost(cause))
                        + "; is it running, and may this user use it?",
                cause);
    }

    private static Throwable innermost(Throwable e) {
        return e.getCause() == null ? e : innermost(e.getCause());
    }
}
