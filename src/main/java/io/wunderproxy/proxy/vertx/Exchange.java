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
import io.wunderproxy.proxy.auth.Credentials;
import io.wunderproxy.proxy.auth.PasswordChecks;
import io.wunderproxy.proxy.backend.BackendConnection;
import io.wunderproxy.proxy.backend.BackendResponse;
import io.wunderproxy.proxy.backend.OrderlyClose;
import io.wunderproxy.proxy.body.BodyEncoder;
import io.wunderproxy.proxy.body.Buffers;
import io.wunderproxy.proxy.body.GzipEncoder;
import io.wunderproxy.proxy.body.ZstdEncoder;
import io.wunderproxy.proxy.exchange.Access;
import io.wunderproxy.proxy.exchange.Admittance;
import io.wunderproxy.proxy.exchange.Deadlines;
import io.wunderproxy.proxy.exchange.Destination;
import io.wunderproxy.proxy.exchange.ExchangeAccount;
import io.wunderproxy.proxy.exchange.ExchangeLog;
import io.wunderproxy.proxy.exchange.LocalResponse;
import io.wunderproxy.proxy.exchange.LocalResponses;
import io.wunderproxy.proxy.exchange.Persistence;
import io.wunderproxy.proxy.lean.SentRequest;
import io.wunderproxy.proxy.loop.OpenExchange;
import io.wunderproxy.proxy.loop.ProxyWorker;
import io.wunderproxy.proxy.loop.ResponsePacer;
import io.wunderproxy.proxy.loop.Terms;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.routing.PeerFallback;
import io.wunderproxy.proxy.routing.Route;
import io.wunderproxy.proxy.rules.ErrorResponse;
import io.wunderproxy.proxy.rules.Header;
import io.wunderproxy.proxy.rules.InvalidResponse;
import io.wunderproxy.proxy.rules.MediaTypes;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.rules.RequestHeaderPlan;
import io.wunderproxy.proxy.rules.RequestRules;
import io.wunderproxy.proxy.rules.ResponseFraming;
import io.wunderproxy.proxy.rules.ResponseHeaderPlan;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * One request and its response: from the client to a backend and back, streamed both ways with back-pressure. Holds one
 * lease until the backend is done with it, and ends exactly once, whatever the client or the backend do. On one event
 * loop.
 */
final class Exchange extends OpenExchange implements BackendResponse, RequestBody.Owner, ResponsePacer.Source {
    private static final Logger LOG = Logger.getLogger(Exchange.class);
    private static final int CLIENT_CLOSED = 499;
    private static final int INTERNAL_ERROR = 500;

    /** A tunnel has no deadline, and says when there is something to count. */
    private static final long TUNNEL_NANOS = Duration.ofHours(1).toNanos();

    private final ProxyWorker worker;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final ClientConnection client;
    private final HttpMethod method;
    private final ExchangeAccount account;
    /** Null unless the level is DEBUG. */
    private final ExchangeLog log;
    /** Those of the revision that the request goes to; before that is known, of the one that it would go to. */
    private Terms terms;

    private final Admittance admittance;
    private final Destination destination;
    private final Deadlines deadlines;
    private final Persistence persistence = new Persistence();
    private final RequestBody body;
    private final ResponseBody responseBody;

    /** A request that was sent already, until this exchange takes that over; null for any other. */
    private SentRequest sentBefore;

    private BackendConnection connection;
    private HeadersMultiMap headers;
    private String target;
    /** The client's If-None-Match if it names a compressed response. */
    private String validators;

    private long sentAt;
    private long headBytes;
    private long counted;
    /** The client that a trusted proxy names in the header for that; null if none does. */
    private final String named;
    /** The IP address of the client that the terms are asked about; null before. */
    private String clientAddress;
    /** The value of {@code Authorization} that the backend does not get; null if there is none. */
    private String hiddenCredentials;

    private boolean checkingPassword;

    private HttpResponse switching;
    private Tunnel tunnel;
    /** Whether the client has ever been too slow for the backend. */
    private boolean wasHeldBack;

    private boolean done;

