package io.wunderproxy.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.routing.AppBackends;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Both lanes give backend and client the same: heads of a list of real and hostile ones are sent to both, mutated and in pieces, and what
 * arrives on the other side is compared, refusals included. Longer with {@code -Dlanes.seconds}, others with {@code -Dlanes.seed}:
 * {@code bench/lanes}.
 */
class LaneDifferenceTest {
    /** Most heads that are not complete leave the connection open, so that several are waited for at the same time. */
    private static final int PAIRS = 16;

    private static final int REPORTED = 5;

    /** How long nothing comes on a connection that is taken to stay open. */
    private static final int QUICK_MILLIS = 1_000;

    /** The same where the lanes seem to differ: on a busy machine, one of them may only have been slow. */
    private static final List<Integer> PATIENT_MILLIS = List.of(15_000, 60_000);

    /** The general lane describes an odd first byte otherwise if it has read nothing on the connection before. */
    private static final Pattern REFUSAL = Pattern.compile("(400 Bad Request\n)\\[[^\\]]*\\]\n[^\n]*");

    /** Interim responses come once more if a request is repeated, which depends on the case before. */
    private static final Pattern REPEATED_INTERIM =
            Pattern.compile("(HTTP/1\\.1 1\\d\\d [^\r]*\r\n(?:[^\r]+\r\n)*\r\n)\\1+");

    private static final List<String> REQUESTS = List.of(
            "GET / HTTP/1.1|Host: a",
            "GET /a?b=c HTTP/1.1|Host: a:8080|User-Agent: Mozilla/5.0 (X11; Linux)|Accept: */*|Cookie: a=b; c=d",
            "HEAD / HTTP/1.1|Host: a|Connection: close",
            "POST / HTTP/1.1|Host: a|Content-Type: text/plain|Content-Length: 3||abc",
            "PUT /x HTTP/1.1|Host: a|Content-Length: 0|X-Forwarded-For: 6.6.6.6|X_Real_IP: 1|Forwarded: for=x",
            "DELETE / HTTP/1.1|Host: 10.0.0.1|X-Request-Id: mine|X-Request-Start: t=1|Proxy: x|X-Original-URL: /",
            "OPTIONS /o HTTP/1.1|Host: a|Origin: http://b|Access-Control-Request-Method: GET|Keep-Alive: timeout=5",
            "GET / HTTP/1.1|Host: a|If-None-Match: \"x\"|Range: bytes=0-1|Trailer: x|TE: trailers|Upgrade: h2c",
            "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||3|abc|0|",
            "GET / HTTP/1.0|Host: a");

    /** Most are refused. */
    private static final List<String> HOSTILE_REQUESTS = List.of(
            "GET / HTTP/1.1|Host: a|Host: b",
            "GET / HTTP/1.1|Host: a| folded: b",
            "GET / HTTP/1.1|Host : a",
            "GET  / HTTP/1.1|Host: a",
            "get / HTTP/1.1|Host: a",
            "GET http://a/b HTTP/1.1|Host: a",
            "CONNECT a:80 HTTP/1.1|Host: a",
            "GET / HTTP/1.1|Host: a|X-A: \0b",
            "GET / HTTP/1.1|Host: a|X-A: b\rGET /x HTTP/1.1",
            "GET / HTTP/1.1\nHost: a\n\nGET /x HTTP/1.1",
            "POST / HTTP/1.1|Host: a|Content-Length: +3||abc",
            "POST / HTTP/1.1|Host: a|Content-Length: 3|Content-Length: 4||abc",
            "POST / HTTP/1.1|Host: a|Content-Length: 3|Transfer-Encoding: chunked||0||",
            "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked, identity||0||",
            "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||3;a=b|abc|0|X-A: b||",
            "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||-3|abc|0||",
            "GET / HTTP/1.1|Host: a|Connection: X-Forwarded-For, close|X-Wunderproxy-Fallback: x",
            "GET / HTTP/2.0|Host: a",
            "|GET / HTTP/1.1|Host: a");

