package io.wunderproxy.proxy;

import io.wunderproxy.options.Bounds;
import io.wunderproxy.options.OutOfBounds;
import io.wunderproxy.proxy.admission.CapacityOptions;
import io.wunderproxy.proxy.backend.BackendOptions;
import io.wunderproxy.proxy.body.BodyOptions;
import io.wunderproxy.proxy.exchange.ClientTimeouts;
import io.wunderproxy.proxy.exchange.PageOptions;
import io.wunderproxy.proxy.routing.PeerOptions;
import io.wunderproxy.proxy.rules.CompressionOptions;
import io.wunderproxy.proxy.rules.FrontOptions;
import io.wunderproxy.proxy.rules.HeadLimits;
import io.wunderproxy.proxy.rules.HeaderOptions;
import io.wunderproxy.proxy.rules.TrustedProxies;
import io.wunderproxy.proxy.stats.AccessLogOptions;
import io.wunderproxy.proxy.tls.TlsOptions;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How the proxy behaves: the options of its rooms.
 *
 * @param listener what holds for every connection, whatever is asked for on it
 * @param application what holds for the requests of one application
 */
public record ProxyOptions(Listener listener, Application application) {

    /**
     * Options of the listener, which hold for every connection.
     *
     * @param listen where to listen
     * @param tls how to serve TLS too; null: not at all
     * @param eventLoops number of threads that carry connections, each with its own part of them
     * @param nativeTransport whether to use epoll where it can be had
     * @param trusted proxies in front whose {@code X-Forwarded-*} and {@code X-Request-*} headers are kept
     * @param front how the proxies in front are served
     * @param peers where requests go that can't be responded to here
     * @param accessLog where and how each request is logged; null: not at all
     * @param temporary directory for temporary files
     */
    public record Listener(
            ListenAddress listen,
            TlsOptions tls,
            int eventLoops,
            boolean nativeTransport,
            HeadLimits head,
            ClientTimeouts timeouts,
            CapacityOptions capacity,
            TrustedProxies trusted,
            FrontOptions front,
            PeerOptions peers,
            AccessLogOptions accessLog,
            Path temporary) {

        public static final ListenAddress DEFAULT_ADDRESS = new ListenAddress.Tcp("0.0.0.0", 80);

        public Listener {
            Bounds.atLeast("eventLoops", eventLoops, 1);
            if (!Files.isDirectory(temporary)) {
                throw new OutOfBounds("temporary", temporary + " is not a directory");
            }
        }

        /** A copy with another capacity. */
        public Listener withCapacity(CapacityOptions other) {
            return new Listener(
                    listen,
                    tls,
                    eventLoops,
                    nativeTransport,
                    head,
                    timeouts,
                    other,
                    trusted,
                    front,
                    peers,
                    accessLog,
                    temporary);
        }

        /** Where this machine has its temporary files. */
        public static Path defaultTemporary() {
            return Path.of(System.getProperty("java.io.tmpdir"));
        }

        /** An event loop for each processor of this machine. */
        public static int defaultEventLoops() {
            return Runtime.getRuntime().availableProcessors();
        }
    }

    /** Options that hold for the requests of one application. */
    public record Application(
            BodyOptions bodies,
            BackendOptions backend,
            CompressionOptions compression,
            HeaderOptions headers,
            PageOptions pages) {

        public static final Application DEFAULT = new Application(
                BodyOptions.DEFAULT,
                BackendOptions.DEFAULT,
                CompressionOptions.DEFAULT,
                HeaderOptions.DEFAULT,
                PageOptions.DEFAULT);
    }
}
