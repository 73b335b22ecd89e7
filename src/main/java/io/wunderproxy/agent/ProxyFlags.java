package io.wunderproxy.agent;

import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.SizeConverter;
import io.wunderproxy.options.OutOfBounds;
import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.admission.CapacityOptions;
import io.wunderproxy.proxy.backend.BackendOptions;
import io.wunderproxy.proxy.body.BodyOptions;
import io.wunderproxy.proxy.exchange.ClientTimeouts;
import io.wunderproxy.proxy.exchange.PageOptions;
import io.wunderproxy.proxy.routing.PeerOptions;
import io.wunderproxy.proxy.rules.Coding;
import io.wunderproxy.proxy.rules.CompressionOptions;
import io.wunderproxy.proxy.rules.FrontOptions;
import io.wunderproxy.proxy.rules.HeadLimits;
import io.wunderproxy.proxy.rules.HeaderOptions;
import io.wunderproxy.proxy.rules.TrustedProxies;
import io.wunderproxy.proxy.stats.AccessLogOptions;
import io.wunderproxy.proxy.stats.LogFormat;
import io.wunderproxy.proxy.tls.TlsOptions;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/**
 * The options of {@code run} for the proxy. Each group makes one record of a room; its fields have the names of that record's
 * components and, where it has defaults, their values.
 */
class ProxyFlags {

    /** How often changed certificates and error pages are looked for. */
    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(2);

    private static final String STANDARD_OUTPUT = "stdout";
    private static final String NO_LOG = "off";

    @ArgGroup(validate = false, heading = "%nTLS:%n", order = 1)
    Tls tls = new Tls();

    @ArgGroup(validate = false, heading = "%nAll clients together (sizes like 512, 64k, 10m, 1g):%n", order = 2)
    Together together = new Together();

    @ArgGroup(validate = false, heading = "%nHead of a request:%n", order = 3)
    Head head = new Head();

    @ArgGroup(validate = false, heading = "%nHow long a client may take:%n", order = 4)
    Client client = new Client();

    @ArgGroup(validate = false, heading = "%nHow long the application may take:%n", order = 5)
    Application application = new Application();

    @ArgGroup(validate = false, heading = "%nBodies, buffered so that slow clients hold no worker:%n", order = 6)
    Bodies bodies = new Bodies();

    @ArgGroup(validate = false, heading = "%nHeaders:%n", order = 7)
    Headers headers = new Headers();

    @ArgGroup(validate = false, heading = "%nLoad balancers in front (--trusted-proxies):%n", order = 13)
    Front front = new Front();

    @ArgGroup(validate = false, heading = "%nCompression:%n", order = 8)
    Compressed compressed = new Compressed();

    @ArgGroup(validate = false, heading = "%nError pages:%n", order = 9)
    Pages pages = new Pages();

    @ArgGroup(validate = false, heading = "%nOther instances:%n", order = 10)
    Peers peers = new Peers();

    @ArgGroup(validate = false, heading = "%nAccess log:%n", order = 11)
    Log log = new Log();

    /** A setting that is on or off. */
    enum Switch {
        ON,
        OFF;

        static Switch of(boolean on) {
            return on ? ON : OFF;
        }
    }

    static class Tls {
        @Option(
                names = "--tls",
                paramLabel = "<address>",
                converter = ListenAddressConverter.class,
                description = "Listen address for TLS, with a certificate. Default: ${DEFAULT-VALUE}")
        ListenAddress listen = TlsOptions.DEFAULT_ADDRESS;

        @Option(
                names = "--tls-cert",
                paramLabel = "<file>",
                split = ",",
                description =
                        "PEM files of certificates with their chains; the one whose names match what the client asks "
                                + "for is shown, else the first. Changed files are used without a restart.")
        List<Path> certificates = List.of();

        @Option(
                names = "--tls-key",
                paramLabel = "<file>",
                split = ",",
                description = "PEM files of the certificates' keys, in the same order.")
        List<Path> keys = List.of();

        @Option(names = "--tls-redirect", description = "Send plain requests to https with a 308.")
        boolean redirectHttp;

        @Option(
                names = "--hsts",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                description = "max-age of Strict-Transport-Security on responses through TLS; 0s: not added. "
                        + "Default: ${DEFAULT-VALUE}")
        Duration hsts = Duration.ZERO;

