package io.wunderproxy.agent;

import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.SizeConverter;
import io.wunderproxy.proxy.rules.Coding;
import io.wunderproxy.proxy.stats.LogFormat;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/**
 * The options of {@code run} that say how the proxy behaves. Each becomes the setting {@code agent.proxy.<name>} of
 * {@link ProxyConfig}.
 */
class ProxyFlags {

    @ArgGroup(validate = false, heading = "%nTLS:%n", order = 1)
    Tls tls = new Tls();

    @ArgGroup(validate = false, heading = "%nLimits (sizes like 512, 64k, 10m, 1g):%n", order = 2)
    Limits limits = new Limits();

    @ArgGroup(validate = false, heading = "%nBuffering, so that slow clients hold no worker:%n", order = 3)
    Buffering buffering = new Buffering();

    @ArgGroup(validate = false, heading = "%nHeaders, pages and compression:%n", order = 4)
    Answers answers = new Answers();

    @ArgGroup(validate = false, heading = "%nOther instances:%n", order = 5)
    Peers peers = new Peers();

    @ArgGroup(validate = false, heading = "%nAccess log:%n", order = 6)
    Log log = new Log();

    /** What is on or off. */
    enum Switch {
        ON,
        OFF
    }

    static class Tls {
        @Option(
                names = "--tls",
                paramLabel = "<address>",
                defaultValue = "0.0.0.0:443",
                description = "Listen address for TLS, with a certificate. Default: ${DEFAULT-VALUE}")
        String tls;

        @Option(
                names = "--tls-cert",
                paramLabel = "<file>",
                split = ",",
                description =
                        "PEM files of certificates with their chains; the one whose names match what the client asks "
                                + "for is shown, else the first. Changed files are used without a restart.")
        List<Path> tlsCert = List.of();

        @Option(
                names = "--tls-key",
                paramLabel = "<file>",
                split = ",",
                description = "PEM files of their keys, in the same order.")
        List<Path> tlsKey = List.of();

        @Option(names = "--tls-redirect", description = "Send plain requests to https with a 308.")
        boolean tlsRedirect;

        @Option(
                names = "--hsts",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                defaultValue = "0s",
                description = "max-age of Strict-Transport-Security on answers through TLS; 0s: not added. "
                        + "Default: ${DEFAULT-VALUE}")
        Duration hsts;
    }

    static class Limits {
        @Option(
                names = "--max-connections",
                paramLabel = "<number>",
                defaultValue = "16000",
                description = "Client connections at the same time; others get 503. Default: ${DEFAULT-VALUE}")
        int maxConnections;

        @Option(
                names = "--max-requests",
                paramLabel = "<number>",
                defaultValue = "8000",
                description = "Requests in flight; others get 503. Default: ${DEFAULT-VALUE}")
        int maxRequests;

        @Option(
                names = "--max-request-line",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                defaultValue = "8k",
                description = "Request line, else 414. Default: ${DEFAULT-VALUE}")
        Long maxRequestLine;

        @Option(
                names = "--max-headers",
                paramLabel = "<number>",
                defaultValue = "100",
                description = "Header lines of a request, else 431. Default: ${DEFAULT-VALUE}")
        int maxHeaders;

        @Option(
                names = "--max-header-size",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                defaultValue = "32k",
                description = "All headers of a request together, else 431. Default: ${DEFAULT-VALUE}")
        Long maxHeaderSize;

        @Option(
                names = "--max-body",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                defaultValue = "1g",
                description = "Body of a request, else 413. Default: ${DEFAULT-VALUE}")
        Long maxBody;

        @Option(
                names = "--head-timeout",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                defaultValue = "10s",
                description = "Until the head of a request is there, else 408. Default: ${DEFAULT-VALUE}")
        Duration headTimeout;

        @Option(
                names = "--body-timeout",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                defaultValue = "60s",
                description =
                        "How long a client may pause while it sends a body (else 408) or reads an answer (else it is "
                                + "cut off). Default: ${DEFAULT-VALUE}")
        Duration bodyTimeout;

        @Option(
                names = "--answer-timeout",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                defaultValue = "10m",
                description = "Until the backend's answer begins, and between two parts of it, else 504. "
                        + "Default: ${DEFAULT-VALUE}")
        Duration answerTimeout;

        @Option(
                names = "--connect-timeout",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                defaultValue = "5s",
                description = "Until the backend accepts a connection, else 504. Default: ${DEFAULT-VALUE}")
        Duration connectTimeout;

        @Option(
                names = "--idle-timeout",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                defaultValue = "75s",
                description = "How long a client's connection is kept without a request. Default: ${DEFAULT-VALUE}")
        Duration idleTimeout;

        @Option(
                names = "--backend-idle-timeout",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                defaultValue = "30s",
                description = "The same for a connection to the backend, unless its Keep-Alive header says less. "
                        + "Default: ${DEFAULT-VALUE}")
        Duration backendIdleTimeout;
    }

    static class Buffering {
        @Option(
                names = "--request-buffering",
                paramLabel = "<on|off>",
                defaultValue = "on",
                description = "Read the body of a request whole before the backend gets it; not for gRPC. "
                        + "Default: ${DEFAULT-VALUE}")
        Switch requestBuffering;

        @Option(
                names = "--request-memory",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                defaultValue = "64k",
                description = "Of such a body in memory; the rest is in a temporary file. Default: ${DEFAULT-VALUE}")
        Long requestMemory;