    Exchange(ProxyWorker worker, HttpServerRequest request, Route route) {
        this.worker = worker;
        this.request = request;
        response = request.response();
        client = ClientConnection.of(request.connection(), worker);
        method = request.method().toNetty();
        sentBefore = client.takeHandedOver();
        var now = sentBefore == null ? worker.nanoTime() : sentBefore.started();
        named = client.namedBy(request);
        var address = named == null ? client.address() : named;
        account = new ExchangeAccount(
                worker.stats(),
                worker.accessLog(),
                address,
                method.name(),
                request.uri(),
                client.httpVersion(request),
                now);
        log = ExchangeLog.begin(address, method.name(), request.uri());
        admittance = new Admittance(worker.limits().requests(), worker.gate());
        if (sentBefore != null) {
            admittance.takeOver();
        }
        terms = sentBefore == null
                ? worker.termsOf(route.backends())
                : worker.upstream(sentBefore.lease().backend()).terms();
        destination = new Destination(
                route.backends(), worker.peers(), worker.stats(), RequestRules.isIdempotent(method.name()));
        deadlines = new Deadlines(terms.bodyTimeout(), terms.backend().response(), OrderlyClose.LEAST_PROGRESS, now);
        client.requestStarted();
        body = new RequestBody(
                request, hasBody(), terms.bodies(), () -> client.trailersOf(request), client::bodyTaken, this);
        responseBody = new ResponseBody(response, worker, client, this);
        worker.started(this);
        response.exceptionHandler(this::clientGone);
        client.onInvalidBody(() -> guarded(this::refuseBody));
    }

