package io.wunderproxy.proxy.tls;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.util.Mapping;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.wunderproxy.proxy.transport.ProxyStartException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/** Adds TLS to accepted connections, with the certificates that are in the files at that time. */
public final class TlsListener implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(TlsListener.class);
    private static final long HANDSHAKE_MILLIS = 10_000;
    private static final int MAX_CLIENT_HELLO = 16 * 1024;

    private final TlsOptions options;
    private final Vertx vertx;
    private final AtomicReference<TlsCertificates> certificates;
    private List<Buffer> contents;
    private String complaint;
    private final ScheduledExecutorService watcher = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("certificates").factory());

    /** @throws ProxyStartException if a certificate can't be used */
    public TlsListener(TlsOptions options, Vertx vertx) {
        this.options = options;
        this.vertx = vertx;
        try {
            contents = TlsCertificates.read(options.certificates());
            certificates = new AtomicReference<>(TlsCertificates.of(contents, options.certificates(), vertx));
        } catch (IOException cause) {
            throw ProxyStartException.cannotServeTls(cause);
        }
        var nanos = options.checkInterval().toNanos();
        watcher.scheduleWithFixedDelay(this::reload, nanos, nanos, TimeUnit.NANOSECONDS);
    }

    /** Finds what is wrong with a certificate and its key; empty if a connection could be secured with them. */
    public static Optional<String> fault(TlsOptions.PemFiles pair) {
        try {
            var files = List.of(pair);
            TlsCertificates.of(TlsCertificates.read(files), files, null);
            return Optional.empty();
        } catch (IOException cause) {
            return Optional.of(ProxyStartException.cannotServeTls(cause).getMessage());
        }
    }

    /** Makes the connection speak TLS. */
    public void secure(Channel channel) {
        Mapping<String, SslContext> byName = name -> certificates.get().forName(name);
        channel.pipeline().addLast(new SniHandler(byName, MAX_CLIENT_HELLO, HANDSHAKE_MILLIS));
    }

    private void reload() {
        try {
            var found = TlsCertificates.read(options.certificates());
            if (!found.equals(contents)) {
                contents = found;
                certificates.set(TlsCertificates.of(found, options.certificates(), vertx));
                LOG.info("TLS certificates replaced");
            }
            complaint = null;
        } catch (IOException | RuntimeException invalid) {
            complainOnce(invalid.toString());
        }
    }

    /** A file that can't be read is tried again and again. */
    private void complainOnce(String cause) {
        if (!cause.equals(complaint)) {
            complaint = cause;
            LOG.warnf("TLS certificates not replaced: %s", cause);
        }
    }

    @Override
    public void close() {
        watcher.shutdownNow();
    }
}