        /** The TLS options; null without a certificate. */
        TlsOptions options() {
            if (certificates.size() != keys.size()) {
                throw new OutOfBounds("keys", "there must be as many keys as certificates (--tls-cert)");
            }
            if (certificates.isEmpty()) {
                return null;
            }
            var pairs = IntStream.range(0, certificates.size())
                    .mapToObj(i -> new TlsOptions.PemFiles(certificates.get(i), keys.get(i)))
                    .toList();
            return new TlsOptions(listen, pairs, redirectHttp, hsts, CHECK_INTERVAL);
        }
    }

    static class Together {
        @Option(
                names = "--max-connections",
                paramLabel = "<number>",
                description = "Client connections at the same time; others get 503. Default: ${DEFAULT-VALUE}")
        int connections = CapacityOptions.DEFAULT.connections();

        @Option(
                names = "--max-requests",
                paramLabel = "<number>",
                description = "Requests in flight; others get 503. Default: ${DEFAULT-VALUE}")
        int requests = CapacityOptions.DEFAULT.requests();

        @Option(
                names = "--buffer-memory",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                description = "Memory for all bodies and responses together; beyond it, bodies go to files at once and "
                        + "slow clients hold the backend back sooner. Default: ${DEFAULT-VALUE}")
        long memory = CapacityOptions.DEFAULT.memory();

        @Option(
                names = {"--response-memory", "--answer-memory"},
                paramLabel = "<size>",
                converter = SizeConverter.class,
                description = "How much of a response is in memory while its client reads. Default: ${DEFAULT-VALUE}")
        long unsent = CapacityOptions.DEFAULT.unsent();

        @Option(
                names = "--temp-space",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                description =
                        "Size of all temporary files together; beyond it, bodies get 507 and responses are streamed. "
                                + "Default: ${DEFAULT-VALUE}")
        long disk = CapacityOptions.DEFAULT.disk();

        @Option(
                names = "--temp-dir",
                paramLabel = "<dir>",
                description = "Where temporary files are made, without a name. Default: the system's")
        Path temporary;

        CapacityOptions options() {
            return new CapacityOptions(connections, requests, memory, disk, number(unsent));
        }
    }

    static class Head {
        @Option(
                names = "--max-request-line",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                description = "Length of the request line, else 414. Default: ${DEFAULT-VALUE}")
        long line = HeadLimits.DEFAULT.line();

        @Option(
                names = "--max-headers",
                paramLabel = "<number>",
                description = "Number of header lines of a request, else 431. Default: ${DEFAULT-VALUE}")
        int fields = HeadLimits.DEFAULT.fields();

        @Option(
                names = "--max-header-size",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                description = "Size of all headers of a request together, else 431. Default: ${DEFAULT-VALUE}")
        long size = HeadLimits.DEFAULT.size();

        HeadLimits options() {
            return new HeadLimits(number(line), fields, number(size));
        }
    }

    static class Client {
        @Option(
                names = "--head-timeout",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                description = "How long the head of a request may take, else 408. Default: ${DEFAULT-VALUE}")
        Duration head = ClientTimeouts.DEFAULT.head();

        @Option(
                names = "--body-timeout",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                description =
                        "How long a client may pause while it sends a body (else 408) or reads a response (else it is "
                                + "cut off). Default: ${DEFAULT-VALUE}")
        Duration body = ClientTimeouts.DEFAULT.body();

        @Option(
                names = "--idle-timeout",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                description = "How long a client's connection is kept without a request. Default: ${DEFAULT-VALUE}")
        Duration idle = ClientTimeouts.DEFAULT.idle();

        ClientTimeouts options() {
            return new ClientTimeouts(head, body, idle);
        }
    }

    static class Application {
        @Option(
                names = "--connect-timeout",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                description = "How long the backend may take to accept a connection, else 504. Default: "
                        + "${DEFAULT-VALUE}")
        Duration connect = BackendOptions.DEFAULT.connect();

        @Option(
                names = {"--response-timeout", "--answer-timeout"},
                paramLabel = "<time>",
                converter = DurationConverter.class,
                description = "How long the backend may pause before and within its response, else 504. "
                        + "Default: ${DEFAULT-VALUE}")
        Duration response = BackendOptions.DEFAULT.response();