    private void refuseBody() {
        if (done) {
            client.cut();
        } else {
            breakOff(ErrorResponse.BAD_BODY);
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

    /** Forwards the request or responds why not. */
    void start() {
        guarded(sentBefore == null ? this::admit : this::takeOver);
    }

    /** Continues with a request that was let in and sent already, or could not be. */
    private void takeOver() {
        if (body.isPresent()) {
            // What the backend sends until then would be lost if it closed the connection.
            body.readWhatIsHere(worker, client, () -> guarded(this::continueWithSent));
        } else {
            continueWithSent();
        }
    }

    private void continueWithSent() {
        if (done) {
            return;
        }
        var sent = sentBefore;
        sentBefore = null;
        destination.takeOver(sent.lease());
        // From here on it is closed with this exchange, however that ends.
        connection = sent.connection();
        target = request.uri();
        prepareHeaders();
        var fields = new HeaderFields(headers);
        fields.set(Header.X_REQUEST_ID, sent.id());
        account.forwards(fields.get(Header.HOST), sent.id());
        deadlines.progressed(sent.sentAt());
        if (connection == null) {
            notConnected(sent.failure());
            return;
        }
        sentAt = sent.sentAt();
        responseBody.sourceChanged();
        if (sent.failure() == null) {
            connection.receive(this);
        } else {
            onFailure(sent.failure(), sent.reached());
        }
    }

    private void admit() {
        var refusal = admittance.enter(bodyLength(), terms.bodies().largestRequest());
        if (refusal != null) {
            if (refusal == ErrorResponse.BODY_TOO_LARGE) {
                persistence.close();
            }
            respond(refusal);
        } else {
            ifAllowed(this::readBody);
        }
    }

    /** Continues if the terms let the request in by its head; else responds why not. */
    private void ifAllowed(Runnable then) {
        var denial = terms.access().isOpen()
                ? null
                : terms.access()
                        .denial(
                                new HeaderFields(request.headers()),
                                clientAddress(),
                                client.isTrusted(),
                                isSecure(),
                                method.name(),
                                request.uri(),
                                askedHost());
        if (denial != null) {
            deny(denial);
        } else if (terms.access().needsPassword()) {
            checkPassword(then);
        } else {
            then.run();
        }
    }

    private void deny(Access.Denial denial) {
        if (denial.header() != null) {
            response.putHeader(denial.header().text(), denial.value());
        }
        respond(denial.response());
    }

    private void checkPassword(Runnable then) {
        var access = terms.access();
        var credentials = Credentials.of(
                hiddenCredentials == null
                        ? request.headers().getAll(HttpHeaderNames.AUTHORIZATION)
                        : List.of(hiddenCredentials));
        if (credentials == null) {
            deny(access.wrongPassword());
        } else if (worker.passwords().isKnown(access.passwordFile(), credentials)) {
            then.run();
        } else {
            body.hold();
            checkingPassword = true;
            worker.passwords().check(access.passwordFile(), credentials, result -> worker.eventLoop()
                    .execute(() -> guarded(() -> passwordChecked(access, result, then))));
        }
    }

    private void passwordChecked(Access access, PasswordChecks.Result result, Runnable then) {
        checkingPassword = false;
        if (done) {
            return;
        }
        progressed();
        switch (result) {
            case RIGHT -> then.run();
            case WRONG -> deny(access.wrongPassword());
            case UNKNOWN -> respond(ErrorResponse.PASSWORD_UNCHECKED);
        }
    }

    /** Keeps the password of this proxy from the application, but not from a peer, which has to check it as well. */
    private void hideCredentials() {
        if (terms.access().needsPassword()) {
            var shown = headers.get(HttpHeaderNames.AUTHORIZATION);
            if (shown != null) {
                hiddenCredentials = shown;
                headers.remove(HttpHeaderNames.AUTHORIZATION);
            }
        } else if (hiddenCredentials != null) {
            headers.set(HttpHeaderNames.AUTHORIZATION, hiddenCredentials);
            hiddenCredentials = null;
        }
    }

    /** Found out once: the request's headers are changed on their way to a backend. */
    private String clientAddress() {
        if (clientAddress == null) {
            clientAddress = RequestHeaderPlan.clientOf(new HeaderFields(request.headers()), client, named);
        }
        return clientAddress;
    }

    private boolean isSecure() {
        return LocalResponses.isSecure(request.isSSL(), client.isTrusted(), new HeaderFields(request.headers()));
    }

    /** The host that the client asks for, with the port if it names one; null if it names none. */
    private String askedHost() {
        if (RequestRules.isAbsolute(request.uri())) {
            return RequestRules.authorityOf(request.uri());
        }
        return request.authority() == null ? null : request.authority().toString();
    }

    private void readBody() {
        var bodies = terms.bodies();
        if (body.isPresent() && bodies.buffersRequests() && !isUploadedStream()) {
            body.readWhole(worker, client, bodyLength() >= 0, () -> guarded(this::forward));
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
        LOG.errorf(mistake, "unexpected error in a request, %s (please report)", method);
        disconnect();
        account.refused(Refusal.INTERNAL_ERROR);
        finish(INTERNAL_ERROR, responseBody.sent());
        cutOff(INTERNAL_ERROR);
    }

    /** Refuses to forward the request, and closes the client's connection. */
    void refuse(ErrorResponse reason) {
        persistence.close();
        respond(reason);
    }

    /** Responds with a permanent redirect that keeps the method. */
    void redirect(String url) {
        response.putHeader(HttpHeaderNames.LOCATION, url);
        respond(ErrorResponse.movedTo(url));
    }

    private boolean isUploadedStream() {
        return MediaTypes.isUploadedStream(request.headers().get(HttpHeaderNames.CONTENT_TYPE));
    }

    private void forward() {
        if (done) {
            return;
        }
        if (admittance.isGateOpen()) {
            forwardNow();
            return;
        }
        body.hold();
        switch (admittance.await(() -> worker.eventLoop().execute(() -> guarded(this::passGate)))) {
            case Admittance.Step.Pass pass -> forwardNow();
            case Admittance.Step.Wait wait -> {
                progressed();
                if (log != null) {
                    log.tell("waits, since traffic is paused");
                }
            }
            case Admittance.Step.Refuse(var why) -> respond(why);
        }
    }

    private void passGate() {
        if (!done) {
            admittance.called();
            forward();
        }
    }

    private void forwardNow() {
        if (destination.takeActive()) {
            onTermsOf(destination.backend(), () -> forwardTo(true));
        } else {
            forwardTo(false);
        }
    }

    /** @param there whether there is an active backend */
    private void forwardTo(boolean there) {
        target = request.uri();
        prepareHeaders();
        if (RequestRules.isAbsolute(target)) {
            target = RequestRules.targetOf(target, method.equals(HttpMethod.OPTIONS));
        }
        if (log != null) {
            log.tell(there ? "goes to " + destination.backend() : "finds no active backend");
        }
        if (there) {
            connect();
        } else if (!fallBack(false)) {
            respond(destination.absence());
        }
    }

    /** Continues on the terms of the revision that the request goes to, which may be another one than it was let in for. */
    private void onTermsOf(Backend backend, Runnable then) {
        var before = terms;
        terms = worker.upstream(backend).terms();
        if (terms == before) {
            then.run();
        } else {
            deadlines.allow(terms.bodyTimeout(), terms.backend().response());
            ifAllowed(then);
        }
    }

    // ---- the request ----

    private void prepareHeaders() {
        var backend = destination.backend();
        var options = worker.headers();
        headers = RequestHead.of(request, client.isHttp2());
        var fields = new HeaderFields(headers);
        var plan = new RequestHeaderPlan(
                fields,
                client.httpVersion(request),
                backend == null || backend.protocol() == Backend.Protocol.HTTP_1_1,
                client.isTrusted(),
                worker.reservedHeaders(),
                options);
        RequestHead.sift(headers, plan);
        plan.frame(fields, body.isPresent());
        if (!terms.compression().codings().isEmpty()) {
            validators = RequestHeaderPlan.restoreValidators(fields);
        }
        if (body.isBuffered()) {
            RequestHeaderPlan.frameWhole(
                    fields, method.name(), body.received(), !body.trailers().isEmpty());
        }
        if (RequestRules.isAbsolute(target)) {
            // The URL's host counts, not the header's (RFC 9112, section 3.2.2).
            fields.set(Header.HOST, RequestRules.authorityOf(target));
        }
        if (named != null) {
            RequestHeaderPlan.nameClient(fields, named);
        } else {
            // What is not believed here must not be believed behind it.
            client.namingHeader().ifPresent(headers::remove);
        }
        var id = RequestHeaderPlan.addClient(
                fields, client, request.isSSL(), worker.requestIds(), System.currentTimeMillis(), options);
        if (named != null) {
            fields.set(Header.X_REAL_IP, named);
        }
        if (plan.mark() != null && client.isMarkHonoured()) {
            destination.cameFromPeer();
            fields.set(Header.X_WUNDERPROXY_FALLBACK, plan.mark());
        }
        account.forwards(fields.get(Header.HOST), id);
        if (log != null) {
            log.named(id);
        }
    }

    private void connect() {
        hideCredentials();
        var pool = worker.upstream(destination.backend()).pool();
        var idle = destination.begin() ? pool.take(destination.isIdempotent() && !body.isPresent()) : null;
        if (idle != null) {
            if (log != null) {
                log.tell("takes a connection that was idle");
            }
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
                var nanos = worker.nanoTime() - from;
                worker.stats().connected(nanos);
                if (log != null) {
                    log.tell("has a new connection after " + nanos / 1000 + " us");
                }
                send(made);
            }
        }));
    }

