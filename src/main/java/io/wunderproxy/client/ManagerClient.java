package io.wunderproxy.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.wunderproxy.api.DeploymentView;
import io.wunderproxy.api.Identity;
import io.wunderproxy.api.IdentityProof;
import io.wunderproxy.api.Problem;
import io.wunderproxy.api.Status;
import io.wunderproxy.client.ManagerException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.Method;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/** Calls one host's manager over its API. Calls block; failures are {@link ManagerException}s. */
public final class ManagerClient implements ManagerCalls {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The longest response that is read; that of a launch that failed has a few log lines. */
    private static final int LONGEST_RESPONSE = 16 * 1024 * 1024;

    private static final int UNAVAILABLE = 503;

    private final ManagerAddress address;
    private final Credential credential;
    private final HttpHost host;
    private final CloseableHttpClient http;
    private volatile Map<String, String> fence = Map.of();

    /** The value of {@code Authorization}; null until it is known whether the manager may have it. */
    private Optional<String> authorization;

    /** Whether responses are wanted as JSON; else they are lines for people. */
    public enum Form {
        TEXT("text/plain"),
        JSON("application/json");

        private final String mediaType;

        Form(String mediaType) {
            this.mediaType = mediaType;
        }
    }

    /** A whole response. */
    public record Response(int status, String body) {

