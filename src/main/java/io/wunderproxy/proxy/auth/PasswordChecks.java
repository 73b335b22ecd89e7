package io.wunderproxy.proxy.auth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jboss.logging.Logger;

/**
 * Checks passwords for all event loops on one thread of its own, as each takes long: a flood of wrong ones takes one processor at most,
 * and only so many wait. A password that was right is known again by a keyed digest of it, until its file changes.
 */
public final class PasswordChecks implements AutoCloseable {
    /** The outcome of a check. */
    public enum Result {
        RIGHT,
        WRONG,
        /** Too many are waiting, or the file has never been readable. */
        UNKNOWN
    }

    private static final Logger LOG = Logger.getLogger(PasswordChecks.class);
    private static final String DIGEST = "HmacSHA256";
    private static final int MOST_WAITING = 64;
    /** How long a file is taken to be unchanged. */
    private static final long TRUST_NANOS = Duration.ofSeconds(2).toNanos();

    /** A file as it was read, and the digests of its users' passwords that were right. */
    private record Loaded(PasswordFile file, String version, Map<String, byte[]> right) {}

    private static final class Watched {
        private final Path path;
        private volatile Loaded loaded;
        private volatile long lookedAt;
        private String problem = "";

        private Watched(Path path) {
            this.path = path;
        }
    }

    private final LongSupplier nanoTime;
    private final Map<String, Watched> files = new ConcurrentHashMap<>();
    private final SecretKeySpec key;
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().daemon().name("passwords").factory());

    /** @param nanoTime elapsed time in nanoseconds */
    public PasswordChecks(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        var random = new byte[32];
        new SecureRandom().nextBytes(random);
        key = new SecretKeySpec(random, DIGEST);
        thread.allowCoreThreadTimeOut(true);
    }

    /** Whether this password was right a moment ago. Takes no time. */
    public boolean isKnown(String file, Credentials credentials) {
        var watched = files.get(file);
        return watched != null
                && watched.loaded != null
                && nanoTime.getAsLong() - watched.lookedAt < TRUST_NANOS
                && isRight(watched.loaded, credentials);
    }

    /** Checks a password; {@code then} gets the result, on a thread that must not be kept, or at once if too many wait. */
    public void check(String file, Credentials credentials, Consumer<Result> then) {
        try {
            thread.execute(() -> {
                var result = resultOrUnknown(file, credentials);
                try {
                    then.accept(result);
                } catch (RejectedExecutionException ended) {
                    // The proxy has ended, and so has the request.
                }
            });
        } catch (RejectedExecutionException tooMany) {
            then.accept(Result.UNKNOWN);
        }
    }

    private Result resultOrUnknown(String file, Credentials credentials) {
        try {
            return result(file, credentials);
        } catch (RuntimeException mistake) {
            LOG.error("unexpected error in the check of a password (please report)", mistake);
            return Result.UNKNOWN;
        }
    }

    private Result result(String file, Credentials credentials) {
        var watched = files.computeIfAbsent(file, name -> new Watched(Path.of(name)));
        look(watched);
        var loaded = watched.loaded;
        if (loaded == null) {
            return Result.UNKNOWN;
        }
        if (isRight(loaded, credentials)) {
            return Result.RIGHT;
        }
        if (!loaded.file().matches(credentials)) {
            return Result.WRONG;
        }
        loaded.right().put(credentials.user(), digest(credentials));
        return Result.RIGHT;
    }

    /** Reads a file again if it has changed; one that can't be read leaves what was read before. */
    private void look(Watched watched) {
        var problem = "";
        try {
            var version = version(watched.path);
            if (watched.loaded == null || !watched.loaded.version().equals(version)) {
                watched.loaded = new Loaded(PasswordFile.read(watched.path), version, new ConcurrentHashMap<>());
            }
        } catch (IOException e) {
            problem = e.getMessage();
        }
        watched.lookedAt = nanoTime.getAsLong();
        if (!problem.isEmpty() && !problem.equals(watched.problem)) {
            LOG.errorf(
                    "%s; %s",
                    problem,
                    watched.loaded == null
                            ? "nobody is let in until it can be read"
                            : "what was read of it before holds until it can be read");
        }
        watched.problem = problem;
    }

    private static String version(Path file) throws IOException {
        if (!Files.exists(file)) {
            // Says what is wrong with it.
            PasswordFile.read(file);
        }
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return attributes.lastModifiedTime() + " " + attributes.size() + " " + attributes.fileKey();
    }

    private boolean isRight(Loaded loaded, Credentials credentials) {
        var known = loaded.right().get(credentials.user());
        return known != null && MessageDigest.isEqual(known, digest(credentials));
    }

    private byte[] digest(Credentials credentials) {
        try {
            var mac = Mac.getInstance(DIGEST);
            mac.init(key);
            mac.update(credentials.user().getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            return mac.doFinal(credentials.password());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
