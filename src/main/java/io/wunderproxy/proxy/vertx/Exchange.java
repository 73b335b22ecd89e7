package io.wunderproxy.proxy.vertx;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Error;
import io.vertx.core.AsyncResult;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.proxy.backend.BackendAnswer;
import io.wunderproxy.proxy.backend.BackendConnection;
import io.wunderproxy.proxy.backend.OrderlyClose;
import io.wunderproxy.proxy.body.BodyEncoder;
import io.wunderproxy.proxy.body.Buffers;
import io.wunderproxy.proxy.exchange.Attempts;
import io.wunderproxy.proxy.loop.OpenExchange;
import io.wunderproxy.proxy.loop.ProxyWorker;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.routing.Lease;
import io.wunderproxy.proxy.routing.PeerFallback;
import io.wunderproxy.proxy.routing.Route;
import io.wunderproxy.proxy.rules.AnswerFraming;
import io.wunderproxy.proxy.rules.ErrorAnswer;
import io.wunderproxy.proxy.rules.InvalidResponse;
import io.wunderproxy.proxy.rules.MediaTypes;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.rules.RequestRules;
import io.wunderproxy.proxy.stats.AccessLogEntry;
import org.jboss.logging.Logger;

/**
 * One request and its answer: from the client to a backend and back, streamed both ways with back-pressure. Holds one
 * lease until the backend is done with it, and ends exactly once, whatever the client or the backend do. On one event
 * loop.
 */
final class Exchange implements BackendAnswer, RequestBody.Owner, AnswerBody.Owner, OpenExchange {
    private static final Logger LOG = Logger.getLogger(Exchange.class);
    private static final int CLIENT_CLOSED = 499;
    private static final int INTERNAL_ERROR = 500;
    /** A body up to this size is read although its request was refused, to keep the connection for the next one. */
    private static final long WORTH_READING = 64 * 1024;

    private final ProxyWorker worker;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final ClientConnection client;
    private final HttpMethod method;
    private final long started;
    private final Attempts attempts;
    private final RequestBody body;
    private final AnswerBody answer;
    private final Route route;
    private long lastProgress;
    private long clientTimesTaken;
    private long clientTaken;
    private long clientProgress;
    private boolean clientWasReading;

    private boolean admitted;
    private Runnable waiting;
    private Lease lease;
    private Backend destination;
    private BackendConnection connection;
    private HeadersMultiMap headers;
    private String host;
    private String target;
    /** The client's If-None-Match if it names a compressed response. */
    private String validators;

    private long sentAt;
    private long headBytes;
    private long counted;
    private boolean closeAfterwards;
    private boolean endsWithConnection;
    private HttpResponse switching;
    private Tunnel tunnel;
    private Refusal refusal;
    private boolean done;

    Exchange(ProxyWorker worker, HttpServerRequest request, Route route) {
        this.worker = worker;
        started = worker.nanoTime();
        lastProgress = started;
        this.route = route;
        this.request = request;
        response = request.response();
        client = ClientConnection.of(request.connection(), worker);
        method = request.method().toNetty();
        attempts = new Attempts(RequestRules.isIdempotent(method.name()));
        client.requestStarted();
        body = new RequestBody(
                request,
                hasBody(),
                worker.application().bodies().largestRequest(),
                () -> client.trailersOf(request),
                client::bodyTaken,
                this);
        answer = new AnswerBody(response, worker, client, this);
        worker.started(this);
        response.exceptionHandler(this::clientGone);
        client.onInvalidBody(() -> guarded(this::refuseBody));
    }

    private void refuseBody() {
        if (done) {
            client.cut();
        } else {
            breakOff(ErrorAnswer.BAD_BODY);
        }
    }

    private boolean hasBody() {
        if (client.isHttp2()) {
            return client.isSending(request);
        }
        var received = request.headers();
        var length = received.get(HttpHeaderNames.CONTENT_LENGTH);
        return length != null ? !length.equals("0") : received.contains(HttpHeaderNames.TRANSFER_ENCODING);
    }

    /** Forwards the request or answers why not. */
    void start() {
        guarded(this::admit);
    }