        @Option(
                names = "--backend-idle-timeout",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                description =
                        "How long a connection to the backend is kept without a request, unless its Keep-Alive header "
                                + "says less. "
                                + "Default: ${DEFAULT-VALUE}")
        Duration idle = BackendOptions.DEFAULT.idle();

        BackendOptions options() {
            return new BackendOptions(connect, response, idle, BackendOptions.DEFAULT.mostIdle());
        }
    }

    static class Bodies {
        @Option(
                names = "--max-body",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                description = "Size of the body of a request, else 413. Default: ${DEFAULT-VALUE}")
        long largestRequest = BodyOptions.DEFAULT.largestRequest();

        @Option(
                names = "--request-buffering",
                paramLabel = "<on|off>",
                description = "Read the body of a request whole before the backend gets it; not for gRPC. "
                        + "Default: ${DEFAULT-VALUE}")
        Switch buffersRequests = Switch.of(BodyOptions.DEFAULT.buffersRequests());

        @Option(
                names = "--request-memory",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                description =
                        "How much of a request's body is in memory; the rest is in a temporary file. Default: ${DEFAULT-VALUE}")
        long requestMemory = BodyOptions.DEFAULT.requestMemory();

        @Option(
                names = {"--response-buffering", "--answer-buffering"},
                paramLabel = "<on|off>",
                description =
                        "Take a response off the backend in a temporary file when its client is slow; not for event "
                                + "streams and gRPC. Default: ${DEFAULT-VALUE}")
        Switch buffersResponses = Switch.ON;

        @Option(
                names = {"--response-disk", "--answer-disk"},
                paramLabel = "<size>",
                converter = SizeConverter.class,
                description =
                        "How much of a response is in a temporary file; beyond that it is streamed. Default: ${DEFAULT-VALUE}")
        long responseDisk = BodyOptions.DEFAULT.responseDisk();

        BodyOptions options() {
            return new BodyOptions(
                    largestRequest,
                    buffersRequests == Switch.ON,
                    number(requestMemory),
                    buffersResponses == Switch.ON ? responseDisk : 0);
        }
    }

    static class Headers {
        @Option(names = "--forwarded", description = "Add the header Forwarded (RFC 7239) beside X-Forwarded-*.")
        boolean forwarded = HeaderOptions.DEFAULT.forwarded();

        @Option(
                names = "--underscore-headers",
                description =
                        "Forward request headers with '_' in their names, which many applications can't tell from '-'; else "
                                + "they are dropped.")
        boolean underscores = HeaderOptions.DEFAULT.underscores();

        HeaderOptions options() {
            return new HeaderOptions(forwarded, underscores);
        }
    }

    static class Front {
        @Option(
                names = "--proxy-protocol",
                description =
                        "Connections of trusted proxies begin with a header of the PROXY protocol, version 1 or 2, which "
                                + "says who the client is; without a valid one they are refused, health checks too. Of others "
                                + "it is never read.")
        boolean proxyProtocol = FrontOptions.DEFAULT.proxyProtocol();

        @Option(
                names = "--client-ip-header",
                paramLabel = "<name>",
                description =
                        "Header in which trusted proxies name the client's IP address, such as CF-Connecting-IP; it is "
                                + "removed from everybody else's requests. Default: none, the address is found in X-Forwarded-For")
        String clientIpHeader;

        @Option(
                names = "--health-path",
                paramLabel = "<path>",
                description =
                        "Path at which the proxy itself says to load balancers whether it can serve, with 200 or 503; "
                                + "the application does not get these requests. Default: none")
        String healthPath;

        /** The options among those given that mean nothing where no proxy is trusted. */
        List<String> ofTrustedProxies() {
            return Stream.of(
                            proxyProtocol ? "--proxy-protocol" : null,
                            clientIpHeader == null ? null : "--client-ip-header")
                    .filter(Objects::nonNull)
                    .toList();
        }

        FrontOptions options() {
            return new FrontOptions(
                    proxyProtocol, Optional.ofNullable(clientIpHeader), Optional.ofNullable(healthPath));
        }
    }