    private void notConnected(Throwable failure) {
        // Meanwhile another backend may be active.
        destination.unreachable();
        if (log != null) {
            log.tell("gets no connection: " + failure);
        }
        if (!done && !retry(false) && !fallBack(false)) {
            respond(ErrorResponse.notConnected(failure instanceof ConnectTimeoutException));
        }
    }

    private void send(BackendConnection ready) {
        connection = ready;
        switching = null;
        progressed();
        sentAt = deadlines.lastProgress();
        responseBody.sourceChanged();
        worker.lookSoon(this);
        var withBody = body.isPresent() && RequestHeaderPlan.announcesBody(new HeaderFields(headers));
        ready.send(
                this,
                method,
                target,
                headers,
                withBody,
                ready.isReused() && (!destination.isIdempotent() || body.isPresent()));
        if (withBody) {
            body.sendTo(ready);
        }
    }

    @Override
    public void onWritable() {
        body.resume();
    }

    @Override
    public void progressed() {
        deadlines.progressed(worker.nanoTime());
    }

    // ---- the response ----

    @Override
    public void onInterim(HttpResponse interim) {
        progressed();
        if (interim.status().equals(HttpResponseStatus.CONTINUE)) {
            body.continueSent();
        }
        try {
            InterimResponse.send(interim, client, client.httpVersion(request), response);
        } catch (IllegalArgumentException invalidHeader) {
            refuseHead();
            return;
        }
        responseBody.interimSent();
    }

