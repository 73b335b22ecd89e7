package io.wunderproxy.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.vertx.core.AsyncResult;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import java.util.ArrayList;
import java.util.List;

/**
 * One request and its answer: from the client to a backend and back, streamed both ways with back-pressure. Holds one
 * lease from its start to its end, which comes exactly once, whatever the client or the backend do. On one event loop.
 */
final class Exchange implements BackendAnswer {
    private static final int CLIENT_CLOSED = 499;
    private static final int MAX_ATTEMPTS = 4;
    private static final int MAX_ATTEMPTS_ON_ONE = 2;
    private static final int MAX_KEPT_BODY = 16 * 1024;
    /** A body up to this size is read although its request was refused, to keep the connection for the next one. */
    private static final long WORTH_READING = 64 * 1024;

    private final ProxyWorker worker;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final ClientConnection client;
    private final HttpMethod method;
    private final long started = System.nanoTime();
    private long lastProgress = started;

    private boolean admitted;
    private Lease lease;
    private Backend destination;
    private boolean marked;
    private boolean fellBack;
    private BackendConnection connection;
    private HeadersMultiMap headers;
    private String target;
    private int attempts;

    private boolean hasBody;
    private final List<Buffer> bodyKept = new ArrayList<>();
    private long bodyKeptSize;
    private boolean bodyLost;
    private boolean bodyEnded;
    private BodyBuffer buffer;
    private Runnable waiting;
    private boolean bodyPaused;

    private boolean headHeld;
    private Buffer dataHeld;
    private GzipEncoder gzip;
    private boolean headForwarded;
    private boolean answerPaused;
    private boolean closeAfterwards;
    private Tunnel tunnel;
    private boolean done;
    private long bytesIn;
    private long bytesOut;

    Exchange(ProxyWorker worker, HttpServerRequest request) {
        this.worker = worker;
        this.request = request;
        response = request.response();
        client = worker.client(request.connection());
        method = request.method().toNetty();
    }

    /** Forwards the request or answers why not. */
    void start() {
        begin();
        if (bodyLength() > worker.options().maxRequestBody()) {
            closeAfterwards = true;
            answer(ErrorAnswer.BODY_TOO_LARGE);
            return;
        }
        admitted = worker.limits().requests().enter();
        if (!admitted) {
            answer(ErrorAnswer.OVERLOADED);
            return;
        }
        if (worker.gate().state() instanceof TrafficGate.State.Maintenance(var message)) {
            answer(ErrorAnswer.maintenance(message));
        } else if (hasBody && worker.options().requestBuffer() && !isGrpc()) {
            readBody();
        } else {
            forward();
        }
    }

    private boolean isGrpc() {
        var type = request.headers().get(HttpHeaderNames.CONTENT_TYPE);
        return type != null && type.regionMatches(true, 0, "application/grpc", 0, 16);
    }

    /** Reads the whole body before the backend hears of the request. */
    private void readBody() {
        var options = worker.options();
        buffer = new BodyBuffer(worker.files(), options.temporary(), options.requestMemory(), options.maxRequestBody());
        if (HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(
                String.valueOf(request.headers().get(HttpHeaderNames.EXPECT)))) {
            request.headers().remove(HttpHeaderNames.EXPECT);
            response.writeContinue();
        }
        buffer.readFrom(request, read -> {
            if (done) {
                buffer.close();
            } else if (read.succeeded()) {
                bodyEnded = true;
                bytesIn = buffer.size();
                lastProgress = System.nanoTime();
                forward();
            } else {
                closeAfterwards = true;
                answer(
                        read.cause() instanceof BodyBuffer.TooLarge
                                ? ErrorAnswer.BODY_TOO_LARGE
                                : ErrorAnswer.NO_ROOM_FOR_BODY);
            }
        });
    }

    private void forward() {
        if (worker.gate().isOpen() || !isHeldAtGate()) {
            forwardNow();
        }
    }

    /** Waits while traffic is paused, answers in maintenance; false if the gate has been opened meanwhile. */
    private boolean isHeldAtGate() {
        Runnable again = () -> worker.eventLoop().execute(this::goOn);
        if (worker.gate().await(again)) {
            waiting = again;
            lastProgress = System.nanoTime();
            return true;
        }
        switch (worker.gate().state()) {
            case TrafficGate.State.Open open -> {
                return false;
            }
            case TrafficGate.State.Paused paused -> answer(ErrorAnswer.OVERLOADED);
            case TrafficGate.State.Maintenance(var message) -> answer(ErrorAnswer.maintenance(message));
        }
        return true;
    }

