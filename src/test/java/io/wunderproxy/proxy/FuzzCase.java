package io.wunderproxy.proxy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;

/**
 * One case of the fuzzer: a client, sometimes a bad one, a backend, sometimes a bad one, and clients that have nothing to
 * do with these, each on its connection. They act one after the other, and each time the proxy has done all it can
 * before the next one acts, so that a case is the same whenever it is run.
 */
final class FuzzCase implements FuzzBackend.Script {
    private static final List<String> IDEMPOTENT = List.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE");
    private static final int MOST_STEPS = 5000;
    /** Turns of the event loop after which nothing more comes by itself. */
    private static final int QUIET_TURNS = 3;

    private static final int LEAST_LOOKS = 300;
    private static final long ACCEPTED_WITHIN_NANOS = 200_000_000;

    private final Choices choices;
    private final TestProxy proxy;
    private final FuzzBackend backend;
    private final long patienceNanos;
    private final List<FuzzSocket.Event> events = new ArrayList<>();
    private final List<FuzzClient> clients = new ArrayList<>();
    private final Map<Integer, FuzzRequest> requests = new HashMap<>();
    private final List<FuzzResponse> responses = new ArrayList<>();
    private final boolean backendIsOdd;
    private boolean anyWrong;
    private boolean slow;
    private int victims;
    private int ids;
    private int steps;
    private long expectedOpen;
    private long acceptingUntil;
    private String problem;

    FuzzCase(Choices choices, TestProxy proxy, FuzzBackend backend, long patienceMillis) {
        this.choices = choices;
        this.proxy = proxy;
        this.backend = backend;
        patienceNanos = patienceMillis * 1_000_000;
        backendIsOdd = choices.chance(65);
    }

    /** What has happened until now. */
    List<FuzzSocket.Event> events() {
        return events;
    }

    /** How many requests have reached the backend. */
    int exchanges() {
        return responses.size();
    }

    /** Runs it; returns what is wrong, or null. */
    String run() {
        backend.begin(this, events);
        settle();
        try {
            problem = judge();
        } catch (IllegalStateException stuck) {
            problem = stuck.getMessage();
        }
        clients.forEach(client -> client.socket().abort());
        settle();
        return problem;
    }

    private String judge() {
        for (var warm = choices.of(1, 0, 2); warm > 0; warm--) {
            var found = serveStrangers(List.of(stranger()));
            if (found != null) {
                return found;
            }
        }
        var client = draw();
        var strangers = new ArrayList<FuzzClient>();
        victims = choices.of(0, 1, 2);
        drive(strangers);
        var found = firstOf(
                this::whatBrokeHttp,
                () -> whatIsNotServed(strangers),
                () -> whatIsOwed(client),
                () -> whatIsWrong(client),
                () -> whatTheTunnelLost(client));
        if (found != null) {
            return found;
        }
        client.socket().abort();
        // Of a client that has ended its side of another protocol nobody hears any more; its backend ends the exchange.
        backend.connections().stream()
                .filter(connection -> connection.response() != null && connection.response().switches)
                .forEach(connection -> connection.socket.finish());
        settle();
        if (!eventually(() -> proxy.active.leases(proxy.active.current().orElseThrow()) == 0)) {
            return "an exchange does not end with its client";
        }
        if (!eventually(this::allAreIdle)) {
            return "a connection to the backend stays in the middle of a request";
        }
        sayWhileIdle();
        var canaries = new ArrayList<FuzzClient>();
        var connections = backend.connections().stream()
                .filter(connection -> !connection.socket.isOver())
                .count();
        for (var i = 0; i <= connections; i++) {
            canaries.add(stranger());
            if (i < connections) {
                settle();
            }
        }
        return serveStrangers(canaries);
    }

