package io.wunderproxy.proxy.rules;

/** A content coding. */
public enum Coding {
    ZSTD,
    GZIP
}