    private void goOn() {
        if (!done) {
            waiting = null;
            forward();
        }
    }

    private void forwardNow() {
        lease = worker.backends().acquire();
        destination = lease == null ? null : lease.backend();
        target = request.uri();
        headers = requestHeaders();
        if (RequestRules.isAbsolute(target)) {
            // The URL's host counts, not the header's (RFC 9112, section 3.2.2).
            headers.set(HttpHeaderNames.HOST, RequestRules.authorityOf(target));
            target = RequestRules.pathOf(target);
        }
        if (lease != null) {
            connect();
        } else if (!fallBack(false)) {
            answer(ErrorAnswer.absent(worker.backends().absence()));
        }
    }

    /** Answers without forwarding, and closes the client's connection. */
    void refuse(ErrorAnswer reason) {
        begin();
        closeAfterwards = true;
        answer(reason);
    }

    /** Answers with a permanent redirect that keeps the method. */
    void redirect(String url) {
        begin();
        response.putHeader(HttpHeaderNames.LOCATION, url);
        answer(new ErrorAnswer(308, "moved to " + url, 0));
    }

    private void begin() {
        worker.started(this);
        client.requestStarted();
        response.exceptionHandler(this::clientGone);
        hasBody = hasBody();
        bodyEnded = !hasBody;
    }

    private boolean hasBody() {
        var received = request.headers();
        var length = received.get(HttpHeaderNames.CONTENT_LENGTH);
        if (length != null) {
            return !length.equals("0");
        }
        // HTTP/2 need not say; whether the stream has ended already is not known yet.
        return client.isHttp2()
                ? !isIdempotent() || method.equals(HttpMethod.PUT)
                : received.contains(HttpHeaderNames.TRANSFER_ENCODING);
    }

    // ---- the request ----