    private static final List<String> RESPONSES = List.of(
            "HTTP/1.1 200 OK|Content-Length: 5||hello",
            "HTTP/1.1 200 OK|Server: nginx|Date: Mon, 01 Jan 2026 00:00:00 GMT|Content-Type: text/html|Content-Length: 5|"
                    + "Connection: keep-alive|Keep-Alive: timeout=60|ETag: \"a\"|Set-Cookie: a=b|Set-Cookie: c=d||hello",
            "HTTP/1.1 404 Nothing Here|Content-Length: 0|Connection: close||",
            "HTTP/1.1 204 No Content|X-A: b||",
            "HTTP/1.1 304 Not Modified|ETag: \"a\"|Content-Length: 5||",
            "HTTP/1.1 500 Internal Server Error|Content-Length: 3|Upgrade: h2c|Proxy-Connection: x|Via: 1.1 x||abc",
            "HTTP/1.1 200 OK|Transfer-Encoding: chunked||3|abc|0||",
            "HTTP/1.1 302 Found|Location: /x|Content-Length: 0|X-Empty:||");

    private static final List<String> HOSTILE_RESPONSES = List.of(
            "HTTP/1.1 200 OK|Content-Length: 5|Content-Length: 6||hello",
            "HTTP/1.1 200 OK|Content-Length: 5|Transfer-Encoding: chunked||0||",
            "HTTP/1.1 200 OK| folded: x|Content-Length: 5||hello",
            "HTTP/1.1 200 OK|X-A : b|Content-Length: 5||hello",
            "HTTP/1.1 200|Content-Length: 5||hello",
            "HTTP/1.1 100 Continue||HTTP/1.1 200 OK|Content-Length: 5||hello",
            "HTTP/1.1 200 OK|Content-Length: 5||hello, and more",
            "HTTP/1.1 200 OK|Transfer-Encoding: chunked||zz|abc|0||",
            "HTTP/1.0 200 OK|Content-Length: 5||hello",
            "HTTP/1.1 600 Odd|Content-Length: 5||hello",
            "HTP/1.1 200 OK|Content-Length: 5||hello");

    private static final String PLAIN_REQUEST = bytes("GET /a HTTP/1.1|Host: a", false);
    private static final String PLAIN_RESPONSE = bytes("HTTP/1.1 200 OK|Content-Length: 5||hello", true);

    private static final List<String> PIECES = List.of(
            "|",
            " ",
            "\t",
            ":",
            ",",
            ";",
            "\0",
            "\u00e4",
            "\u007f",
            "0",
            "9",
            "a",
            "Host: b|",
            "Connection: close|",
            "Connection: x|",
            "Content-Length: 3|",
            "Content-Length: 0|",
            "Transfer-Encoding: chunked|",
            "|\t",
            "\r",
            "\n",
            "HTTP/1.1",
            "/",
            "#",
            "%",
            "_",
            "-",
            "X-A: b|",
            "X-Forwarded-For: 6.6.6.6|",
            "X-Forwarded-Host: shop|",
            "X-Forwarded-Proto: https|",
            "X-Real-IP: 6.6.6.6|",
            "X_Real_IP: 6.6.6.6|",
            "Forwarded: for=6.6.6.6|",
            "Expect: 100-continue|",
            "chunked",
            "close",
            "keep-alive");

    /** A message, and after how many bytes of it there is a pause until the proxy has read them; 0: none. */
    private record Pieces(String text, int cut) {
        static Pieces whole(String text) {
            return new Pieces(text, 0);
        }

        @Override
        public String toString() {
            return visible(text.substring(0, cut)) + (cut > 0 ? "<cut>" : "") + visible(text.substring(cut));
        }
    }

    /** A proxy on one lane, and what its backend got. */
    private static final class Side implements AutoCloseable {
        private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
        private final TestBackend backend;
        private final TestProxy proxy;
        private volatile Pieces response = new Pieces("", 0);

        Side(Lane lane, boolean believes) throws IOException {
            backend = TestBackend.running(connection -> {
                for (var request = connection.read(); request != null; request = connection.read()) {
                    received.add(normalized(request));
                    send(response, connection);
                }
            });
            UnaryOperator<TestOptions> patient = options -> options.headTimeout(Duration.ofMinutes(10));
            proxy = TestProxy.start(
                            lane,
                            believes
                                    ? options -> patient.apply(options)
                                            .trustedProxies(List.of("127.0.0.1"))
                                            .forwardedHeader(true)
                                    : patient,
                            new AppBackends())
                    .to(backend);
        }