    /** The backend's head has a header that none may have; it is found when that is copied, so that valid ones are looked at once. */
    private void refuseHead() {
        disconnect();
        responseBody.discard();
        respond(ErrorResponse.INVALID_HEADER);
    }

    @Override
    public void onHead(HttpResponse head) {
        progressed();
        if (sentAt != 0) {
            var nanos = deadlines.lastProgress() - sentAt;
            worker.stats().responded(nanos);
            sentAt = 0;
            if (log != null) {
                log.tell("has a response, " + head.status().code() + ", after " + nanos / 1000 + " us");
            }
        }
        client.limitUnsent();
        try {
            responseBody.begin(
                    copyHead(head),
                    MediaTypes.isStream(head.headers().get(HttpHeaderNames.CONTENT_TYPE)),
                    terms.bodies());
        } catch (IllegalArgumentException invalidHeader) {
            refuseHead();
        }
    }

    private BodyEncoder copyHead(HttpResponse head) {
        var status = head.status().code();
        var hasLength = ResponseHead.copy(head, response, client.isHttp2(), terms);
        addHsts();
        var encoder = compress(status);
        frame(ResponseFraming.of(
                client.httpVersion(request), method.equals(HttpMethod.HEAD), status, hasLength && encoder == null));
        if (status == ResponseHeaderPlan.NO_CONTENT) {
            response.headersEndHandler(this::correctHead);
        }
        persistence.forwarding(client.isClosing(), body.isAwaitingContinue());
        sayWhetherItCloses();
        return encoder;
    }

    private void addHsts() {
        var tls = worker.listener().tls();
        if (tls != null && request.isSSL()) {
            ResponseHeaderPlan.addHsts(new HeaderFields(response.headers()), tls.hsts());
        }
    }

    /** Null if the body stays as it is or there is none. */
    private BodyEncoder compress(int status) {
        var options = terms.compression();
        if (options.codings().isEmpty()) {
            return null;
        }
        var coding = ResponseHeaderPlan.compress(
                new HeaderFields(response.headers()),
                status,
                new HeaderFields(request.headers()),
                client.httpVersion(request),
                options,
                ZstdEncoder.LARGEST,
                validators);
        if (coding == null || method.equals(HttpMethod.HEAD)) {
            return null;
        }
        return switch (coding) {
            case GZIP -> new GzipEncoder();
            case ZSTD -> new ZstdEncoder();
        };
    }

    private void sayWhetherItCloses() {
        if (!persistence.isClosed() || client.isHttp2()) {
            return;
        }
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (request.version() == HttpVersion.HTTP_1_0) {
            response.headersEndHandler(this::correctHead);
        }
    }

    /** Vert.x adds at the last moment that it keeps an HTTP/1.0 connection, and a length. */
    private void correctHead(Void ready) {
        ResponseHead.removeLengthOf204(response);
        if (persistence.isClosed() && request.version() == HttpVersion.HTTP_1_0) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }

    private void frame(ResponseFraming framing) {
        switch (framing) {
            case KNOWN -> {}
            case CHUNKED -> response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            case CLOSE -> {
                responseBody.endsWithConnection();
                client.endsWithConnection();
            }
        }
        persistence.framed(framing);
    }

    @Override
    public void onData(ByteBuf data) {
        progressed();
        responseBody.add(data);
    }

