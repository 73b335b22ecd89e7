package io.wunderproxy.proxy.stats;

/** How a line of the access log looks. */
public enum LogFormat {
    TEXT,
    JSON
}
