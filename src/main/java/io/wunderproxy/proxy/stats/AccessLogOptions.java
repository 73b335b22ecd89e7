package io.wunderproxy.proxy.stats;

import java.nio.file.Path;

/**
 * How requests are logged.
 *
 * @param file where to; null: standard output
 * @param query whether the query of a request's target is logged, which may hold secrets
 */
public record AccessLogOptions(Path file, LogFormat format, boolean query) {

    /** Text on standard output. */
    public static final AccessLogOptions DEFAULT = new AccessLogOptions(null, LogFormat.TEXT, false);
}
