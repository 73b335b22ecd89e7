package io.wunderproxy.proxy.tls;

import io.wunderproxy.options.Bounds;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How the proxy serves TLS 1.2 and 1.3.
 *
 * @param listen where to listen, beside the address for plain HTTP
 * @param certificates at least one; the one whose names match what the client asks for (SNI) is used, else the first
 * @param redirectHttp whether plain requests are sent to https with a 308
 * @param hsts {@code max-age} of the header {@code Strict-Transport-Security} on responses through TLS that have none;
 *     zero: not added
 * @param checkInterval how often the files are looked at; changed ones are used for new connections
 */
public record TlsOptions(
        ListenAddress listen,
        List<PemFiles> certificates,
        boolean redirectHttp,
        Duration hsts,
        Duration checkInterval) {
    /**
     * A certificate and its key.
     *
     * @param certificate PEM file with the certificate and those that lead to its root
     * @param key PEM file with the private key, not encrypted
     */
    public record PemFiles(Path certificate, Path key) {}

    /** A hundred years. */
    private static final Duration MOST_HSTS = Duration.ofDays(36_500);

    public static final ListenAddress DEFAULT_ADDRESS = new ListenAddress.Tcp("0.0.0.0", 443);

    public TlsOptions {
        certificates = List.copyOf(certificates);
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("TLS needs at least one certificate");
        }
        Bounds.time("hsts", hsts, Duration.ZERO, MOST_HSTS);
    }
}
