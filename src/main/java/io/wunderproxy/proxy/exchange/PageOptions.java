package io.wunderproxy.proxy.exchange;

import io.wunderproxy.options.OutOfBounds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The pages for the proxy's own errors.
 *
 * @param directory with HTML pages; null: none
 * @param checkInterval how often changed ones are looked for
 */
public record PageOptions(Path directory, Duration checkInterval) {

    public static final PageOptions DEFAULT = new PageOptions(null, Duration.ofSeconds(2));

    public PageOptions {
        if (directory != null && !Files.isDirectory(directory)) {
            throw new OutOfBounds("directory", directory + " is not a directory");
        }
    }
}