    @Override
    public void onReadComplete() {
        responseBody.readComplete();
    }

    @Override
    public void pauseResponse() {
        wasHeldBack = true;
        worker.lookSoon(this);
        if (connection != null) {
            connection.pause();
        }
    }

    @Override
    public void resumeResponse() {
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
        ResponseHead.copyTrailers(trailers, response);
        if (responseBody.end(this::end)) {
            // The rest is in a file: the backend is free although the client is not.
            destination.release();
        } else {
            end();
        }
    }

    private void end() {
        if (!done) {
            end(responseBody.takeLast(), responseBody.sent());
        }
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
        if (persistence.isClosed() && !client.isHttp2()) {
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

    /** Tells an HTTP/2 client that has its response to send no more of the request (RFC 9113, section 8.1). */
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
            respond(ErrorResponse.broken(
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
            ResponseHead.copy(switching, response, false, terms);
        } catch (IllegalArgumentException invalidHeader) {
            refuseHead();
            return;
        }
        var upgraded = (HeadersMultiMap) response.headers();
        upgraded.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
        upgraded.set(
                HttpHeaderNames.UPGRADE,
                switching.headers().get(HttpHeaderNames.UPGRADE, headers.get(HttpHeaderNames.UPGRADE)));
        responseBody.headForwarded();
        // It may last for days, and is limited by the number of connections.
        admittance.leave();
        if (log != null) {
            log.tell("has switched protocols");
        }
        var switched = connection;
        connection = null;
        var backend = switched.detach();
        tunnel = new Tunnel(
                client.channel(),
                backend,
                terms.bodyTimeout(),
                this::tunnelMoved,
                () -> finish(101, tunnel.bytesOut()));
        client.upgrade(upgraded, tunnel);
        backend.pipeline().addLast(tunnel.backendSide());
        switched.removeCodec();
        client.readUpgraded();
    }

    private void tunnelMoved() {
        client.countOutput();
        worker.lookSoon(this);
    }

    @Override
    public void onFailure(Throwable cause, boolean sent) {
        // On a reused connection, what can't be understood may be left from before, and another one does without it.
        var certain = cause instanceof InvalidResponse && connection != null && !connection.isReused();
        detach();
        if (log != null) {
            log.tell("lost its connection, " + (sent ? "after" : "before") + " something was sent: " + cause);
        }
        if (done) {
            return;
        }
        var reason = ErrorResponse.broken(cause);
        if (responseBody.isHeadForwarded()) {
            cutOff(reason.reason());
        } else if (responseBody.hasBegun() || certain || !retry(sent) && !fallBack(sent)) {
            responseBody.discard();
            respond(reason);
        }
    }

    @Override
    public void responseLost() {
        if (!done) {
            disconnect();
            cutOff(Refusal.NO_SPACE);
        }
    }

    /** Sends the request again if that can't do harm. */
    private boolean retry(boolean sent) {
        if (!destination.again(sent, body.isLost())) {
            return false;
        }
        if (log != null) {
            log.tell("is sent again, to " + destination.backend());
        }
        onTermsOf(destination.backend(), this::connect);
        return true;
    }

    /** Sends the request to a peer, once, and marked, so that it is not passed on from there. */
    private boolean fallBack(boolean sent) {
        if (!destination.fallBack(sent, body.isLost())) {
            return false;
        }
        if (log != null) {
            log.tell("is sent to " + destination.backend());
        }
        // The peer does to the response what its own revision says.
        terms = worker.terms();
        headers.set(PeerFallback.HEADER, worker.peers().instanceId());
        connect();
        return true;
    }

    private void respond(ErrorResponse error) {
        account.refused(error.reason());
        if (log != null) {
            log.tell("gets the proxy's own response: " + error.status() + ", " + error.text());
        }
        var local = LocalResponse.of(error, worker.pages());
        response.setStatusCode(local.status());
        response.putHeader(HttpHeaderNames.CONTENT_TYPE, local.contentType());
        if (!client.isHttp2()) {
            response.setStatusMessage(HttpResponseStatus.valueOf(local.status()).reasonPhrase());
        }
        addHsts();
        if (local.retryAfter() > 0) {
            response.putHeader(HttpHeaderNames.RETRY_AFTER, Integer.toString(local.retryAfter()));
        }
        persistence.responding(client.isClosing(), body.isAwaitingContinue(), body.hasEnded(), bodyLength());
        sayWhetherItCloses();
        var text = Buffer.buffer(local.body());
        if (method.equals(HttpMethod.HEAD)) {
            // Vert.x leaves the body of an HTTP/1.1 response to HEAD out, and takes its length from it.
            end(client.isHttp2() ? null : text, 0);
        } else {
            end(text, text.length());
        }
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
     * The response is complete before the request is. What follows is read for a while, to keep the connection if that is
     * the end of the request.
     */
    private void discardBody() {
        if (client.isHttp2() || persistence.isClosed()) {
            return;
        }
        var limit = worker.closeSoon(client);
        body.discard(() -> limit.cancel(false));
    }

    private void clientGone(Throwable cause) {
        if (done || tunnel != null) {
            return;
        }
        disconnect();
        worker.stats().clientAborted();
        if (log != null) {
            log.tell("is given up by the client: " + cause);
        }
        finish(CLIENT_CLOSED, responseBody.sent());
    }

    @Override
    public long look(long now) {
        try {
            endIfLate(now);
        } catch (RuntimeException mistake) {
            endBy(mistake);
        }
        if (done || isMoving()) {
            return now;
        }
        return tunnel == null ? deadlines.earliest() : now + TUNNEL_NANOS;
    }

    /** Whether something is to be counted each second, or the next move may become somebody else's without a word. */
    private boolean isMoving() {
        return wasHeldBack
                || counted != headBytes
                || tunnel == null && (connection == null || !connection.isRequestEnded());
    }

    private void endIfLate(long now) {
        if (done) {
            return;
        }
        countWaiting();
        if (tunnel != null || checkingPassword) {
            return;
        }
        if (admittance.isWaiting()) {
            if (admittance.hasWaitedTooLong(Duration.ofNanos(now - deadlines.lastProgress()))) {
                respond(ErrorResponse.PAUSED_TOO_LONG);
            }
            return;
        }
        var reading = responseBody.isAwaitingClient();
        var late = deadlines.late(
                now,
                reading,
                !responseBody.isHeadForwarded() && body.isAwaited(),
                responseBody.timesTaken(),
                reading ? client.taken(response) : 0);
        if (late != null) {
            breakOff(late);
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

    /** Ends the exchange on the proxy's own account: with a response, or by cutting it off if that has begun. */
    @Override
    public void breakOff(ErrorResponse reason) {
        if (done) {
            return;
        }
        disconnect();
        if (responseBody.isHeadForwarded()) {
            cutOff(reason.reason());
        } else {
            responseBody.discard();
            persistence.close();
            respond(reason);
        }
    }

    private void cutOff(Refusal reason) {
        account.refused(reason);
        if (log != null) {
            log.tell("is cut off: " + reason.label());
        }
        cutOff(response.getStatusCode());
    }

    /** Ends the response in a way that no client takes for its end, whatever tells the end of it. */
    private void cutOff(int status) {
        if (persistence.endsTheResponse()) {
            // First, since a connection that is to be closed after its last exchange would be closed in good order.
            client.abort();
            finish(status, responseBody.sent());
            return;
        }
        response.reset(Http2Error.INTERNAL_ERROR.code());
        finish(status, responseBody.sent());
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
        if (sentBefore != null) {
            sentBefore.abandon();
        }
        destination.release();
        client.memory().give(counted);
        body.close();
        responseBody.close();
        admittance.end();
        worker.ended(this);
        var bytesIn = body.received() + (tunnel == null ? 0 : tunnel.bytesIn());
        account.close(status, bytesIn, bytesOut, destination.backend(), worker.nanoTime());
        if (log != null) {
            log.tell("ended with " + status + ", " + bytesIn + " bytes in, " + bytesOut + " bytes out");
        }
    }
}