    static class Compressed {
        @Option(
                names = "--compression",
                paramLabel = "<coding>",
                split = ",",
                description =
                        "Compress text responses for clients that accept it: any of zstd and gzip, the one that is "
                                + "preferred first. Default: not at all")
        List<Coding> codings = CompressionOptions.DEFAULT.codings();

        @Option(
                names = "--compression-min",
                paramLabel = "<size>",
                converter = SizeConverter.class,
                description = "Smaller responses are left as they are. Default: ${DEFAULT-VALUE}")
        long minimum = CompressionOptions.DEFAULT.minimum();

        CompressionOptions options() {
            return new CompressionOptions(codings, minimum);
        }
    }

    static class Pages {
        @Option(
                names = "--error-pages",
                paramLabel = "<dir>",
                description =
                        "HTML pages for the proxy's own errors: 503.html, 5xx.html, ... Changed ones are used at once.")
        Path directory = PageOptions.DEFAULT.directory();

        PageOptions options() {
            return new PageOptions(directory, CHECK_INTERVAL);
        }
    }

    static class Peers {
        @Option(
                names = "--peers",
                paramLabel = "<host:port>",
                split = ",",
                converter = PeerConverter.class,
                description = "Proxies of other instances; a request that can't be served here is sent to one of "
                        + "them, once.")
        List<ListenAddress.Tcp> peers = PeerOptions.NONE.peers();

        @Option(
                names = "--peer-interval",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                description = "Time between two probes of a peer. Default: ${DEFAULT-VALUE}")
        Duration probeInterval = PeerOptions.NONE.probeInterval();

        @Option(
                names = "--instance-id",
                paramLabel = "<name>",
                description = "This instance's name in X-Wunderproxy-Fallback. Default: the host's name")
        String instanceId;

        PeerOptions options(String memberId) {
            return new PeerOptions(instanceId == null ? memberId : instanceId, peers, probeInterval);
        }
    }

    static class Log {
        @Option(
                names = "--access-log",
                paramLabel = "<stdout|off|file>",
                description = "Where each request is logged, as one line. A file is opened again on SIGHUP. Default: "
                        + "${DEFAULT-VALUE}")
        String file = STANDARD_OUTPUT;

        @Option(
                names = "--access-log-format",
                paramLabel = "<text|json>",
                description = "Format of the access log's lines. Default: ${DEFAULT-VALUE}")
        LogFormat format = AccessLogOptions.DEFAULT.format();

        @Option(names = "--access-log-query", description = "Log query strings too, which may hold secrets.")
        boolean query = AccessLogOptions.DEFAULT.query();

        /** The options of the access log; null without a log. */
        AccessLogOptions options() {
            return file.equals(NO_LOG)
                    ? null
                    : new AccessLogOptions(file.equals(STANDARD_OUTPUT) ? null : Path.of(file), format, query);
        }
    }

    /**
     * The options of the proxy.
     *
     * @param memberId the name of this instance unless {@code --instance-id} gives one
     * @throws picocli.CommandLine.ParameterException that names the option whose value can't be meant
     */
    ProxyOptions options(OptionNames names, ListenAddress listen, TrustedProxies trusted, String memberId) {
        var tlsOptions = names.made(tls, tls::options);
        var capacity = names.made(together, together::options);
        var limits = names.made(head, head::options);
        var timeouts = names.made(client, client::options);
        var frontOptions = names.made(front, front::options);
        var peerOptions = names.made(peers, () -> peers.options(memberId));
        var listener = names.made(
                together,
                () -> new ProxyOptions.Listener(
                        listen,
                        tlsOptions,
                        ProxyOptions.Listener.defaultEventLoops(),
                        true,
                        limits,
                        timeouts,
                        capacity,
                        trusted,
                        frontOptions,
                        peerOptions,
                        log.options(),
                        together.temporary == null ? ProxyOptions.Listener.defaultTemporary() : together.temporary));
        return new ProxyOptions(
                listener,
                new ProxyOptions.Application(
                        names.made(bodies, bodies::options),
                        names.made(application, application::options),
                        names.made(compressed, compressed::options),
                        headers.options(),
                        names.made(pages, pages::options)));
    }

    /** The size as a number that is out of bounds if the size is. */
    private static int number(long size) {
        return (int) Math.min(size, Integer.MAX_VALUE);
    }
}
