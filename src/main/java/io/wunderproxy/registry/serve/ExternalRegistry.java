package io.wunderproxy.registry.serve;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** A registry that somebody else runs on this host. Asked once in 5 seconds at the most, however often somebody wants to know. */
public final class ExternalRegistry implements Registry {

    private static final Duration FRESH = Duration.ofSeconds(5);
    private static final int TIMEOUT_MILLIS = 1000;

    private final int port;
    private long askedAt;

    /** Empty until the registry was asked for the first time. */
    private String state = "";

    public ExternalRegistry(int port) {
        this.port = port;
    }

    @Override
    public void start() {}

    @Override
    public synchronized Description describe() {
        if (state.isEmpty() || System.nanoTime() - askedAt > FRESH.toNanos()) {
            state = ask();
            askedAt = System.nanoTime();
        }
        return new Description("external", port, state, Optional.empty());
    }

    private String ask() {
        try {
            var connection = (HttpURLConnection)
                    URI.create("http://127.0.0.1:" + port + "/v2/").toURL().openConnection();
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            try {
                var status = connection.getResponseCode();
                // Whether credentials are wanted is a matter of Docker's configuration.
                return status == 200 || status == 401
                        ? OK
                        : "what listens on port " + port + " is no registry: it responded with " + status;
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            return "no registry responds on port " + port + " (" + e.getMessage() + "); only images called localhost:"
                    + port + "/... need one";
        }
    }

    @Override
    public void close() {}
}
