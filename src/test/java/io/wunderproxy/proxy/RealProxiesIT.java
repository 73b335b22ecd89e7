package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.blackbox.Ports;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same bytes through this proxy, nginx and HAProxy, each before an application that notes what it is sent. The
 * table says what each of the three makes of them, and so where this proxy is stricter than its peers.
 */
class RealProxiesIT {
    @TempDir
    private static Path directory;

    private enum Proxy {
        WUNDERPROXY,
        NGINX,
        HAPROXY
    }

    /** What the application does after it has sent its response. */
    private enum Then {
        STAYS,
        CLOSES,
        /** Says something when the client has read its response. */
        SPEAKS_WHILE_IDLE
    }

    /**
     * What both sides of a proxy were sent.
     *
     * @param application the requests in the order in which they came, a slash between two connections
     * @param client the responses
     */
    private record Seen(String application, String client) {}

    /** One row of the table. */
    private static final class Case {
        private final String name;
        private final String requests;
        private String response;
        private Then then = Then.STAYS;
        private List<String> fields = List.of();
        private final Map<Proxy, List<Seen>> expected = new EnumMap<>(Proxy.class);

        /** @param requests what the client sends, "|" for the end of a line, " /" for the path of the case */
        Case(String name, String requests) {
            this.name = name;
            this.requests = requests;
        }

        /** To all requests but {@link #END}, instead of a 200 with the request's body. */
        Case responding(String response) {
            this.response = response;
            return this;
        }

        Case then(Then then) {
            this.then = then;
            return this;
        }

        /** The header fields that are looked at. */
        Case fields(String... names) {
            fields = List.of(names);
            return this;
        }

        /** Adds what may be seen: of a peer, in Debian 12, and then in Debian 13 if its version there differs. */
        Case with(Proxy proxy, String application, String client) {
            expected.computeIfAbsent(proxy, none -> new ArrayList<>()).add(new Seen(application, client));
            return this;
        }

        Case withAll(String application, String client) {
            for (var proxy : Proxy.values()) {
                with(proxy, application, client);
            }
            return this;
        }

        /** The messages that came over one connection. */
        String transcript(StrictReader reader, Function<StrictReader.Read, String> what) {
            var all = new ArrayList<String>();
            for (var message : reader.messages()) {
                var text = new StringBuilder(what.apply(message));
                for (var field : message.fields) {
                    if (fields.stream().anyMatch(field.name()::equalsIgnoreCase)) {
                        text.append(" [%s: %s]".formatted(field.name().toLowerCase(Locale.ROOT), field.value()));
                    }
                }
                // The pages of three programs for their own errors differ.
                if (message.body.size() > 0 && !what.apply(message).matches("[45]..")) {
                    text.append(' ').append(message.body.toString(StandardCharsets.ISO_8859_1));
                }
                text.append(message.complete || reader.problem() != null ? "" : ", cut off");
                all.add(text.toString());
            }
            if (reader.after.size() > 0) {
                all.add("after it: "
                        + reader.after.toString(StandardCharsets.ISO_8859_1).split(" ")[0]);
            }
            if (reader.problem() != null) {
                all.add(reader.problem());
            }
            return String.join(", ", all);
        }