        public JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (JsonProcessingException e) {
                throw new ManagerException(
                        Kind.FAILED,
                        "the manager's response is not JSON: is this the address of a wunderproxy manager?");
            }
        }
    }

    /**
     * Makes a client, and opens no connection yet.
     *
     * @param credential sent with calls that need it, and with no other
     * @param trusted the authorities that may vouch for the manager; null without TLS
     * @param timeout how long a response may take, and a pause within it
     * @param dialer connects to the manager
     */
    public ManagerClient(
            ManagerAddress address, Credential credential, SSLContext trusted, Duration timeout, Dialer dialer) {
        this.address = address;
        this.credential = credential;
        this.host = address.isUnixSocket()
                ? new HttpHost("http", "localhost")
                : new HttpHost(address.tls() ? "https" : "http", address.host(), address.port());
        this.http = HttpClients.custom()
                .setConnectionManager(new PoolingHttpClientConnectionManager(
                        new Connector(address, trusted, handshakeTimeout(timeout), dialer),
                        PoolConcurrencyPolicy.LAX,
                        PoolReusePolicy.LIFO,
                        TimeValue.NEG_ONE_MILLISECOND,
                        ManagedHttpClientConnectionFactory.INSTANCE))
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setResponseTimeout(Timeout.of(timeout))
                        .build())
                .setRetryStrategy(new WhileReplaced())
                .disableContentCompression()
                .disableCookieManagement()
                .disableRedirectHandling()
                .build();
    }

    /** The timeout of a handshake: no longer than that of a connection or of a response. */
    private static Duration handshakeTimeout(Duration timeout) {
        return timeout.isPositive() && timeout.compareTo(Dialer.TIMEOUT) < 0 ? timeout : Dialer.TIMEOUT;
    }

    /** Repeats what an agent refuses while a successor takes its place, for some seconds. */
    private static final class WhileReplaced extends DefaultHttpRequestRetryStrategy {

        private static final int MOST_TIMES = 15;

        @Override
        public boolean retryRequest(HttpResponse response, int times, HttpContext context) {
            return response.getCode() == UNAVAILABLE
                    && response.containsHeader(HttpHeaders.RETRY_AFTER)
                    && times <= MOST_TIMES;
        }
    }

    @Override
    public void fenced(long number) {
        fence = Map.of("Wunderproxy-Fence", Long.toString(number));
    }

    /** Connects as the dialer does, and uses TLS with the manager itself whatever is in between. */
    private record Connector(ManagerAddress address, SSLContext trusted, Duration handshakeTimeout, Dialer dialer)
            implements HttpClientConnectionOperator {

        @Override
        public void connect(
                ManagedHttpClientConnection connection,
                HttpHost host,
                InetSocketAddress localAddress,
                TimeValue timeout,
                SocketConfig config,
                HttpContext context)
                throws IOException {
            var socket = dialer.open(address);
            connection.bind(socket);
            if (address.tls()) {
                upgrade(connection, host, context);
            }
        }

        @Override
        public void upgrade(ManagedHttpClientConnection connection, HttpHost host, HttpContext context)
                throws IOException {
            var socket = connection.getSocket();
            // The strategy has no limit of its own: it would wait for a server that accepts and says nothing.
            socket.setSoTimeout((int) handshakeTimeout.toMillis());
            var tls = new DefaultClientTlsStrategy(trusted)
                    .upgrade(socket, host.getHostName(), host.getPort(), TlsConfig.DEFAULT, context);
            tls.setSoTimeout(0);
            connection.bind(tls, socket);
        }
    }

    @Override
    public ManagerAddress address() {
        return address;
    }

    /** The response to {@code GET}, which must succeed. */
    public Response get(String path, Form form) {
        return successful(call(Method.GET, path, "", form));
    }

    /** The response to {@code POST}, which must succeed. */
    public Response post(String path, String body, Form form) {
        return successful(call(Method.POST, path, body, form));
    }

    /** The response to {@code PUT}, which must succeed. */
    public Response put(String path, String body, Form form) {
        return successful(call(Method.PUT, path, body, form));
    }

    /** The response to {@code DELETE}, which must succeed. */
    public Response delete(String path, Form form) {
        return successful(call(Method.DELETE, path, "", form));
    }

    @Override
    public Status status() {
        return Status.of(get("/status", Form.JSON).json());
    }

    @Override
    public DeploymentView deployment(String hash) {
        return DeploymentView.of(get("/deployments/" + hash, Form.JSON).json());
    }

    @Override
    public String launch(String hash) {
        return post("/launch", hash, Form.TEXT).body().strip();
    }

    @Override
    public void beginLaunch(String hash) {
        post("/launch?wait=false", hash, Form.TEXT);
    }

    @Override
    public String switchTo(String hash) {
        return post("/switch", hash, Form.TEXT).body().strip();
    }

    @Override
    public void discard(String hash) {
        delete("/deployments/" + hash, Form.TEXT);
    }

    @Override
    public List<String> log(String hash, int lines) {
        return get("/deployments/" + hash + "/logs?tail=" + lines, Form.TEXT)
                .body()
                .lines()
                .toList();
    }

    /** The response to a call, even if it is a failure. */
    public Response call(Method method, String path, String body, Form form) {
        try (var response = execute(request(method, path, body, Map.of("Accept", form.mediaType)))) {
            return new Response(response.getCode(), read(response));
        } catch (RuntimeException | IOException e) {
            throw unreachable(e);
        }
    }

    /** Reads a response as it comes. */
    public interface Reader {
        void read(InputStream body) throws IOException;
    }

    /**
     * Gives the body of a successful response to the reader.
     *
     * @throws IOException if it breaks off
     */
    public void stream(String path, Map<String, String> headers, Reader reader) throws IOException {
        ClassicHttpResponse response;
        try {
            response = execute(request(Method.GET, path, "", headers));
        } catch (RuntimeException | IOException e) {
            throw unreachable(e);
        }
        try (response) {
            if (response.getCode() != 200) {
                successful(new Response(response.getCode(), read(response)));
            }
            reader.read(response.getEntity().getContent());
        }
    }

    private ClassicHttpResponse execute(ClassicHttpRequest request) throws IOException {
        return http.executeOpen(host, request, null);
    }

    private ClassicHttpRequest request(Method method, String path, String body, Map<String, String> headers) {
        var request = ClassicRequestBuilder.create(method.name()).setPath(path);
        headers.forEach(request::setHeader);
        if (needsToken(method, path)) {
            authorization().ifPresent(value -> request.setHeader("Authorization", value));
        }
        if (method != Method.GET) {
            fence.forEach(request::setHeader);
        }
        if (method == Method.POST || method == Method.PUT) {
            request.setEntity(new ByteArrayEntity(body.getBytes(StandardCharsets.UTF_8), null));
        }
        return request.build();
    }

    /** Whether a call needs the token: calls that only read do not, except for a container's log. */
    private static boolean needsToken(Method method, String path) {
        return method != Method.GET || path.startsWith("/deployments/") && path.contains("/logs");
    }

    private synchronized Optional<String> authorization() {
        if (authorization == null) {
            authorization = credential
                    .token()
                    .filter(token -> credential.member().isEmpty() || isToBeShown(token))
                    .map(token -> "Bearer " + token);
            if (authorization.isPresent() && !address.isPrivate()) {
                credential.inTheClear().accept(address);
            }
        }
        return authorization;
    }

    /** Whether the manager proves to be the member: another host may have its address now. */
    private boolean isToBeShown(String token) {
        var member = credential.member().orElseThrow();
        var challenge = IdentityProof.newChallenge();
        var response = call(Method.GET, "/identity?challenge=" + challenge, "", Form.JSON);
        if (response.status() == 404) {
            throw new ManagerException(
                    Kind.NOT_ALLOWED,
                    "the token is not sent to " + address + ": the agent there can't prove that it is member "
                            + member.id() + ", it may be too old for that; upgrade it");
        }
        var identity = Identity.of(successful(response).json());
        if (response.json().path("Proof").isNull()) {
            return false; // Everybody may make its calls.
        }
        if (!IdentityProof.matches(identity.proof().orElse(""), token, challenge, member.id(), member.manager())) {
            throw new ManagerException(
                    Kind.NOT_ALLOWED,
                    "the token is not sent to " + address + ": what responds there did not prove that it is member "
                            + member.id() + "; its agent has another token (see api-token of its state directory), or "
                            + "another host has its address now");
        }
        return true;
    }

    /** Whether a manager accepts the token. */
    public enum Acceptance {
        ACCEPTED,
        REFUSED,
        /** No token was given, and one is asked for. */
        MISSING,
        NOT_ASKED_FOR,
        /** Its agent is too old to say. */
        UNKNOWN
    }

    /** Finds out whether the manager accepts the token, without showing it. */
    public Acceptance acceptance() {
        var challenge = IdentityProof.newChallenge();
        var identity = identity(challenge);
        // Compared by reference: the identity of a manager that asks for no token may be as empty.
        if (identity == Identity.UNKNOWN) {
            return Acceptance.UNKNOWN;
        }
        if (identity.proof().isEmpty()) {
            return Acceptance.NOT_ASKED_FOR;
        }
        var proof = identity.proof().get();
        return credential
                .token()
                .map(token -> IdentityProof.matches(proof, token, challenge, identity.member(), identity.manager())
                        ? Acceptance.ACCEPTED
                        : Acceptance.REFUSED)
                .orElse(Acceptance.MISSING);
    }

    @Override
    public Identity identity() {
        return identity(IdentityProof.newChallenge());
    }

    private Identity identity(String challenge) {
        var response = call(Method.GET, "/identity?challenge=" + challenge, "", Form.JSON);
        return response.status() == 404
                ? Identity.UNKNOWN
                : Identity.of(successful(response).json());
    }

    @Override
    public void checkToken() {
        switch (acceptance()) {
            case REFUSED, MISSING -> throw notAllowed();
            default -> {}
        }
    }

    private ManagerException notAllowed() {
        return new ManagerException(
                Kind.NOT_ALLOWED,
                credential.token().isEmpty()
                        ? "the manager wants a token: give --token-file, or token or token-file in the configuration"
                                + " file; the agent keeps it in api-token of its state directory"
                        : "the manager does not accept this token; the right one is in api-token of its state"
                                + " directory");
    }

    private static String read(ClassicHttpResponse response) throws IOException {
        var entity = response.getEntity();
        return entity == null
                ? ""
                : new String(entity.getContent().readNBytes(LONGEST_RESPONSE), StandardCharsets.UTF_8);
    }

    private Response successful(Response response) {
        if (response.status() >= 200 && response.status() < 300) {
            return response;
        }
        if (response.status() == 401) {
            throw notAllowed();
        }
        throw new ManagerException(ManagerException.kindOf(response.status()), reason(response));
    }

    /** The reason of a failure: lines of text, or problem details with the first line and the container's last ones. */
    private static String reason(Response response) {
        if (response.body().startsWith("{")) {
            return Problem.of(response.json()).text();
        }
        return response.body().isBlank()
                ? "the manager responded with " + response.status()
                : response.body().strip();
    }

    /** The exception for a manager that can't be reached; the HTTP client wraps the cause. */
    private ManagerException unreachable(Exception e) {
        if (e instanceof ManagerException failure) {
            return failure;
        }
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        var what = cause instanceof IOException io
                ? words(io)
                : Objects.requireNonNullElse(cause.getMessage(), "the connection broke");
        return new ManagerException(
                Kind.UNAVAILABLE, "cannot reach the manager at " + address + ": " + what + "; is --host right?");
    }

    private static String words(IOException e) {
        var message = Objects.requireNonNullElse(e.getMessage(), "");
        return e instanceof UnknownHostException
                ? "there is no host " + message.replaceFirst(":.*", "")
                : message.isEmpty() ? "input or output failed" : message;
    }

    @Override
    public void close() {
        try {
            http.close();
        } catch (IOException e) {
            // It is no longer used.
        }
    }
}