    private void admit() {
        if (bodyLength() > worker.application().bodies().largestRequest()) {
            closeAfterwards = true;
            answer(ErrorAnswer.BODY_TOO_LARGE);
            return;
        }
        admitted = worker.limits().requests().enter();
        if (!admitted) {
            answer(ErrorAnswer.OVERLOADED);
        } else if (worker.gate().state() instanceof TrafficGate.State.Maintenance(var message)) {
            answer(ErrorAnswer.maintenance(message));
        } else if (body.isPresent() && worker.application().bodies().buffersRequests() && !isUploadedStream()) {
            body.readWhole(worker, client.memory(), bodyLength() >= 0, () -> guarded(this::forward));
        } else {
            forward();
        }
    }

    /** Lets a mistake in this program cost one exchange, not what the exchange holds nor those behind it. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException mistake) {
            endBy(mistake);
        }
    }

    @Override
    public <T> Handler<T> guarding(Handler<T> handler) {
        return event -> {
            try {
                handler.handle(event);
            } catch (RuntimeException mistake) {
                endBy(mistake);
            }
        };
    }

    private void endBy(RuntimeException mistake) {
        LOG.errorf(mistake, "could not go on with a request: %s", method);
        disconnect();
        worker.stats().refused(Refusal.INTERNAL_ERROR);
        if (!done) {
            refusal = Refusal.INTERNAL_ERROR;
            finish(INTERNAL_ERROR, answer.sent());
        }
        cutOff(INTERNAL_ERROR);
    }

    /** Answers without forwarding, and closes the client's connection. */
    void refuse(ErrorAnswer reason) {
        closeAfterwards = true;
        answer(reason);
    }

    /** Answers with a permanent redirect that keeps the method. */
    void redirect(String url) {
        response.putHeader(HttpHeaderNames.LOCATION, url);
        answer(ErrorAnswer.movedTo(url));
    }

    private boolean isUploadedStream() {
        return MediaTypes.isUploadedStream(request.headers().get(HttpHeaderNames.CONTENT_TYPE));
    }

    private void forward() {
        if (!done && (worker.gate().isOpen() || !isHeldAtGate())) {
            forwardNow();
        }
    }

