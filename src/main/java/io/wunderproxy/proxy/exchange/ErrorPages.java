package io.wunderproxy.proxy.exchange;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The operator's HTML pages for the proxy's own errors: {@code 503.html} for one status, {@code 5xx.html} for the others
 * of its class. Changed files are used soon after; those that are too large or can't be read are not used.
 */
public final class ErrorPages implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(ErrorPages.class);
    private static final int LARGEST = 256 * 1024;
    private static final String NAME = "[45]([0-9]{2}|xx)\\.html";

    private final Path directory;
    private final ScheduledExecutorService watcher;
    private Map<String, String> seen = Map.of();
    private volatile Map<String, String> pages = Map.of();

    /**
     * Reads the pages now, and again when they change.
     */
    public ErrorPages(PageOptions options) {
        directory = options.directory();
        watcher = directory == null
                ? null
                : Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("error-pages").factory());
        if (watcher != null) {
            look();
            var nanos = options.checkInterval().toNanos();
            watcher.scheduleWithFixedDelay(this::look, nanos, nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** The page for a status; null if there is none. */
    public String pageFor(int status) {
        var now = pages;
        if (now.isEmpty()) {
            return null;
        }
        var exact = now.get(status + ".html");
        return exact == null ? now.get(status / 100 + "xx.html") : exact;
    }

    private void look() {
        try {
            var found = fingerprints();
            if (!found.equals(seen)) {
                seen = found;
                pages = read(found);
            }
        } catch (IOException | RuntimeException cause) {
            LOG.warnf("error pages not replaced: %s", cause);
        }
    }

    private Map<String, String> fingerprints() throws IOException {
        var found = new HashMap<String, String>();
        try (var files = Files.list(directory)) {
            for (var file : (Iterable<Path>) files::iterator) {
                var name = file.getFileName().toString();
                if (name.matches(NAME)) {
                    found.put(name, Files.getLastModifiedTime(file) + " " + Files.size(file));
                }
            }
        }
        return found;
    }

    private Map<String, String> read(Map<String, String> found) {
        var contents = new HashMap<String, String>();
        for (var name : found.keySet()) {
            var file = directory.resolve(name);
            try {
                if (Files.size(file) > LARGEST) {
                    LOG.warnf("error page %s is not used: it is larger than %d bytes", file, LARGEST);
                } else {
                    contents.put(name, Files.readString(file, StandardCharsets.UTF_8));
                }
            } catch (IOException cause) {
                LOG.warnf("error page %s is not used: %s", file, cause);
            }
        }
        return Map.copyOf(contents);
    }

    @Override
    public void close() {
        if (watcher != null) {
            watcher.shutdownNow();
        }
    }
}