        private void send(Pieces message, Wire connection) throws IOException {
            if (message.cut > 0) {
                connection.send(message.text.substring(0, message.cut));
                // By the second time, both loops have looked at their sockets since, but in rare cases.
                proxy.responds().join();
                proxy.responds().join();
            }
            connection.send(message.text.substring(message.cut));
        }

        /** Everything that backend and client can tell of one exchange. */
        String exchange(Pieces request, Pieces next, int millis) throws Exception {
            response = next;
            received.clear();
            var seen = new ArrayList<String>();
            try (var client = proxy.connect()) {
                client.socket.setSoTimeout(millis);
                // A second request shows where the first one ended, and whether the connection was kept.
                var both = request.text + "GET /second HTTP/1.1\r\nHost: second\r\nConnection: close\r\n\r\n";
                try {
                    send(new Pieces(both, request.cut), client);
                    seen.add(client(new String(client.in.readAllBytes(), StandardCharsets.ISO_8859_1)));
                } catch (SocketTimeoutException open) {
                    seen.add("stays open");
                } catch (IOException reset) {
                    seen.add("is reset");
                }
            }
            for (var got = received.poll(0, TimeUnit.SECONDS); got != null; got = received.poll(0, TimeUnit.SECONDS)) {
                // Whether a connection was idle, on which a request is repeated, depends on the case before.
                if (!seen.getLast().equals("backend: " + got)) {
                    seen.add("backend: " + got);
                }
            }
            return REFUSAL.matcher(String.join("\n", seen)).replaceAll("$1");
        }

        @Override
        public void close() throws IOException {
            proxy.close();
            backend.close();
        }
    }

    private static String normalized(Message request) {
        return request.startLine() + " " + sorted(request.headerLines().stream()) + " " + request.body();
    }

    private static List<String> sorted(Stream<String> lines) {
        return lines.map(LaneDifferenceTest::normalized).sorted().toList();
    }

    /** Names have no case, and ids and times are new each time. */
    private static String normalized(String line) {
        var colon = line.indexOf(':');
        var name = colon < 0 ? line : line.substring(0, colon).toLowerCase(Locale.ROOT);
        var value = colon < 0 ? "" : line.substring(colon + 1).strip();
        return name + ": " + (name.equals("x-request-id") || name.equals("x-request-start") ? "*" : value);
    }

    /** The bytes that a client gets, with the lines of each head in order of their names. */
    private static String client(String bytes) {
        var seen = new StringBuilder();
        var head = new ArrayList<String>();
        for (var line : REPEATED_INTERIM.matcher(bytes).replaceAll("$1").split("\r\n", -1)) {
            if (line.startsWith("HTTP/1.1 ")) {
                seen.append(line).append('\n');
            } else if (line.contains(": ") || line.endsWith(":")) {
                head.add(normalized(line));
            } else {
                Collections.sort(head);
                seen.append(head).append(line).append('\n');
                head.clear();
            }
        }
        return seen.append(head).toString();
    }

    private static String mutated(String text, Random random) {
        var changed = new StringBuilder(text);
        for (var changes = random.nextInt(3); changes > 0; changes--) {
            var at = random.nextInt(changed.length() + 1);
            switch (random.nextInt(3)) {
                case 0 -> changed.insert(at, PIECES.get(random.nextInt(PIECES.size())));
                case 1 -> changed.delete(at, Math.min(changed.length(), at + 1 + random.nextInt(3)));
                default -> {
                    if (at < changed.length()) {
                        changed.setCharAt(at, (char) random.nextInt(256));
                    }
                }
            }
        }
        return changed.toString();
    }

    private static String bytes(String lines, boolean body) {
        return lines.replace("|", "\r\n") + (body ? "" : "\r\n\r\n");
    }