    private HeadersMultiMap requestHeaders() {
        var http1 = destination == null || destination.protocol() == Backend.Protocol.HTTP_1_1;
        var forwarded = RequestHead.forwarded(request, client.isHttp2(), hasBody, http1);
        if (buffer != null) {
            forwarded.remove(HttpHeaderNames.TRANSFER_ENCODING);
            forwarded.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(buffer.size()));
        }
        marked = client.isPeer() && forwarded.contains(PeerFallback.HEADER);
        if (!marked) {
            forwarded.remove(PeerFallback.HEADER);
        }
        RequestHead.addClient(forwarded, client, request.isSSL(), worker.requestIds());
        return forwarded;
    }

    private boolean isIdempotent() {
        return switch (method.name()) {
            case "GET", "HEAD", "OPTIONS", "PUT", "DELETE" -> true;
            default -> false;
        };
    }

    private void connect() {
        var pool = worker.pool(destination);
        var idle = attempts == 0 ? pool.take(!isIdempotent() || hasBody) : null;
        attempts++;
        if (idle != null) {
            send(idle);
            return;
        }
        if (!bodyEnded) {
            request.pause();
        }
        pool.connect((made, failure) -> {
            if (made == null) {
                notConnected(failure);
            } else if (done) {
                made.cancel();
            } else {
                send(made);
            }
        });
    }

    private void notConnected(Throwable failure) {
        // To try the same backend again is no use, but meanwhile another one may be active.
        attempts = MAX_ATTEMPTS_ON_ONE;
        if (fellBack) {
            worker.peers().isDead(destination);
        }
        if (!done && !retry(false) && !fallBack(false)) {
            answer(ErrorAnswer.notConnected(failure));
        }
    }

    private void send(BackendConnection ready) {
        connection = ready;
        lastProgress = System.nanoTime();
        ready.send(this, method, target, headers, hasBody, ready.isReused() && (!isIdempotent() || hasBody));
        if (buffer != null) {
            sendBuffered(ready);
            return;
        }
        bodyKept.forEach(part -> ready.write(Buffers.bytesOf(part)));
        if (bodyEnded) {
            if (hasBody) {
                ready.end(EmptyHttpHeaders.INSTANCE);
            }
        } else {
            request.handler(this::forwardBody);
            request.endHandler(end -> endBody());
            request.resume();
        }
    }

    private void sendBuffered(BackendConnection ready) {
        buffer.memory().forEach(part -> ready.write(Buffers.bytesOf(part)));
        var rest = buffer.file();
        if (rest == null) {
            ready.end(EmptyHttpHeaders.INSTANCE);
            return;
        }
        bodyLost = true;
        rest.setReadPos(0);
        rest.exceptionHandler(failed -> breakOff(ErrorAnswer.NO_ROOM_FOR_BODY));
        rest.endHandler(end -> {
            lastProgress = System.nanoTime();
            if (connection == ready) {
                ready.end(EmptyHttpHeaders.INSTANCE);
            }
        });
        rest.handler(part -> {
            lastProgress = System.nanoTime();
            if (connection == ready) {
                ready.write(Buffers.bytesOf(part));
                if (!ready.isWritable()) {
                    bodyPaused = true;
                    rest.pause();
                }
            }
        });
    }

    private void forwardBody(Buffer data) {
        bytesIn += data.length();
        lastProgress = System.nanoTime();
        if (connection == null) {
            bodyLost = true;
            return;
        }
        if (bytesIn > worker.options().maxRequestBody()) {
            breakOff(ErrorAnswer.BODY_TOO_LARGE);
            return;
        }
        keep(data);
        connection.write(Buffers.bytesOf(data));
        if (!connection.isWritable()) {
            bodyPaused = true;
            request.pause();
        }
    }

    /** A small body is kept while it may turn out that the reused connection was stale. */
    private void keep(Buffer data) {
        bodyKeptSize += data.length();
        if (!bodyLost && connection.isReused() && bodyKeptSize <= MAX_KEPT_BODY) {
            bodyKept.add(data);
        } else {
            bodyLost = true;
            bodyKept.clear();
        }
    }

    @Override
    public void onWritable() {
        if (bodyPaused) {
            bodyPaused = false;
            if (buffer == null) {
                request.resume();
            } else {
                buffer.file().resume();
            }
        }
    }

    private void endBody() {
        bodyEnded = true;
        lastProgress = System.nanoTime();
        if (connection != null) {
            connection.end(EmptyHttpHeaders.INSTANCE);
        }
    }

    // ---- the answer ----

    @Override
    public void onInterim(HttpResponse interim) {
        lastProgress = System.nanoTime();
        switch (interim.status().code()) {
            case 100 -> {
                if (request.version() != HttpVersion.HTTP_1_0) {
                    response.writeContinue();
                }
            }
            case 103 -> {
                if (request.version() != HttpVersion.HTTP_1_0) {
                    response.writeEarlyHints((HeadersMultiMap) interim.headers(), written -> {});
                }
            }
            default -> {
                // Nothing that a client waits for, and no way to send it.
            }
        }
    }

    @Override
    public void onHead(HttpResponse head) {
        lastProgress = System.nanoTime();
        try {
            copyHead(head);
        } catch (IllegalArgumentException invalidHeader) {
            connection.cancel();
            connection = null;
            response.headers().clear();
            answer(ErrorAnswer.BACKEND_INVALID);
            return;
        }
        headHeld = true;
    }

    private void copyHead(HttpResponse head) {
        var status = head.status().code();
        var hasLength = AnswerHead.copy(head, response, client.isHttp2());
        var answered = response.headers();
        if (request.isSSL() && worker.options().tls() != null) {
            AnswerHead.addHsts(answered, worker.options().tls().hsts());
        }
        if (worker.options().compression()
                && AnswerHead.compress(answered, status, request, method.equals(HttpMethod.HEAD))) {
            gzip = new GzipEncoder();
            hasLength = false;
        }
        frame(status, hasLength);
        if (client.isClosing() || closeAfterwards) {
            closeAfterwards = true;
            if (!client.isHttp2()) {
                answered.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            }
        }
    }

    /** Without a length, the body is chunked for HTTP/1.1, and ends with the connection for HTTP/1.0. */
    private void frame(int status, boolean hasLength) {
        if (hasLength || client.isHttp2() || method.equals(HttpMethod.HEAD) || status == 204 || status == 304) {
            return;
        }
        if (request.version() == HttpVersion.HTTP_1_0) {
            closeAfterwards = true;
        } else {
            response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
    }

    @Override
    public void onData(ByteBuf data) {
        lastProgress = System.nanoTime();
        var part = Buffers.take(data);
        if (gzip != null) {
            part = gzip.encode(part);
        }
        if (part.length() > 0) {
            forward(part);
        }
    }

    private void forward(Buffer copy) {
        bytesOut += copy.length();
        if (headHeld && dataHeld == null) {
            dataHeld = copy;
            return;
        }
        forwardHeld();
        write(copy);
    }

    @Override
    public void onReadComplete() {
        if (gzip != null && gzip.isUnflushed()) {
            forward(gzip.flush());
        }
        forwardHeld();
    }

    /** The head waits for the first part of the body, so that a small answer is one write. */
    private void forwardHeld() {
        if (!headHeld) {
            return;
        }
        headHeld = false;
        headForwarded = true;
        var data = dataHeld;
        dataHeld = null;
        if (data != null) {
            write(data);
        } else {
            response.writeHead();
        }
    }

    private void write(Buffer data) {
        response.write(data, null);
        if (response.writeQueueFull() && !answerPaused && connection != null) {
            answerPaused = true;
            connection.pause();
            response.drainHandler(drained -> resumeAnswer());
        }
    }

    private void resumeAnswer() {
        lastProgress = System.nanoTime();
        if (answerPaused && connection != null) {
            answerPaused = false;
            connection.resume();
        }
    }

    @Override
    public void onEnd(HttpHeaders trailers) {
        connection = null;
        if (!trailers.isEmpty()) {
            var answered = response.trailers();
            for (var all = trailers.iteratorCharSequence(); all.hasNext(); ) {
                var trailer = all.next();
                if (!HopByHopHeaders.isHopByHop(trailer.getKey()) && HopByHopHeaders.isRemovable(trailer.getKey())) {
                    answered.add(trailer.getKey(), trailer.getValue());
                }
            }
        }
        if (gzip != null) {
            forward(gzip.end());
        }
        end(dataHeld);
    }

    private void end(Buffer last) {
        settle(response.getStatusCode());
        if (last == null) {
            response.end((Handler<AsyncResult<Void>>) null);
        } else {
            response.end(last, null);
        }
        if (!bodyEnded) {
            discardBody();
        }
        client.requestEnded();
        if (closeAfterwards && bodyEnded && !client.isHttp2()) {
            client.close();
        }
    }

    // ---- other ends ----

    @Override
    public void onSwitchedProtocol(HttpResponse head) {
        if (!headers.contains(HttpHeaderNames.UPGRADE)) {
            connection.cancel();
            connection = null;
            answer(ErrorAnswer.BACKEND_INVALID);
            return;
        }
        copyHead(head);
        response.headers().remove(HttpHeaderNames.TRANSFER_ENCODING);
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
        response.headers()
                .set(
                        HttpHeaderNames.UPGRADE,
                        head.headers().get(HttpHeaderNames.UPGRADE, headers.get(HttpHeaderNames.UPGRADE)));
        headForwarded = true;
        client.upgraded();
        var switching = connection;
        connection = null;
        var socket = request.toNetSocket();
        if (!socket.succeeded()) {
            switching.cancel();
            finish(CLIENT_CLOSED);
            return;
        }
        var channel = switching.detach();
        tunnel = new Tunnel(socket.result(), channel, this::tunnelEnded);
        tunnel.start();
        channel.pipeline().addLast(tunnel);
        switching.removeCodec();
    }

    private void tunnelEnded() {
        bytesIn += tunnel.bytesIn();
        bytesOut += tunnel.bytesOut();
        finish(101);
    }

    @Override
    public void onFailure(Throwable cause, boolean sent) {
        connection = null;
        if (done) {
            return;
        }
        if (headForwarded) {
            var status = response.getStatusCode();
            response.reset();
            finish(status);
        } else if (!retry(sent) && !fallBack(sent)) {
            discardHeld();
            answer(ErrorAnswer.BACKEND_BROKEN);
        }
    }

    /**
     * Sends the request again if that can't do harm: it never reached the backend or doing it twice is as good as once
     * (RFC 9110, section 9.2.2), no part of its body is gone, and no part of an answer has come.
     */
    private boolean retry(boolean sent) {
        if (fellBack || attempts >= MAX_ATTEMPTS || !isRepeatable(sent)) {
            return false;
        }
        var next = worker.backends().acquire();
        if (next == null) {
            return false;
        }
        if (attempts >= MAX_ATTEMPTS_ON_ONE && next.backend().equals(destination)) {
            next.release();
            return false;
        }
        lease.release();
        lease = next;
        destination = next.backend();
        worker.stats().retried();
        connect();
        return true;
    }

    private boolean isRepeatable(boolean sent) {
        return !headHeld && !bodyLost && (!sent || isIdempotent());
    }

    /** Sends the request to a peer, once, and marked, so that it does not go on from there. */
    private boolean fallBack(boolean sent) {
        if (marked || fellBack || !isRepeatable(sent)) {
            return false;
        }
        var peer = worker.peers().next();
        if (peer == null) {
            return false;
        }
        fellBack = true;
        if (lease != null) {
            lease.release();
        }
        destination = peer;
        headers.set(PeerFallback.HEADER, worker.peers().instanceId());
        worker.stats().fellBack();
        connect();
        return true;
    }

    private void answer(ErrorAnswer error) {
        response.setStatusCode(error.status());
        response.putHeader(HttpHeaderNames.CONTENT_TYPE, error.contentType());
        if (error.retryAfter() > 0) {
            response.putHeader(HttpHeaderNames.RETRY_AFTER, Integer.toString(error.retryAfter()));
        }
        closeAfterwards |= client.isClosing() || !bodyEnded && !isBodySmall();
        if (closeAfterwards && !client.isHttp2()) {
            response.putHeader(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        var text = Buffer.buffer(error.text() + "\n");
        bytesOut = text.length();
        end(text);
    }

    private boolean isBodySmall() {
        var length = bodyLength();
        return length >= 0 && length <= WORTH_READING;
    }

    /** The announced length of the request's body; -1 if there is none. */
    private long bodyLength() {
        var length = request.headers().get(HttpHeaderNames.CONTENT_LENGTH);
        try {
            return length == null ? -1 : Long.parseLong(length);
        } catch (NumberFormatException tooLarge) {
            return Long.MAX_VALUE;
        }
    }

    /**
     * The answer is complete before the request is. A small rest of it is read; after a large one the connection is
     * closed, but not at once, or the client would lose the answer (RFC 9112, section 9.6).
     */
    private void discardBody() {
        if (client.isHttp2()) {
            return;
        }
        request.handler(ignored -> {});
        request.endHandler(end -> {
            bodyEnded = true;
            if (closeAfterwards) {
                client.close();
            }
        });
        request.resume();
        worker.closeSoon(client, () -> bodyEnded);
    }

    private void clientGone(Throwable cause) {
        if (done || tunnel != null) {
            return;
        }
        if (connection != null) {
            connection.cancel();
            connection = null;
        }
        worker.stats().clientAborted();
        finish(CLIENT_CLOSED);
    }

    /** Ends the exchange if nobody has done anything for too long. */
    void checkDeadline(long now) {
        if (done || tunnel != null) {
            return;
        }
        if (waiting != null) {
            if (worker.gate().state() instanceof TrafficGate.State.Paused(var longest, var most)
                    && now - lastProgress > longest.toNanos()) {
                answer(ErrorAnswer.PAUSED_TOO_LONG);
            }
            return;
        }
        var clientsTurn =
                answerPaused || !bodyEnded && !bodyPaused && (connection != null || buffer != null) && !headForwarded;
        var limit =
                clientsTurn ? worker.options().bodyTimeout() : worker.options().answerTimeout();
        if (now - lastProgress < limit.toNanos()) {
            return;
        }
        breakOff(clientsTurn ? ErrorAnswer.BODY_SLOW : ErrorAnswer.BACKEND_SLOW);
    }

    /** Ends the exchange on the proxy's own account: with an answer, or by cutting it off if that has begun. */
    private void breakOff(ErrorAnswer reason) {
        if (connection != null) {
            connection.cancel();
            connection = null;
        }
        if (headForwarded) {
            var status = response.getStatusCode();
            response.reset();
            finish(status);
        } else {
            discardHeld();
            closeAfterwards = true;
            answer(reason);
        }
    }

    /** Takes back the beginning of an answer that the client has not seen. */
    private void discardHeld() {
        headHeld = false;
        dataHeld = null;
        response.headers().clear();
        if (gzip != null) {
            gzip.close();
            gzip = null;
        }
    }

    private void finish(int status) {
        if (!done) {
            settle(status);
            client.requestEnded();
        }
    }

    /** Returns the lease and writes the exchange into the books, before the client can see its end. */
    private void settle(int status) {
        done = true;
        if (lease != null) {
            lease.release();
        }
        if (gzip != null) {
            gzip.close();
        }
        if (waiting != null) {
            worker.gate().forget(waiting);
        }
        if (buffer != null) {
            buffer.close();
        }
        if (admitted) {
            worker.limits().requests().leave();
        }
        worker.ended(this, method.name(), request.uri(), status, System.nanoTime() - started, bytesIn, bytesOut);
    }
}