    /** Waits while traffic is paused, answers in maintenance; false if the gate has been opened meanwhile. */
    private boolean isHeldAtGate() {
        body.hold();
        Runnable again = () -> worker.eventLoop().execute(() -> guarded(this::goOn));
        if (worker.gate().await(again)) {
            waiting = again;
            lastProgress = worker.nanoTime();
            return true;
        }
        switch (worker.gate().state()) {
            case TrafficGate.State.Open open -> {
                return false;
            }
            case TrafficGate.State.Paused paused -> answer(ErrorAnswer.TOO_MANY_PAUSED);
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
        lease = route.backends().acquire();
        destination = lease == null ? null : lease.backend();
        target = request.uri();
        headers = requestHeaders();
        if (RequestRules.isAbsolute(target)) {
            target = RequestRules.targetOf(target, method.equals(HttpMethod.OPTIONS));
        }
        host = headers.get(HttpHeaderNames.HOST);
        if (lease != null) {
            connect();
        } else if (!fallBack(false)) {
            answer(ErrorAnswer.absent(route.backends().absence()));
        }
    }

    // ---- the request ----

    private HeadersMultiMap requestHeaders() {
        var http1 = destination == null || destination.protocol() == Backend.Protocol.HTTP_1_1;
        var forwarded = RequestHead.forwarded(request, client.isHttp2(), body.isPresent(), http1);
        if (!worker.application().compression().codings().isEmpty()) {
            validators = RequestHead.restoreValidators(forwarded);
        }
        if (body.isBuffered()) {
            RequestHead.frame(
                    forwarded, method.name(), body.received(), !body.trailers().isEmpty());
        }
        if (RequestRules.isAbsolute(target)) {
            // The URL's host counts, not the header's (RFC 9112, section 3.2.2).
            forwarded.set(HttpHeaderNames.HOST, RequestRules.authorityOf(target));
        }
        var mark = forwarded.get(PeerFallback.HEADER);
        if (mark != null) {
            forwarded.remove(PeerFallback.HEADER);
        }
        RequestHead.addClient(
                forwarded,
                client,
                request.isSSL(),
                worker.requestIds(),
                worker.application().headers());
        if (mark != null && client.isMarkHonoured()) {
            attempts.marked();
            forwarded.set(PeerFallback.HEADER, mark);
        }
        return forwarded;
    }

    private void connect() {
        var pool = worker.pool(destination);
        // A stale connection would take the one attempt that a peer gets.
        var idle = attempts.isFirst() && !attempts.hasFallenBack() ? pool.take() : null;
        attempts.begin();
        if (idle != null) {
            send(idle);
            return;
        }
        body.hold();
        var from = worker.nanoTime();
        pool.connect((made, failure) -> guarded(() -> {
            if (made == null) {
                notConnected(failure);
            } else if (done) {
                made.cancel();
            } else {
                worker.stats().connected(worker.nanoTime() - from);
                send(made);
            }
        }));
    }

    private void notConnected(Throwable failure) {
        // Meanwhile another backend may be active.
        attempts.unreachable();
        if (attempts.hasFallenBack()) {
            worker.peers().isDead(destination);
        }
        if (!done && !retry(false) && !fallBack(false)) {
            answer(ErrorAnswer.notConnected(failure instanceof ConnectTimeoutException));
        }
    }

    private void send(BackendConnection ready) {
        connection = ready;
        switching = null;
        progressed();
        sentAt = lastProgress;
        answer.sourceChanged();
        var withBody = body.isPresent() && RequestHead.announcesBody(headers);
        ready.send(
                this,
                method,
                target,
                headers,
                withBody,
                ready.isReused() && (!attempts.isIdempotent() || body.isPresent()));
        if (withBody) {
            body.sendTo(ready);
        }
    }

    @Override
    public void onWritable() {
        body.goOn();
    }

    @Override
    public void progressed() {
        lastProgress = worker.nanoTime();
    }

    // ---- the answer ----

    @Override
    public void onInterim(HttpResponse interim) {
        progressed();
        if (interim.status().equals(HttpResponseStatus.CONTINUE)) {
            body.asked();
        }
        try {
            InterimAnswer.send(interim, client, client.httpVersion(request), response);
        } catch (IllegalArgumentException invalidHeader) {
            refuseHead();
            return;
        }
        answer.interimSent();
    }

    /** The backend's head has a header that none may have; it is found when that is copied, so that valid ones are looked at once. */
    private void refuseHead() {
        disconnect();
        answer.discard();
        answer(ErrorAnswer.INVALID_HEADER);
    }

    @Override
    public void onHead(HttpResponse head) {
        progressed();
        if (sentAt != 0) {
            worker.stats().answered(lastProgress - sentAt);
            sentAt = 0;
        }
        client.limitUnsent();
        try {
            answer.begin(copyHead(head), MediaTypes.isStream(head.headers().get(HttpHeaderNames.CONTENT_TYPE)));
        } catch (IllegalArgumentException invalidHeader) {
            refuseHead();
        }
    }

    private BodyEncoder copyHead(HttpResponse head) {
        var status = head.status().code();
        var tls = worker.listener().tls();
        var compression = worker.application().compression();
        var isHead = method.equals(HttpMethod.HEAD);
        var hasLength = AnswerHead.copy(head, response, client.isHttp2());
        var answered = response.headers();
        if (request.isSSL() && tls != null) {
            AnswerHead.addHsts(answered, tls.hsts());
        }
        var encoder = compression.codings().isEmpty()
                ? null
                : AnswerHead.compress(answered, status, request, compression, validators);
        frame(AnswerFraming.of(client.httpVersion(request), isHead, status, hasLength && encoder == null));
        if (status == AnswerHead.NO_CONTENT) {
            response.headersEndHandler(this::correctHead);
        }
        if (client.isClosing() || closeAfterwards || body.isUnasked()) {
            closeAfterwards = true;
            sayThatItCloses();
        }
        return encoder;
    }

    private void sayThatItCloses() {
        if (client.isHttp2()) {
            return;
        }
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (request.version() == HttpVersion.HTTP_1_0) {
            response.headersEndHandler(this::correctHead);
        }
    }

    /** Vert.x adds at the last moment that it keeps an HTTP/1.0 connection, and a length. */
    private void correctHead(Void ready) {
        AnswerHead.removeLengthOf204(response);
        if (closeAfterwards && request.version() == HttpVersion.HTTP_1_0) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }

    private void frame(AnswerFraming framing) {
        switch (framing) {
            case KNOWN -> {}
            case CHUNKED -> response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            case CLOSE -> {
                closeAfterwards = true;
                answer.endsWithConnection();
                client.endsWithConnection();
            }
        }
        endsWithConnection = framing == AnswerFraming.CLOSE;
    }

    @Override
    public void onData(ByteBuf data) {
        progressed();
        answer.add(data);
    }

    @Override
    public void onReadComplete() {
        answer.readComplete();
    }

    @Override
    public void pauseAnswer() {
        if (connection != null) {
            connection.pause();
        }
    }

    @Override
    public void resumeAnswer() {
        progressed();
        if (connection != null) {
            connection.resume();
        }
    }

    @Override
    public void onEnd(HttpHeaders trailers) {
        guarded(() -> endWith(trailers));
    }

    private void endWith(HttpHeaders trailers) {
        detach();
        AnswerHead.copyTrailers(trailers, response);
        if (answer.end(this::end)) {
            // The rest is in a file: the backend is free although the client is not. A peer has no lease.
            if (lease != null) {
                lease.release();
            }
        } else {
            end();
        }
    }

    private void end() {
        if (done) {
            return;
        }
        end(answer.takeLast(), answer.sent());
    }

    private void end(Buffer last, long bytesOut) {
        settle(response.getStatusCode(), bytesOut);
        client.responseEnds();
        Handler<AsyncResult<Void>> written = client.isHttp2() && !body.hasEnded()
                ? sent -> worker.eventLoop().execute(this::stopBody)
                : null;
        if (last == null) {
            response.end(written);
        } else {
            var counting = client.countingUnsent(response, last.length());
            response.end(last, Buffers.releasing(last, both(written, counting)));
            client.countOutput();
        }
        if (!body.hasEnded()) {
            discardBody();
        }
        client.requestEnded();
        if (closeAfterwards && !client.isHttp2()) {
            client.close();
        }
    }

    private static Handler<AsyncResult<Void>> both(Handler<AsyncResult<Void>> one, Handler<AsyncResult<Void>> other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return result -> {
            one.handle(result);
            other.handle(result);
        };
    }

    /** Tells an HTTP/2 client that has its answer to send no more of the request (RFC 9113, section 8.1). */
    private void stopBody() {
        if (client.isSending(request)) {
            response.reset(Http2Error.NO_ERROR.code());
        }
    }

    // ---- other ends ----

    @Override
    public void onSwitchedProtocol(HttpResponse head) {
        if (!headers.contains(HttpHeaderNames.UPGRADE)) {
            disconnect();
            answer(ErrorAnswer.broken(
                    new InvalidResponse("it switches to another protocol although none was asked for")));
            return;
        }
        switching = head;
        if (connection.isRequestEnded()) {
            switchProtocols();
        } else {
            // The rest of the body is still HTTP (RFC 9110, section 7.8).
            connection.pause();
        }
    }

    @Override
    public void bodySent() {
        if (switching != null) {
            // Not within the reading of the body, since its reader goes.
            worker.eventLoop()
                    .execute(() -> guarded(() -> {
                        // Meanwhile the backend may be gone, and another one asked.
                        if (!done && connection != null && switching != null) {
                            switchProtocols();
                        }
                    }));
        }
    }

    private void switchProtocols() {
        try {
            AnswerHead.copy(switching, response, false);
        } catch (IllegalArgumentException invalidHeader) {
            refuseHead();
            return;
        }
        var answered = (HeadersMultiMap) response.headers();
        answered.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
        answered.set(
                HttpHeaderNames.UPGRADE,
                switching.headers().get(HttpHeaderNames.UPGRADE, headers.get(HttpHeaderNames.UPGRADE)));
        answer.headForwarded();
        // It may last for days, and is limited by the number of connections.
        leaveLimit();
        var switched = connection;
        connection = null;
        var backend = switched.detach();
        tunnel = new Tunnel(
                client.channel(), backend, worker.listener().timeouts().body(), () -> finish(101, tunnel.bytesOut()));
        client.upgrade(answered, tunnel);
        backend.pipeline().addLast(tunnel.backendSide());
        switched.removeCodec();
        client.readUpgraded();
    }

    @Override
    public void onFailure(Throwable cause, boolean sent) {
        // On a reused connection, what can't be understood may be left from before, and another one does without it.
        var certain = cause instanceof InvalidResponse && connection != null && !connection.isReused();
        detach();
        if (done) {
            return;
        }
        var reason = ErrorAnswer.broken(cause);
        if (answer.isHeadForwarded()) {
            cutOff(reason.reason());
        } else if (answer.hasBegun() || certain || !retry(sent) && !fallBack(sent)) {
            answer.discard();
            answer(reason);
        }
    }

    @Override
    public void answerLost() {
        if (!done) {
            disconnect();
            cutOff(Refusal.NO_SPACE);
        }
    }

    /** Sends the request again if that can't do harm. */
    private boolean retry(boolean sent) {
        if (!attempts.mayRetry(sent, body.isLost())) {
            return false;
        }
        var next = route.backends().acquire();
        if (next == null) {
            return false;
        }
        if (!attempts.mayRetryOnTheSame() && next.backend().equals(destination)) {
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

    /** Sends the request to a peer, once, and marked, so that it does not go on from there. */
    private boolean fallBack(boolean sent) {
        var peer = attempts.mayFallBack(sent, body.isLost()) ? worker.peers().next() : null;
        if (peer == null) {
            return false;
        }
        attempts.fellBack();
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
        refusal = error.reason();
        if (refusal != null) {
            worker.stats().refused(refusal);
        }
        var page = refusal == Refusal.MAINTENANCE ? null : worker.pages().pageFor(error.status());
        response.setStatusCode(error.status());
        response.putHeader(
                HttpHeaderNames.CONTENT_TYPE, page == null ? error.contentType() : "text/html; charset=utf-8");
        if (!client.isHttp2()) {
            response.setStatusMessage(HttpResponseStatus.valueOf(error.status()).reasonPhrase());
        }
        if (request.isSSL() && worker.listener().tls() != null) {
            AnswerHead.addHsts(response.headers(), worker.listener().tls().hsts());
        }
        if (error.retryAfter() > 0) {
            response.putHeader(HttpHeaderNames.RETRY_AFTER, Integer.toString(error.retryAfter()));
        }
        closeAfterwards |= client.isClosing() || !body.hasEnded() && (!isBodySmall() || body.isUnasked());
        if (closeAfterwards) {
            sayThatItCloses();
        }
        var text = Buffer.buffer(page == null ? error.text() + "\n" : page);
        if (method.equals(HttpMethod.HEAD)) {
            // Vert.x leaves the body of an HTTP/1.1 response to HEAD out, and takes its length from it.
            end(client.isHttp2() ? null : text, 0);
        } else {
            end(text, text.length());
        }
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
     * The answer is complete before the request is. What follows is read for a while, to keep the connection if that is
     * the end of the request.
     */
    private void discardBody() {
        if (client.isHttp2() || closeAfterwards) {
            return;
        }
        body.discard();
        worker.closeSoon(client, body::hasEnded);
    }

    private void clientGone(Throwable cause) {
        if (done || tunnel != null) {
            return;
        }
        disconnect();
        worker.stats().clientAborted();
        finish(CLIENT_CLOSED, answer.sent());
    }

    @Override
    public void checkDeadline(long now) {
        guarded(() -> endIfLate(now));
    }

    private void endIfLate(long now) {
        if (done) {
            return;
        }
        countWaiting();
        if (tunnel != null) {
            return;
        }
        if (waiting != null) {
            if (worker.gate().state() instanceof TrafficGate.State.Paused(var longest, var most)
                    && now - lastProgress > longest.toNanos()) {
                answer(ErrorAnswer.PAUSED_TOO_LONG);
            }
            return;
        }
        var reading = answer.isAwaitingClient();
        if (reading) {
            // What the backend sends meanwhile is stored and says nothing about the client, and neither does a byte or
            // two.
            var taken = client.taken(response);
            if (!clientWasReading
                    || answer.timesTaken() != clientTimesTaken
                    || taken - clientTaken >= OrderlyClose.LEAST_PROGRESS) {
                clientTimesTaken = answer.timesTaken();
                clientTaken = taken;
                clientProgress = now;
                lastProgress = now;
            }
        }
        clientWasReading = reading;
        var sending = !answer.isHeadForwarded() && body.isAwaited();
        var limit = reading || sending
                ? worker.listener().timeouts().body()
                : worker.application().backend().response();
        if (now - (reading ? clientProgress : lastProgress) >= limit.toNanos()) {
            breakOff(reading ? ErrorAnswer.READER_SLOW : sending ? ErrorAnswer.BODY_SLOW : ErrorAnswer.BACKEND_SLOW);
        }
    }

    /** Counts head and what the backend has not taken once a second: to measure each of them would cost more than it tells. */
    private void countWaiting() {
        if (headBytes == 0) {
            for (var header : headers == null ? request.headers() : headers) {
                headBytes += header.getKey().length() + header.getValue().length();
            }
        }
        var forBackend = tunnel != null ? tunnel.unsentToBackend() : connection != null ? connection.unsent() : 0;
        var before = counted;
        counted = headBytes + forBackend;
        client.memory().claim(counted - before);
    }

    /** Ends the exchange on the proxy's own account: with an answer, or by cutting it off if that has begun. */
    @Override
    public void breakOff(ErrorAnswer reason) {
        if (done) {
            return;
        }
        disconnect();
        if (answer.isHeadForwarded()) {
            cutOff(reason.reason());
        } else {
            answer.discard();
            closeAfterwards = true;
            answer(reason);
        }
    }

    private void cutOff(Refusal reason) {
        refusal = reason;
        worker.stats().refused(reason);
        cutOff(response.getStatusCode());
    }

    /** Ends the response in a way that no client takes for its end, whatever tells the end of it. */
    private void cutOff(int status) {
        if (endsWithConnection) {
            // First, since a connection that is to be closed after its last exchange would be closed in good order.
            client.abort();
            finish(status, answer.sent());
            return;
        }
        response.reset(Http2Error.INTERNAL_ERROR.code());
        finish(status, answer.sent());
        if (!client.isHttp2()) {
            client.cutShort();
        }
    }

    private void disconnect() {
        var open = connection;
        detach();
        if (open != null) {
            open.cancel();
        }
    }

    private void detach() {
        connection = null;
        body.detach();
    }

    private void finish(int status, long bytesOut) {
        if (!done) {
            settle(status, bytesOut);
            client.requestEnded();
        }
    }

    /** Returns the lease and writes the exchange into the books, before the client can see its end. */
    private void settle(int status, long bytesOut) {
        done = true;
        if (lease != null) {
            lease.release();
        }
        if (waiting != null) {
            worker.gate().forget(waiting);
        }
        client.memory().give(counted);
        body.close();
        answer.close();
        leaveLimit();
        var bytesIn = body.received() + (tunnel == null ? 0 : tunnel.bytesIn());
        var nanos = worker.nanoTime() - started;
        worker.ended(this, method.name(), status, nanos, bytesIn, bytesOut);
        if (worker.accessLog() != null) {
            worker.accessLog()
                    .log(new AccessLogEntry(
                            System.currentTimeMillis(),
                            client.address(),
                            host,
                            method.name(),
                            request.uri(),
                            RequestRules.versionName(client.httpVersion(request)),
                            status,
                            nanos,
                            bytesIn,
                            bytesOut,
                            destination,
                            headers == null ? null : RequestHead.idOf(headers),
                            refusal));
        }
    }

    private void leaveLimit() {
        if (admitted) {
            admitted = false;
            worker.limits().requests().leave();
        }
    }
}