    @Test
    @Timeout(value = 7, unit = TimeUnit.DAYS) // It is as long as it is asked to be.
    void both_lanes_give_backend_and_client_the_same() throws Exception {
        var nanos = TimeUnit.SECONDS.toNanos(Integer.getInteger("lanes.seconds", 10));
        var seed = Long.getLong("lanes.seed", 1);
        List<String> differences = new CopyOnWriteArrayList<>();
        var heads = new AtomicLong();
        var onLean = new AtomicLong();
        onPairs((pair, general, lean) -> {
            var random = new Random(seed * PAIRS + pair);
            var began = System.nanoTime();
            while (System.nanoTime() - began < nanos && differences.size() < REPORTED) {
                var line = oneOf(REQUESTS, HOSTILE_REQUESTS, random);
                var request = inPieces(bytes(mutated(line, random), line.contains("||")), random);
                var template = oneOf(RESPONSES, HOSTILE_RESPONSES, random);
                var response =
                        inPieces(bytes(random.nextInt(3) == 0 ? mutated(template, random) : template, true), random);
                heads.incrementAndGet();
                compare(general, lean, request, response).ifPresent(differences::add);
            }
            onLean.addAndGet(lean.proxy.leanRequests());
        });
        System.out.println(heads + " heads, " + onLean + " requests on the lean lane, lanes.seed=" + seed);
        assertThat(differences).isEmpty();
        assertThat(onLean).hasPositiveValue();
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES) // It takes seconds on an idle machine.
    void both_lanes_take_heads_in_pieces_wherever_they_are_cut() throws Exception {
        List<Pieces> requests = Stream.of(REQUESTS, HOSTILE_REQUESTS)
                .flatMap(List::stream)
                .flatMap(line -> atEachPosition(bytes(line, line.contains("||"))))
                .toList();
        List<Pieces> responses = Stream.of(RESPONSES, HOSTILE_RESPONSES)
                .flatMap(List::stream)
                .flatMap(line -> atEachPosition(bytes(line, true)))
                .toList();
        List<String> differences = new CopyOnWriteArrayList<>();
        var next = new AtomicInteger();
        var whole = new AtomicLong();
        onPairs((pair, general, lean) -> {
            for (var i = next.getAndIncrement();
                    i < requests.size() + responses.size() && differences.size() < REPORTED;
                    i = next.getAndIncrement()) {
                var isRequest = i < requests.size();
                var request = isRequest ? requests.get(i) : Pieces.whole(PLAIN_REQUEST);
                var response = isRequest ? Pieces.whole(PLAIN_RESPONSE) : responses.get(i - requests.size());
                compare(general, lean, request, response).ifPresent(differences::add);
            }
            // Of each two requests, the lane takes the second at most if the first comes in pieces.
            whole.addAndGet(lean.proxy.leanRequests());
        });
        System.out.println(requests.size() + " requests and " + responses.size() + " responses in pieces; " + whole
                + " requests on the lean lane");
        assertThat(differences).isEmpty();
    }

    private interface Step {
        void run(int number, Side general, Side lean) throws Exception;
    }

    /** Runs the same with several pairs of proxies at the same time; half of them believe what clients say of those before them. */
    private static void onPairs(Step step) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = IntStream.range(0, PAIRS)
                    .mapToObj(number -> threads.submit(() -> {
                        try (var general = new Side(Lane.VERTX, number % 2 == 1);
                                var lean = new Side(Lane.LEAN, number % 2 == 1)) {
                            step.run(number, general, lean);
                        }
                        return null;
                    }))
                    .toList();
            for (var pair : running) {
                pair.get();
            }
        }
    }

    /** What is different, if anything is. */
    private static Optional<String> compare(Side general, Side lean, Pieces request, Pieces response) throws Exception {
        var expected = general.exchange(request, response, QUICK_MILLIS);
        var found = lean.exchange(request, response, QUICK_MILLIS);
        for (var millis : PATIENT_MILLIS) {
            if (!found.equals(expected)) {
                expected = general.exchange(request, response, millis);
                found = lean.exchange(request, response, millis);
            }
        }
        return found.equals(expected)
                ? Optional.empty()
                : Optional.of("request " + request + "\nresponse " + response + "\ngeneral lane:\n" + expected
                        + "\nlean lane:\n" + found);
    }

    /** One of the usual ones, or now and then a hostile one. */
    private static String oneOf(List<String> usual, List<String> hostile, Random random) {
        var list = random.nextInt(4) == 0 ? hostile : usual;
        return list.get(random.nextInt(list.size()));
    }

    /** One of four is cut. */
    private static Pieces inPieces(String text, Random random) {
        return new Pieces(
                text, random.nextInt(4) == 0 && text.length() > 1 ? 1 + random.nextInt(text.length() - 1) : 0);
    }

    private static Stream<Pieces> atEachPosition(String text) {
        return IntStream.range(1, text.length()).mapToObj(cut -> new Pieces(text, cut));
    }

    private static String visible(String text) {
        return text.replace("\r", "\\r").replace("\n", "\\n").replace("\0", "\\0");
    }
}