    @SafeVarargs
    private static String firstOf(Supplier<String>... judges) {
        for (var judge : judges) {
            var found = judge.get();
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private FuzzClient draw() {
        var http2 = choices.chance(30);
        var mayBeWrong = choices.chance(35);
        var mayGiveUp = choices.chance(30);
        slow = choices.chance(5);
        var all = new ArrayList<FuzzRequest>();
        for (var count = choices.of(1, 1, 2, 3, 5); count > 0; count--) {
            var id = ++ids;
            var request =
                    http2 ? FuzzRequest.http2(choices, id, mayBeWrong) : FuzzRequest.http1(choices, id, mayBeWrong);
            requests.put(id, request);
            anyWrong |= !request.valid;
            // Over HTTP/1.1, what comes behind one that is wrong may be taken for a part of it.
            request.valid &= http2 || !anyWrong;
            all.add(request);
        }
        var socket = connect("client", slow);
        var client = http2
                ? new Http2FuzzClient(choices, socket, all, mayGiveUp)
                : new Http1FuzzClient(choices, socket, all, mayGiveUp);
        clients.add(client);
        settle();
        return client;
    }

    /** A client with one plain request, which must get the response to it. */
    private FuzzClient stranger() {
        var request = FuzzRequest.plain(1000 + ++ids);
        requests.put(request.id, request);
        var client = new Http1FuzzClient(
                Choices.given(new int[0]), connect("  stranger " + request.id, false), List.of(request), false);
        clients.add(client);
        client.act();
        return client;
    }

    private FuzzSocket connect(String name, boolean smallBuffer) {
        expectedOpen = open() + 1;
        acceptingUntil = System.nanoTime() + ACCEPTED_WITHIN_NANOS;
        return FuzzSocket.connect(name, proxy.port(), smallBuffer, events);
    }

    /** Connections are accepted on another thread. */
    private boolean isAccepting() {
        if (acceptingUntil == 0) {
            return false;
        }
        if (open() >= expectedOpen || System.nanoTime() > acceptingUntil) {
            acceptingUntil = 0;
            return false;
        }
        Thread.yield();
        return true;
    }

    private long open() {
        return proxy.stats.snapshot().connections().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    private String serveStrangers(List<FuzzClient> strangers) {
        drive(new ArrayList<>());
        return firstOf(this::whatBrokeHttp, () -> whatIsNotServed(strangers));
    }

    // ---- continuing ----

    /** Lets everybody act, one after the other, until nobody can. */
    private void drive(List<FuzzClient> strangers) {
        turn(() -> actors(strangers));
    }

    /** Waits until the proxy has done all that it can do now. */
    private void settle() {
        turn(List::of);
    }

    /**
     * What happens on the one event loop of the proxy, between its own work: that needs no other thread to be woken, and
     * the loop has looked at all sockets before each turn.
     */
    private void turn(Supplier<List<Runnable>> actors) {
        var end = new CompletableFuture<Void>();
        turn(actors, 0, end);
        try {
            end.join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
        }
    }

    private void turn(Supplier<List<Runnable>> actors, int quiet, CompletableFuture<Void> end) {
        proxy.responds().thenRun(() -> {
            try {
                if (pump() || isAccepting()) {
                    turn(actors, 0, end);
                } else if (quiet < QUIET_TURNS) {
                    turn(actors, quiet + 1, end);
                } else if (act(actors)) {
                    turn(actors, 0, end);
                } else {
                    end.complete(null);
                }
            } catch (IOException | RuntimeException failed) {
                end.completeExceptionally(failed);
            }
        });
    }

    private boolean act(Supplier<List<Runnable>> actors) {
        var able = whatBrokeHttp() == null ? actors.get() : List.<Runnable>of();
        if (able.isEmpty() || steps++ > MOST_STEPS) {
            return false;
        }
        able.get(choices.upTo(able.size())).run();
        if (choices.chance(10) && acceptingUntil == 0) {
            act(actors);
        }
        return true;
    }

    private List<Runnable> actors(List<FuzzClient> strangers) {
        var actors = new ArrayList<Runnable>();
        for (var client : clients) {
            if (client.canAct()) {
                actors.add(client::act);
            }
        }
        for (var connection : backend.connections()) {
            if (connection.canAct()) {
                actors.add(connection::act);
            }
        }
        if (victims > 0) {
            actors.add(() -> {
                victims--;
                strangers.add(stranger());
            });
        }
        if (actors.isEmpty() && slow) {
            actors.add(() -> slow = false);
        }
        return actors;
    }

    private boolean pump() throws IOException {
        var moved = backend.pump();
        for (var client : clients) {
            if (!slow || client.socket().name.startsWith(" ")) {
                moved |= client.pump();
            }
        }
        return moved;
    }

    private boolean eventually(BooleanSupplier condition) {
        var began = System.nanoTime();
        for (var looks = 0; !condition.getAsBoolean(); looks++) {
            // On a busy machine time passes without anything having been done.
            if (looks > LEAST_LOOKS && System.nanoTime() - began > patienceNanos) {
                return false;
            }
            drive(new ArrayList<>());
            LockSupport.parkNanos(1_000_000);
        }
        return true;
    }

    // ---- the backend ----

    private FuzzRequest requestOf(StrictReader.Read read) {
        var id = read.field(FuzzRequest.ID);
        return id == null || !id.matches("[0-9]{1,6}") ? null : requests.get(Integer.parseInt(id));
    }

    @Override
    public FuzzResponse responseTo(StrictReader.Read read) {
        var request = requestOf(read);
        var id = request == null ? 0 : request.id;
        var head = read.method().equals("HEAD");
        var serial = responses.size() + 1;
        if (request != null
                && request.valid
                && !IDEMPOTENT.contains(request.method)
                && responses.stream().anyMatch(one -> one.requestId == id)) {
            throw new IllegalStateException("request " + id + " is sent twice");
        }
        var response = accepts(read)
                ? FuzzResponse.switching(choices, serial, id)
                : id > 1000 || !backendIsOdd
                        ? FuzzResponse.plain(serial, id, head)
                        : FuzzResponse.draw(choices, serial, id, head);
        responses.add(response);
        return response;
    }

    @Override
    public boolean accepts(StrictReader.Read read) {
        var request = requestOf(read);
        return request != null && request.valid && request.accepted && read.field("Upgrade") != null;
    }

    @Override
    public String differenceOf(StrictReader.Read read) {
        var request = requestOf(read);
        if (request == null) {
            return anyWrong ? null : "the backend gets a request that nobody has sent: " + read.start;
        }
        if (request.valid && !read.fields("X-Forwarded-For").equals(List.of("127.0.0.1"))) {
            return "request " + request.id + " arrives from " + read.fields("X-Forwarded-For");
        }
        return request.differenceTo(read);
    }

    private boolean allAreIdle() {
        return backend.connections().stream().allMatch(connection -> connection.socket.isOver() || connection.isIdle());
    }

    private void sayWhileIdle() {
        for (var connection : backend.connections()) {
            var response = connection.response();
            if (!connection.socket.isOver() && response != null && response.late != null) {
                connection.socket.send(response.late);
            }
        }
        if (choices.chance(50)) {
            settle();
        }
    }

    // ---- judging ----

    private String whatBrokeHttp() {
        if (backend.problem() != null) {
            return backend.problem();
        }
        for (var client : clients) {
            if (client.problem() != null && responses.stream().noneMatch(one -> one.kind == FuzzResponse.Kind.ANY)) {
                return client.problem();
            }
        }
        return null;
    }

    private String whatIsNotServed(List<FuzzClient> strangers) {
        eventually(() -> strangers.stream()
                .allMatch(stranger -> stranger.socket().isOver()
                        || !stranger.outcomes().isEmpty()
                                && stranger.outcomes().getFirst().complete()));
        for (var stranger : strangers) {
            var id = stranger.requests().getFirst().id;
            var outcomes = stranger.outcomes();
            if (outcomes.size() != 1) {
                return "stranger " + id + " gets " + outcomes.size() + " responses";
            }
            var outcome = outcomes.getFirst();
            if (isOnItsWayToo(stranger.requests().getFirst())) {
                continue;
            }
            if (!String.valueOf(id).equals(outcome.field(FuzzRequest.ID))) {
                return "stranger " + id + " gets the response to " + outcome.field(FuzzRequest.ID) + ": "
                        + outcome.status() + " " + new String(outcome.body());
            }
            var response = responses.get(Integer.parseInt(outcome.field(FuzzResponse.SERIAL)) - 1);
            if (!outcome.complete() || !Arrays.equals(outcome.body(), response.body)) {
                return "stranger " + id + " gets another body: " + new String(outcome.body());
            }
        }
        return null;
    }

    private List<FuzzResponse> responsesTo(FuzzRequest request) {
        return responses.stream()
                .filter(response -> response.requestId == request.id)
                .toList();
    }

    /** Whether everything that the backend has said to it can be read in one way only, or in none. */
    private boolean isClear(FuzzRequest request) {
        return responsesTo(request).stream()
                .allMatch(response ->
                        response.kind == FuzzResponse.Kind.WHOLE || response.kind == FuzzResponse.Kind.INVALID);
    }

    /** Whether the last thing that the backend has said to it can't be understood. */
    private boolean hasInvalidResponse(FuzzRequest request) {
        var all = responsesTo(request);
        return !all.isEmpty()
                && all.getLast().kind == FuzzResponse.Kind.INVALID
                && all.getLast().isComplete();
    }

    private static String whatIsWrongWithTheRefusal(FuzzRequest request, FuzzClient.Outcome outcome) {
        var page = new String(outcome.body(), StandardCharsets.US_ASCII);
        if (outcome.status() != 502 || !outcome.complete()) {
            return "request " + request.id + " gets a " + outcome.status() + " for a response that can't be understood";
        }
        return page.isEmpty() == request.method.equals("HEAD")
                        && (page.isEmpty() || page.startsWith("the application's response is not valid HTTP: "))
                ? null
                : "request " + request.id + " is refused for a response that can't be understood: " + page;
    }

    private String whatIsOwed(FuzzClient client) {
        for (var request : client.requests()) {
            if (!client.isOwed(request) || !isClear(request)) {
                continue;
            }
            if (!eventually(() -> client.socket().isOver()
                    || !client.isOwed(request)
                    || !isClear(request)
                    || hasEnd(client, request))) {
                return "request " + request.id + " gets no complete response";
            }
            if (!client.isOwed(request) || !isClear(request)) {
                continue;
            }
            var outcome = outcomeOf(client, request);
            if (outcome == null) {
                return "request " + request.id + " gets no response";
            }
            if (isOnItsWayToo(request)) {
                continue;
            }
            if (hasInvalidResponse(request)) {
                var found = whatIsWrongWithTheRefusal(request, outcome);
                if (found != null) {
                    return found;
                }
                continue;
            }
            var whole = responsesTo(request).stream()
                    .anyMatch(response -> response.kind == FuzzResponse.Kind.WHOLE && response.isComplete());
            if (responsesTo(request).isEmpty() && outcome.status() != 101) {
                return "request " + request.id + " is refused with " + outcome.status();
            }
            if (whole && !outcome.complete()) {
                return "request " + request.id + " gets less than the backend has said";
            }
            if (whole && outcome.field(FuzzResponse.SERIAL) == null) {
                return "request " + request.id + " gets a " + outcome.status() + " that is not the backend's";
            }
        }
        return null;
    }

    private static boolean hasEnd(FuzzClient client, FuzzRequest request) {
        var outcome = outcomeOf(client, request);
        return outcome != null && outcome.complete()
                || client instanceof Http2FuzzClient http2 && http2.isOver(request);
    }

    private static FuzzClient.Outcome outcomeOf(FuzzClient client, FuzzRequest request) {
        return client.outcomes().stream()
                .filter(outcome -> outcome.request() == request)
                .findFirst()
                .orElse(null);
    }

    private String whatIsWrong(FuzzClient client) {
        for (var outcome : client.outcomes()) {
            if (outcome.field("X-Forged") != null && !isOnItsWayToo(outcome.request())) {
                return "the client gets a response that nobody has given";
            }
            var serial = outcome.field(FuzzResponse.SERIAL);
            if (serial == null || !serial.matches("[1-9][0-9]{0,3}") || Integer.parseInt(serial) > responses.size()) {
                continue;
            }
            var found = whatIsWrong(outcome, responses.get(Integer.parseInt(serial) - 1));
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /**
     * Whether the backend sent bytes that nobody had asked for while this request was on its way to it: nothing in
     * HTTP/1.1 tells them from the response (RFC 9112, section 9.2).
     */
    private boolean isOnItsWayToo(FuzzRequest request) {
        return request != null
                && responses.stream().anyMatch(response -> response.hasSurplus && response.sentAt > request.sentAfter);
    }

    private String whatIsWrong(FuzzClient.Outcome outcome, FuzzResponse response) {
        var what = "response " + response.serial;
        if (response.kind == FuzzResponse.Kind.ANY) {
            return null;
        }
        if (response.kind == FuzzResponse.Kind.INVALID) {
            return what + " can't be understood and arrives";
        }
        if (!anyWrong && (outcome.request() == null || outcome.request().id != response.requestId)) {
            return what + " goes to another request than " + response.requestId;
        }
        if (outcome.complete() && outcome.status() != response.status) {
            return what + " arrives with status " + outcome.status();
        }
        if (outcome.field("X-Hop") != null) {
            return what + " arrives with what Connection names";
        }
        if (outcome.complete() && !outcome.toEnd()) {
            if (response.kind == FuzzResponse.Kind.BROKEN) {
                return what + " is broken and arrives as complete";
            }
            if (response.kind == FuzzResponse.Kind.WHOLE && !response.switches && !response.isComplete()) {
                return what + " is not complete and arrives as complete";
            }
        }
        byte[] body;
        try {
            body = decode(outcome);
        } catch (IOException broken) {
            return outcome.complete() ? what + " arrives with a broken coding: " + broken.getMessage() : null;
        }
        var rest = response.kind == FuzzResponse.Kind.WHOLE ? body.length : Math.min(body.length, response.body.length);
        if (rest > response.body.length || !Arrays.equals(body, 0, rest, response.body, 0, rest)) {
            return what + " arrives with another body";
        }
        return outcome.complete()
                        && response.kind == FuzzResponse.Kind.WHOLE
                        && response.isComplete()
                        && body.length != response.body.length
                        && !response.switches
                ? what + " arrives as complete with " + body.length + " bytes of " + response.body.length
                : null;
    }

    private static byte[] decode(FuzzClient.Outcome outcome) throws IOException {
        if (!"gzip".equals(outcome.field("Content-Encoding")) || outcome.body().length == 0) {
            return outcome.body();
        }
        try (var in = new GZIPInputStream(new ByteArrayInputStream(outcome.body()))) {
            return in.readAllBytes();
        }
    }

    /** Both sides of another protocol get all that the other has said. */
    private String whatTheTunnelLost(FuzzClient client) {
        for (var connection : backend.connections()) {
            var response = connection.response();
            if (response == null || !response.switches || client.hasGivenUp()) {
                continue;
            }
            var request = requests.get(response.requestId);
            if (!client.isOwed(request) || isOnItsWayToo(request)) {
                continue;
            }
            if (!eventually(() -> Arrays.equals(connection.reader.after.toByteArray(), request.afterwards)
                    && Arrays.equals(client.after(), response.body))) {
                return "of another protocol the backend gets " + connection.reader.after.size() + " of "
                        + request.afterwards.length + " bytes, the client " + client.after().length + " of "
                        + response.body.length;
            }
        }
        return null;
    }
}
