package io.wunderproxy.proxy;

import io.wunderproxy.proxy.routing.PeerOptions;
import io.wunderproxy.proxy.rules.Coding;
import io.wunderproxy.proxy.rules.TrustedProxies;
import io.wunderproxy.proxy.stats.AccessLogOptions;
import io.wunderproxy.proxy.stats.LogFormat;
import io.wunderproxy.proxy.tls.TlsOptions;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How the proxy behaves. {@link #builder} starts with the defaults.
 *
 * @param listen where to listen; default {@code 0.0.0.0:80}
 * @param tls how to serve TLS too; default null: not at all
 * @param peers where requests go that can't be answered here; default: nowhere
 * @param eventLoops number of threads that carry connections, each with its own part of them; default: available
 *     processors
 * @param nativeTransport whether to use epoll where it can be had; default true
 * @param accessLog where and how each request is logged, null: not at all; default: text, on standard output
 * @param trustedProxies IP addresses and networks of proxies in front whose {@code X-Forwarded-*} and {@code X-Request-*}
 *     headers are kept; default none
 * @param maxRequestLine longest request line, in bytes, else 414; default 8 KiB
 * @param maxHeaderSize all headers of a request together, in bytes, else 431; default 32 KiB
 * @param maxHeaders most header lines of a request, else 431; default 100
 * @param maxRequestBody largest request body, in bytes, else 413; default 1 GiB
 * @param requestBuffer whether request bodies are read whole before the backend gets them, so that a slow client holds
 *     no worker of it; not for gRPC; default true
 * @param requestMemory bytes of such a body that are kept in memory, the rest is in a temporary file; default 64 KiB
 * @param answerBuffer bytes of an answer that are kept in memory for a client that reads slower than the backend
 *     writes; beyond these the backend is held back; default 512 KiB
 * @param answerDisk bytes of an answer that are kept in a temporary file when the memory is full, before the backend is
 *     held back; not for event streams and gRPC; default 1 GiB, 0: none
 * @param bufferMemory bytes of bodies and answers that all requests together keep in memory; beyond these, bodies go to
 *     files at once and a slow client holds its backend back sooner; default 64 MiB
 * @param temporarySpace bytes of the temporary files of all requests together; beyond these, bodies are refused with 507
 *     and answers are streamed; default 10 GiB
 * @param compression the codings that text answers are compressed with for clients that accept them, the preferred one
 *     first, unless the backend has compressed them; default none
 * @param compressionMinimum answers that are known to be smaller are not compressed, in bytes; default 1 KiB
 * @param forwardedHeader whether {@code Forwarded} (RFC 7239) is sent beside {@code X-Forwarded-*}; default false
 * @param underscoreHeaders whether request headers with {@code _} in their names are forwarded, unless they could be taken for
 *     one that only a proxy may say; default false
 * @param errorPages directory with HTML pages for the proxy's own errors, null: none; default null
 * @param checkInterval how often changed error pages are looked for; default 2 s
 * @param temporary directory for temporary files; default: the system's
 * @param maxConnections most client connections at the same time, others are refused with 503; default 16,000
 * @param maxRequests most requests being answered at the same time, others get 503; default 8,000
 * @param headTimeout how long a client may take to send the head of a request, counted from its first byte, and to
 *     begin on a new connection, else 408; default 10 s
 * @param clientIdle how long a client connection may stay without a request; default 75 s
 * @param connectTimeout how long connecting to the backend may take, else 504; default 5 s
 * @param answerTimeout how long the backend may take until its answer begins, counted from the end of the request, and
 *     between two parts of the answer; else 504, or the connection is cut if the answer has begun; default 10 min
 * @param bodyTimeout how long a client may pause while it sends a request body or reads an answer; else 408, or the
 *     connection is cut if the answer has begun; default 60 s
 * @param backendIdle how long an unused connection to the backend is kept; shortened by the backend's own
 *     {@code Keep-Alive: timeout=}; default 30 s
 * @param maxIdleBackendConnections unused connections to the backend that are kept, per event loop; default 1024
 */
public record ProxyOptions(
        ListenAddress listen,
        TlsOptions tls,
        PeerOptions peers,
        int eventLoops,
        boolean nativeTransport,
        AccessLogOptions accessLog,
        List<String> trustedProxies,
        int maxRequestLine,
        int maxHeaderSize,
        int maxHeaders,
        long maxRequestBody,
        boolean requestBuffer,
        int requestMemory,
        int answerBuffer,
        long answerDisk,
        long bufferMemory,
        long temporarySpace,
        List<Coding> compression,
        long compressionMinimum,
        boolean forwardedHeader,
        boolean underscoreHeaders,
        Path errorPages,
        Duration checkInterval,
        Path temporary,
        int maxConnections,
        int maxRequests,
        Duration headTimeout,
        Duration clientIdle,
        Duration connectTimeout,
        Duration answerTimeout,
        Duration bodyTimeout,
        Duration backendIdle,
        int maxIdleBackendConnections) {

    public ProxyOptions {
        if (eventLoops < 1) {
            throw new IllegalArgumentException("the proxy needs at least one event loop");
        }
        compression = List.copyOf(compression);
        trustedProxies = List.copyOf(trustedProxies);
        new TrustedProxies(trustedProxies);
    }

    /** All defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects what differs from the defaults. */
    public static final class Builder {
        private ListenAddress listen = new ListenAddress.Tcp("0.0.0.0", 80);
        private TlsOptions tls;
        private PeerOptions peers = PeerOptions.NONE;
        private int eventLoops = Runtime.getRuntime().availableProcessors();
        private boolean nativeTransport = true;
        private AccessLogOptions accessLog = new AccessLogOptions(null, LogFormat.TEXT, false);
        private List<String> trustedProxies = List.of();
        private int maxRequestLine = 8 * 1024;
        private int maxHeaderSize = 32 * 1024;
        private int maxHeaders = 100;
        private long maxRequestBody = 1L << 30;
        private boolean requestBuffer = true;
        private int requestMemory = 64 * 1024;
        private int answerBuffer = 512 * 1024;
        private long answerDisk = 1L << 30;
        private long bufferMemory = 64L << 20;
        private long temporarySpace = 10L << 30;
        private List<Coding> compression = List.of();
        private long compressionMinimum = 1024;
        private boolean forwardedHeader;
        private boolean underscoreHeaders;
        private Path errorPages;
        private Duration checkInterval = Duration.ofSeconds(2);
        private Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        private int maxConnections = 16_000;
        private int maxRequests = 8_000;
        private Duration headTimeout = Duration.ofSeconds(10);
        private Duration clientIdle = Duration.ofSeconds(75);
        private Duration connectTimeout = Duration.ofSeconds(5);
        private Duration answerTimeout = Duration.ofMinutes(10);
        private Duration bodyTimeout = Duration.ofSeconds(60);
        private Duration backendIdle = Duration.ofSeconds(30);
        private int maxIdleBackendConnections = 1024;

        private Builder() {}

        public Builder listen(ListenAddress address) {
            listen = address;
            return this;
        }

        public Builder tls(TlsOptions options) {
            tls = options;
            return this;
        }

        public Builder peers(PeerOptions options) {
            peers = options;
            return this;
        }

        public Builder eventLoops(int number) {
            eventLoops = number;
            return this;
        }

        public Builder nativeTransport(boolean preferred) {
            nativeTransport = preferred;
            return this;
        }

        public Builder accessLog(AccessLogOptions options) {
            accessLog = options;
            return this;
        }

        public Builder trustedProxies(List<String> addressesAndNetworks) {
            trustedProxies = addressesAndNetworks;
            return this;
        }

        public Builder maxRequestLine(int bytes) {
            maxRequestLine = bytes;
            return this;
        }

        public Builder maxHeaderSize(int bytes) {
            maxHeaderSize = bytes;
            return this;
        }

        public Builder maxHeaders(int lines) {
            this.maxHeaders = lines;
            return this;
        }

        public Builder maxRequestBody(long bytes) {
            this.maxRequestBody = bytes;
            return this;
        }

        public Builder requestBuffer(boolean on) {
            this.requestBuffer = on;
            return this;
        }

        public Builder requestMemory(int bytes) {
            this.requestMemory = bytes;
            return this;
        }

        public Builder answerBuffer(int bytes) {
            this.answerBuffer = bytes;
            return this;
        }

        public Builder answerDisk(long bytes) {
            answerDisk = bytes;
            return this;
        }

        public Builder bufferMemory(long bytes) {
            bufferMemory = bytes;
            return this;
        }

        public Builder temporarySpace(long bytes) {
            temporarySpace = bytes;
            return this;
        }

        public Builder compression(List<Coding> codings) {
            compression = codings;
            return this;
        }

        public Builder compressionMinimum(long bytes) {
            compressionMinimum = bytes;
            return this;
        }

        public Builder forwardedHeader(boolean on) {
            forwardedHeader = on;
            return this;
        }

        public Builder underscoreHeaders(boolean on) {
            underscoreHeaders = on;
            return this;
        }

        public Builder errorPages(Path directory) {
            errorPages = directory;
            return this;
        }

        public Builder checkInterval(Duration interval) {
            checkInterval = interval;
            return this;
        }

        public Builder temporary(Path directory) {
            this.temporary = directory;
            return this;
        }

        public Builder maxConnections(int number) {
            this.maxConnections = number;
            return this;
        }

        public Builder maxRequests(int number) {
            this.maxRequests = number;
            return this;
        }

        public Builder headTimeout(Duration longest) {
            this.headTimeout = longest;
            return this;
        }

        public Builder clientIdle(Duration longest) {
            clientIdle = longest;
            return this;
        }

        public Builder connectTimeout(Duration longest) {
            connectTimeout = longest;
            return this;
        }

        public Builder answerTimeout(Duration longest) {
            answerTimeout = longest;
            return this;
        }

        public Builder bodyTimeout(Duration longest) {
            bodyTimeout = longest;
            return this;
        }

        public Builder backendIdle(Duration longest) {
            backendIdle = longest;
            return this;
        }

        public Builder maxIdleBackendConnections(int perEventLoop) {
            maxIdleBackendConnections = perEventLoop;
            return this;
        }

        public ProxyOptions build() {
            return new ProxyOptions(
                    listen,
                    tls,
                    peers,
                    eventLoops,
                    nativeTransport,
                    accessLog,
                    trustedProxies,
                    maxRequestLine,
                    maxHeaderSize,
                    maxHeaders,
                    maxRequestBody,
                    requestBuffer,
                    requestMemory,
                    answerBuffer,
                    answerDisk,
                    bufferMemory,
                    temporarySpace,
                    compression,
                    compressionMinimum,
                    forwardedHeader,
                    underscoreHeaders,
                    errorPages,
                    checkInterval,
                    temporary,
                    maxConnections,
                    maxRequests,
                    headTimeout,
                    clientIdle,
                    connectTimeout,
                    answerTimeout,
                    bodyTimeout,
                    backendIdle,
                    maxIdleBackendConnections);
        }
    }
}
