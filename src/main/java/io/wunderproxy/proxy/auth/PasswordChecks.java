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
 * and only so many wait. A password that was right is known again by a keyed digest of it, until its file changes; another thread looks
 * whether it has, so that those who are known do not wait behind the flood.
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
    /** A look takes some microseconds. */
    private static final int MOST_LOOKS_WAITING = 4096;

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
    private final ThreadPoolExecutor looks = thread("password-files", MOST_LOOKS_WAITING);
    private final ThreadPoolExecutor matches = thread("passwords", MOST_WAITING);

    private static ThreadPoolExecutor thread(String name, int mostWaiting) {
        var thread = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(mostWaiting),
                Thread.ofPlatform().daemon().name(name).factory());
        thread.allowCoreThreadTimeOut(true);
        return thread;
    }

    /** @param nanoTime elapsed time in nanoseconds */
    public PasswordChecks(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        var random = new byte[32];
        new SecureRandom().nextBytes(random);
        key = new SecretKeySpec(random, DIGEST);
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
        execute(looks, then, () -> {
            var watched = files.computeIfAbsent(file, name -> new Watched(Path.of(name)));
            look(watched);
            var loaded = watched.loaded;
            if (loaded == null) {
                tell(then, Result.UNKNOWN);
            } else if (isRight(loaded, credentials)) {
                tell(then, Result.RIGHT);
            } else {
                execute(matches, then, () -> tell(then, match(loaded, credentials)));
            }
        });
    }

    private static void execute(ThreadPoolExecutor thread, Consumer<Result> then, Runnable step) {
        try {
            thread.execute(() -> {
                try {
                    step.run();
                } catch (RuntimeException mistake) {
                    LOG.error("unexpected error in the check of a password (please report)", mistake);
                    tell(then, Result.UNKNOWN);
                }
            });
        } catch (RejectedExecutionException tooMany) {
            tell(then, Result.UNKNOWN);
        }
    }

    private static void tell(Consumer<Result> then, Result result) {
        try {
            then.accept(result);
        } catch (RejectedExecutionException ended) {
            // The proxy has ended, and so has the request.
        }
    }

    private Result match(Loaded loaded, Credentials credentials) {
        // It may have been found right while this one waited.
        if (!isRight(loaded, credentials)) {
            if (!loaded.file().matches(credentials)) {
                return Result.WRONG;
            }
            loaded.right().put(credentials.user(), digest(credentials));
        }
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
        looks.shutdownNow();
        matches.shutdownNow();
    }
}