        boolean isSwitch(StrictReader.Read request) {
            return SWITCHED.equals(response) && request.field("Upgrade") != null;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** The last request of a connection: its response shows that nothing is left of what came before. */
    private static final String END = "GET /end HTTP/1.1|Host: a|Connection: close||";

    private static final String SWITCHED = "HTTP/1.1 101 Switching Protocols|Connection: Upgrade|Upgrade: tcp||";
    private static final String GET = "GET / HTTP/1.1|Host: a||";
    private static final String FORGED = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";

    private static final List<Case> CASES = List.of(
            new Case(
                            "an upgrade to HTTP/2 with a body",
                            h2c("Content-Length: 5||hello").repeat(2) + END)
                    .fields("Upgrade", "HTTP2-Settings")
                    .with(Proxy.WUNDERPROXY, "POST hello, POST hello, GET", "200 hello, 200 hello, 200 end")
                    .with(
                            Proxy.NGINX,
                            "POST [upgrade: h2c] [http2-settings: AAMAAABkAAQAAP__] hello, ".repeat(2) + "GET",
                            "200 hello, 200 hello, 200 end")
                    .with(
                            Proxy.HAPROXY,
                            "POST [http2-settings: AAMAAABkAAQAAP__] hello, ".repeat(2) + "GET",
                            "200 hello, 200 hello, 200 end"),
            new Case(
                            "an upgrade to HTTP/2 with chunks",
                            h2c("Transfer-Encoding: chunked||5|hello|0||").repeat(2) + END)
                    .fields("Upgrade", "HTTP2-Settings")
                    .with(Proxy.WUNDERPROXY, "POST hello, POST hello, GET", "200 hello, 200 hello, 200 end")
                    .with(
                            Proxy.NGINX,
                            "POST [upgrade: h2c] [http2-settings: AAMAAABkAAQAAP__] hello, ".repeat(2) + "GET",
                            "200 hello, 200 hello, 200 end")
                    .with(
                            Proxy.HAPROXY,
                            "POST [http2-settings: AAMAAABkAAQAAP__] hello, ".repeat(2) + "GET",
                            "200 hello, 200 hello, 200 end"),
            new Case(
                            "keys of an old WebSocket",
                            "GET / HTTP/1.1|Host: a|Sec-WebSocket-Key1: 1|Sec-WebSocket-Key2: 2||" + END)
                    .withAll("GET, GET", "200, 200 end"),
            new Case("Connection: TE, close", "GET / HTTP/1.1|Host: a|TE: deflate|Connection: TE, close||")
                    .fields("Connection", "TE")
                    .with(Proxy.WUNDERPROXY, "GET", "200 [connection: close]")
                    .with(Proxy.NGINX, "GET", "200 [connection: close]")
                    .with(Proxy.HAPROXY, "GET [connection: TE]", "200 [connection: close]"),
            new Case(
                            "length and chunks in a request",
                            "POST / HTTP/1.1|Host: a|Content-Length: 3|Transfer-Encoding: chunked||3|abc|0||" + END)
                    .with(Proxy.WUNDERPROXY, "", "400")
                    .with(Proxy.NGINX, "", "400")
                    .with(Proxy.HAPROXY, "POST abc", "200 abc"),
            new Case(
                            "a chunk without a size",
                            "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||3|abc|x|abc|0||" + END)
                    .withAll("", "400"),
            new Case("a folded line", "GET / HTTP/1.1|Host: a|X-A: 1|  folded||" + END)
                    .fields("X-A")
                    .with(Proxy.WUNDERPROXY, "", "400")
                    .with(Proxy.NGINX, "", "400")
                    .with(Proxy.HAPROXY, "GET [x-a: 1    folded], GET", "200, 200 end"),
            new Case("underscores", "GET / HTTP/1.1|Host: a|X_Forwarded_Proto: https|X_A: 1|X-A: 2||" + END)
                    .fields("X_Forwarded_Proto", "X_A", "X-A")
                    .with(Proxy.WUNDERPROXY, "GET [x-a: 2], GET", "200, 200 end")
                    .with(Proxy.NGINX, "GET [x-a: 2], GET", "200, 200 end")
                    .with(Proxy.HAPROXY, "GET [x_forwarded_proto: https] [x_a: 1] [x-a: 2], GET", "200, 200 end"),
            new Case("X-Forwarded-For of a stranger", "GET / HTTP/1.1|Host: a|X-Forwarded-For: 6.6.6.6||" + END)
                    .fields("X-Forwarded-For")
                    .with(
                            Proxy.WUNDERPROXY,
                            "GET [x-forwarded-for: 127.0.0.1], GET [x-forwarded-for: 127.0.0.1]",
                            "200, 200 end")
                    .with(
                            Proxy.NGINX,
                            "GET [x-forwarded-for: 6.6.6.6, 127.0.0.1], GET [x-forwarded-for: 127.0.0.1]",
                            "200, 200 end")
                    .with(
                            Proxy.HAPROXY,
                            "GET [x-forwarded-for: 6.6.6.6] [x-forwarded-for: 127.0.0.1], "
                                    + "GET [x-forwarded-for: 127.0.0.1]",
                            "200, 200 end"),
            new Case(
                            "a POST that switches, and early bytes",
                            "POST / HTTP/1.1|Host: a|Connection: Upgrade|Upgrade: tcp||" + END)
                    .responding(SWITCHED)
                    .fields("Upgrade")
                    .withAll("POST [upgrade: tcp], after it: GET", "101 [upgrade: tcp], after it: pong"),
            new Case(
                            "a POST with a body that switches, and early bytes",
                            "POST / HTTP/1.1|Host: a|Connection: Upgrade|Upgrade: tcp|Content-Length: 4||body" + END)
                    .responding(SWITCHED)
                    .fields("Upgrade")
                    .with(
                            Proxy.WUNDERPROXY,
                            "POST [upgrade: tcp] body, after it: GET",
                            "101 [upgrade: tcp], after it: pong")
                    .with(Proxy.NGINX, "POST [upgrade: tcp] body, after it: GET", "101 [upgrade: tcp], after it: pong")
                    .with(Proxy.HAPROXY, "POST body, GET", "200 body, 200 end")
                    .with(
                            Proxy.HAPROXY,
                            "POST [upgrade: tcp] body, after it: GET",
                            "101 [upgrade: tcp], after it: pong"),
            new Case("chunks cut off", GET + END)
                    .responding("HTTP/1.1 200 OK|Transfer-Encoding: chunked||4|part|")
                    .then(Then.CLOSES)
                    .withAll("GET", "200 part, cut off"),
            new Case("a length cut off", GET + END)
                    .responding("HTTP/1.1 200 OK|Content-Length: 9||part")
                    .then(Then.CLOSES)
                    .withAll("GET", "200 part, cut off"),
            new Case("status 99", END.replace("/end", "/"))
                    .responding("HTTP/1.1 99 Low|Content-Length: 1||x")
                    .then(Then.CLOSES)
                    .with(Proxy.WUNDERPROXY, "GET", "502")
                    .with(Proxy.NGINX, "GET", "99, not a status line: HTTP/1.1 99 Low")
                    .with(Proxy.HAPROXY, "GET", "99, not a status line: HTTP/1.1 99 Low"),
            new Case("two lengths", GET + END)
                    .responding("HTTP/1.1 200 OK|Content-Length: 3|Content-Length: 4||abcd")
                    .with(Proxy.WUNDERPROXY, "GET / GET", "502, 200 end")
                    .with(Proxy.NGINX, "GET, GET", "200 abcd, 200 end")
                    .with(Proxy.NGINX, "GET / GET", "502, 200 end")
                    .with(Proxy.HAPROXY, "GET / GET", "502, 200 end"),
            new Case("length and chunks in a response", GET + END)
                    .responding("HTTP/1.1 200 OK|Content-Length: 3|Transfer-Encoding: chunked||3|abc|0||")
                    .with(Proxy.WUNDERPROXY, "GET / GET", "502, 200 end")
                    .with(Proxy.NGINX, "GET, GET", "200 abc, 200 end")
                    .with(Proxy.NGINX, "GET / GET", "502, 200 end")
                    .with(Proxy.HAPROXY, "GET / GET", "200 abc, 200 end"),
            new Case("Transfer-Encoding: gzip", GET + END)
                    .responding("HTTP/1.1 200 OK|Transfer-Encoding: gzip||abc")
                    .then(Then.CLOSES)
                    .with(Proxy.WUNDERPROXY, "GET / GET", "502, 200 end")
                    .with(Proxy.NGINX, "GET / GET", "200 abc, 200 end")
                    .with(Proxy.NGINX, "GET / GET", "502, 200 end")
                    .with(Proxy.HAPROXY, "GET / GET", "502, 200 end"),
            new Case("a response to HEAD with a body", "HEAD / HTTP/1.1|Host: a||" + END)
                    .responding("HTTP/1.1 200 OK|Content-Length: " + FORGED.length() + "||" + FORGED)
                    .with(Proxy.WUNDERPROXY, "HEAD / GET", "200, 200 end")
                    .with(Proxy.NGINX, "HEAD, GET", "200, 200 end")
                    .with(Proxy.HAPROXY, "HEAD / GET", "200, 200 end"),
            new Case("204 with a body", GET + END)
                    .responding("HTTP/1.1 204 No Content|Content-Length: " + FORGED.length() + "||" + FORGED)
                    .with(Proxy.WUNDERPROXY, "GET / GET", "204, 200 end")
                    .with(Proxy.NGINX, "GET / GET", "204, a length on: HTTP/1.1 204 No Content")
                    .with(Proxy.HAPROXY, "GET / GET", "204, 200 end")
                    .with(Proxy.HAPROXY, "GET", "204"),
            new Case("204 with chunks", GET + END)
                    .responding("HTTP/1.1 204 No Content|Transfer-Encoding: chunked||3|abc|0||")
                    .with(Proxy.WUNDERPROXY, "GET / GET", "204, 200 end")
                    .with(Proxy.NGINX, "GET / GET", "204, 200 end")
                    .with(Proxy.HAPROXY, "GET / GET", "204, 200 end")
                    .with(Proxy.HAPROXY, "GET", "204"),
            new Case("bytes while idle", GET + END).then(Then.SPEAKS_WHILE_IDLE).withAll("GET / GET", "200, 200 end"));

    private static String h2c(String rest) {
        return "POST / HTTP/1.1|Host: a|Connection: Upgrade, HTTP2-Settings|Upgrade: h2c|"
                + "HTTP2-Settings: AAMAAABkAAQAAP__|" + rest;
    }

    /** The application of one case behind one of the proxies. */
    private static final class Application implements AutoCloseable {
        private final Case row;
        private final TestBackend backend;
        private final List<StrictReader> connections = new ArrayList<>();
        private final Semaphore idle = new Semaphore(0);

        Application(Case row) throws IOException {
            this.row = row;
            backend = TestBackend.running(this::serve);
        }

        private void serve(Wire connection) throws Exception {
            var reader = StrictReader.ofRequests(row::isSwitch);
            synchronized (connections) {
                connections.add(reader);
            }
            var piece = new byte[4096];
            var responses = 0;
            for (var count = connection.in.read(piece); count >= 0; count = connection.in.read(piece)) {
                List<StrictReader.Read> complete;
                synchronized (connections) {
                    reader.add(piece, count);
                    complete = reader.messages().stream()
                            .filter(request -> request.complete)
                            .toList();
                }
                for (; responses < complete.size(); responses++) {
                    var request = complete.get(responses);
                    connection.send(responseTo(request));
                    if (row.then == Then.CLOSES && !isEnd(request)) {
                        return;
                    }
                    if (row.then == Then.SPEAKS_WHILE_IDLE && !isEnd(request)) {
                        idle.acquire();
                        connection.send(FORGED);
                    }
                }
                if (reader.after.toString().endsWith("\r\n\r\n")) {
                    connection.send("pong");
                    return;
                }
            }
        }

        private String responseTo(StrictReader.Read request) {
            if (isEnd(request)) {
                return ok("end");
            }
            var isOwn = row.response != null && (!row.response.equals(SWITCHED) || row.isSwitch(request));
            return isOwn ? row.response.replace("|", "\r\n") : ok(request.body.toString());
        }

        private static boolean isEnd(StrictReader.Read request) {
            return request.target().endsWith("/end");
        }

        /** What has come so far. */
        String seen() {
            synchronized (connections) {
                return connections.stream()
                        .map(reader -> row.transcript(reader, StrictReader.Read::method))
                        .collect(Collectors.joining(" / "));
            }
        }

        @Override
        public void close() throws IOException {
            backend.close();
        }
    }

    /** One of the other proxies, before the applications of all cases. */
    private static final class Peer implements AutoCloseable {
        private final int port = Ports.free();
        private final Process process;

        Peer(String name, Path directory, String configuration, String... command) throws IOException {
            var file = Files.writeString(directory.resolve(name + ".conf"), configuration.replace("PORT", "" + port));
            var log = directory.resolve(name + ".out");
            var words = new ArrayList<>(List.of(command));
            words.add(file.toString());
            process = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            await().until(() -> {
                assertThat(process.isAlive())
                        .as("%s: %s", name, Files.readString(log))
                        .isTrue();
                try (var probe = Wire.connect(port)) {
                    return probe.socket.isConnected();
                } catch (ConnectException notYet) {
                    return false;
                }
            });
        }

        @Override
        public void close() throws Exception {
            process.destroy();
            process.waitFor();
        }
    }

    private static final Map<Proxy, List<Application>> APPLICATIONS = new EnumMap<>(Proxy.class);
    private static TestProxy wunderproxy;
    private static Peer nginx;
    private static Peer haproxy;

    @BeforeAll
    static void start() throws Exception {
        for (var proxy : Proxy.values()) {
            var applications = new ArrayList<Application>();
            for (var row : CASES) {
                applications.add(new Application(row));
            }
            APPLICATIONS.put(proxy, applications);
        }
        wunderproxy = TestProxy.start(options -> options.eventLoops(1));
        nginx = new Peer(
                "nginx",
                directory,
                nginxConfiguration(),
                "nginx",
                "-p",
                directory.toString(),
                "-e",
                directory.resolve("nginx.log").toString(),
                "-c");
        haproxy = new Peer("haproxy", directory, haproxyConfiguration(), "haproxy", "-db", "-f");
    }

    @AfterAll
    static void stop() throws Exception {
        for (var closeable : new AutoCloseable[] {haproxy, nginx, wunderproxy}) {
            if (closeable != null) {
                closeable.close();
            }
        }
        for (var applications : APPLICATIONS.values()) {
            for (var application : applications) {
                application.close();
            }
        }
    }

    /** As its documentation puts it before an application with WebSockets and a pool of connections. */
    private static String nginxConfiguration() {
        var upstreams = new StringBuilder();
        var locations = new StringBuilder();
        for (var i = 0; i < CASES.size(); i++) {
            upstreams.append("upstream u%d { server 127.0.0.1:%d; keepalive 4; }\n".formatted(i, port(Proxy.NGINX, i)));
            locations.append("location /%d/ { proxy_pass http://u%d; }\n".formatted(i, i));
        }
        return """
                daemon off;
                master_process off;
                pid nginx.pid;
                events {}
                http {
                  access_log off;
                  client_body_temp_path body;
                  proxy_temp_path proxy;
                  fastcgi_temp_path fastcgi;
                  uwsgi_temp_path uwsgi;
                  scgi_temp_path scgi;
                  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
                  %s
                  server {
                    listen 127.0.0.1:PORT;
                    proxy_http_version 1.1;
                    proxy_set_header Host $http_host;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header Connection $connection_upgrade;
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                    %s
                  }
                }
                """.formatted(upstreams, locations);
    }

    private static String haproxyConfiguration() {
        var rules = new StringBuilder();
        var backends = new StringBuilder();
        for (var i = 0; i < CASES.size(); i++) {
            rules.append("  use_backend b%d if { path_beg /%d/ }\n".formatted(i, i));
            backends.append("backend b%d\n  server s 127.0.0.1:%d\n".formatted(i, port(Proxy.HAPROXY, i)));
        }
        return """
                global
                  nbthread 1
                  maxconn 100
                defaults
                  mode http
                  option forwardfor
                  timeout connect 10s
                  timeout client 20s
                  timeout server 20s
                  timeout tunnel 20s
                frontend f
                  bind 127.0.0.1:PORT
                %s
                %s
                """.formatted(rules, backends);
    }

    private static int port(Proxy proxy, int row) {
        return APPLICATIONS.get(proxy).get(row).backend.backend().port();
    }

    static List<Arguments> casesAndProxies() {
        var all = new ArrayList<Arguments>();
        for (var row : CASES) {
            for (var proxy : Proxy.values()) {
                all.add(Arguments.of(row, proxy));
            }
        }
        return all;
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("casesAndProxies")
    void each_side_is_sent(Case row, Proxy proxy) throws Exception {
        var number = CASES.indexOf(row);
        var application = APPLICATIONS.get(proxy).get(number);
        if (proxy == Proxy.WUNDERPROXY) {
            wunderproxy.to(application.backend);
        }
        try (var client = connect(proxy)) {
            var responses = exchange(client, row, "/" + number + "/", application);
            var text = row.transcript(responses, RealProxiesIT::codeOf);
            await().pollDelay(Duration.ZERO).untilAsserted(() -> assertThat(new Seen(application.seen(), text))
                    .isIn(row.expected.get(proxy)));
        }
    }

    private static Wire connect(Proxy proxy) throws IOException {
        return switch (proxy) {
            case WUNDERPROXY -> wunderproxy.connect();
            case NGINX -> Wire.connect(nginx.port);
            case HAPROXY -> Wire.connect(haproxy.port);
        };
    }

    /** Sends what the row says, and reads to the end of the connection. */
    private static StrictReader exchange(Wire client, Case row, String path, Application application)
            throws IOException {
        var isToHead = new AtomicBoolean(row.requests.startsWith("HEAD"));
        var reader = StrictReader.ofResponses(response -> isToHead.getAndSet(false));
        var requests = row.requests.replace("|", "\r\n").replace(" /", " " + path);
        var first = row.then == Then.SPEAKS_WHILE_IDLE ? requests.indexOf("\r\n\r\n") + 4 : requests.length();
        client.send(requests.substring(0, first));
        var piece = new byte[4096];
        try {
            for (var count = client.in.read(piece); count >= 0; count = client.in.read(piece)) {
                reader.add(piece, count);
                if (first < requests.length() && reader.isBetweenMessages()) {
                    application.idle.release();
                    // Each of them gives up such a connection.
                    await().until(() -> application.backend.open() == 0);
                    client.send(requests.substring(first));
                    first = requests.length();
                }
                if (reader.isBetweenMessages()
                        && codeOf(reader.messages().getLast()).equals("400")) {
                    // Some wait for this, so that who still sends can read why it was refused.
                    client.socket.shutdownOutput();
                }
            }
            reader.end();
        } catch (SocketException reset) {
            // With requests unread; what was said before counts.
        }
        return reader;
    }

    private static String codeOf(StrictReader.Read response) {
        return response.start.split(" ")[1];
    }
}