        @Option(
                names = "--answer-buffering",
                paramLabel = "<on|off>",
                defaultValue = "on",
                description =
                        "Take an answer off the backend in a temporary file when its client is slow; not for event "
                                + "streams and gRPC. Default: ${DEFAULT-VALUE}")
        Switch answerBuffering;

        @Option(
                names = "--answer-memory",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                defaultValue = "512k",
                description = "Of an answer in memory. Default: ${DEFAULT-VALUE}")
        Long answerMemory;

        @Option(
                names = "--answer-disk",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                defaultValue = "1g",
                description =
                        "Of an answer in its temporary file; beyond that it is streamed. Default: ${DEFAULT-VALUE}")
        Long answerDisk;

        @Option(
                names = "--buffer-memory",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                defaultValue = "64m",
                description = "Of all bodies and answers in memory together; beyond it, bodies go to files at once and "
                        + "slow clients hold the backend back sooner. Default: ${DEFAULT-VALUE}")
        Long bufferMemory;

        @Option(
                names = "--temp-space",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                defaultValue = "10g",
                description = "Of all temporary files together; beyond it, bodies get 507 and answers are streamed. "
                        + "Default: ${DEFAULT-VALUE}")
        Long tempSpace;

        @Option(
                names = "--temp-dir",
                paramLabel = "<dir>",
                description = "Where temporary files are made, without a name. Default: the system's")
        Path tempDir;
    }

    static class Answers {
        @Option(names = "--forwarded", description = "Add the header Forwarded (RFC 7239) beside X-Forwarded-*.")
        boolean forwarded;

        @Option(
                names = "--underscore-headers",
                description =
                        "Forward request headers with '_' in their names, which many applications can't tell from '-'; else "
                                + "they are dropped.")
        boolean underscoreHeaders;

        @Option(
                names = "--compression",
                paramLabel = "<coding>",
                split = ",",
                description = "Compress text answers for clients that accept it: any of zstd and gzip, the one that is "
                        + "preferred first. Default: not at all")
        List<Coding> compression = List.of();

        @Option(
                names = "--compression-min",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                defaultValue = "1k",
                description = "Smaller answers are left as they are. Default: ${DEFAULT-VALUE}")
        Long compressionMin;

        @Option(
                names = "--error-pages",
                paramLabel = "<dir>",
                description =
                        "HTML pages for the proxy's own errors: 503.html, 5xx.html, ... Changed ones are used at once.")
        Path errorPages;
    }

    static class Peers {
        @Option(
                names = "--peers",
                paramLabel = "<host:port>",
                split = ",",
                description = "Proxies of other instances: one of them gets, once, what can't be answered here.")
        List<String> peers = List.of();

        @Option(
                names = "--peer-interval",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                defaultValue = "2s",
                description = "Time between two probes of a peer. Default: ${DEFAULT-VALUE}")
        Duration peerInterval;

        @Option(
                names = "--instance-id",
                paramLabel = "<name>",
                description = "What this instance is called in X-Wunderproxy-Fallback. Default: the host's name")
        String instanceId;
    }

    static class Log {
        @Option(
                names = "--access-log",
                paramLabel = "<stdout|off|file>",
                defaultValue = "stdout",
                description =
                        "Where each request gets a line. A file is opened again on SIGHUP. Default: ${DEFAULT-VALUE}")
        String accessLog;

        @Option(
                names = "--access-log-format",
                paramLabel = "<text|json>",
                defaultValue = "text",
                description = "How the line looks. Default: ${DEFAULT-VALUE}")
        LogFormat accessLogFormat;

        @Option(names = "--access-log-query", description = "Log what is behind the '?' too, which may hold secrets.")
        boolean accessLogQuery;
    }

    /** What is wrong with these options together, for the person who gave them. */
    Optional<String> problem() {
        var problems = new ArrayList<String>();
        try {
            ListenAddress.parse(tls.tls);
        } catch (IllegalArgumentException e) {
            problems.add("--tls: " + e.getMessage());
        }
        if (tls.tlsCert.size() != tls.tlsKey.size()) {
            problems.add("--tls-cert and --tls-key: there must be as many keys as certificates");
        }
        for (var peer : peers.peers) {
            if (!isPeer(peer)) {
                problems.add("--peers: '" + peer + "' is not host:port");
            }
        }
        if (limits.maxConnections < 1 || limits.maxRequests < 1 || limits.maxHeaders < 1) {
            problems.add("--max-connections, --max-requests, --max-headers: must be at least 1");
        }
        for (var size :
                List.of(limits.maxRequestLine, limits.maxHeaderSize, buffering.requestMemory, buffering.answerMemory)) {
            if (size < 1024 || size > 64 << 20) {
                problems.add(
                        "--max-request-line, --max-header-size, --request-memory, --answer-memory: must be 1k to 64m");
                break;
            }
        }
        for (var time : List.of(
                limits.headTimeout,
                limits.bodyTimeout,
                limits.answerTimeout,
                limits.connectTimeout,
                peers.peerInterval)) {
            if (time.isZero()) {
                problems.add("--head-timeout, --body-timeout, --answer-timeout, --connect-timeout, --peer-interval: "
                        + "must be longer than 0");
                break;
            }
        }
        for (var directory : new Path[] {answers.errorPages, buffering.tempDir}) {
            if (directory != null && !Files.isDirectory(directory)) {
                problems.add(directory + " is not a directory");
            }
        }
        return problems.stream().findFirst();
    }

    private static boolean isPeer(String text) {
        try {
            return ListenAddress.parse(text) instanceof ListenAddress.Tcp(var host, var port)
                    && port > 0
                    && !text.startsWith(":");
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
