package io.wunderproxy.proxy.lean;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPromise;
import io.netty.channel.VoidChannelPromise;
import io.vertx.core.buffer.Buffer;
import io.wunderproxy.proxy.backend.BackendConnection;
import io.wunderproxy.proxy.backend.OrderlyClose;
import io.wunderproxy.proxy.backend.RawResponse;
import io.wunderproxy.proxy.body.Buffers;
import io.wunderproxy.proxy.exchange.Deadlines;
import io.wunderproxy.proxy.exchange.ExchangeLog;
import io.wunderproxy.proxy.loop.ProxyWorker;
import io.wunderproxy.proxy.loop.ResponsePacer;
import io.wunderproxy.proxy.loop.Upstream;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.routing.Lease;
import io.wunderproxy.proxy.rules.ErrorResponse;
import io.wunderproxy.proxy.rules.Header;
import io.wunderproxy.proxy.rules.MediaTypes;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.rules.RequestHeaderPlan;
import io.wunderproxy.proxy.rules.RequestIds;
import io.wunderproxy.proxy.rules.RequestRules;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The lean lane of one client connection: forwards plain requests and plain responses as bytes, with next to no objects. Whatever is
 * not plain, or does not end well, is handed over to the general lane, which decides on it: a request before any of it was sent, or a
 * request that was sent and whose response has not begun for the client. So this lane has no message of its own to any client.
 *
 * <p>One for each connection, used for one request after the other. On one event loop.
 */
public final class LeanConnection implements RawResponse, ResponsePacer.Receiver, ResponsePacer.Source {
    private static final Logger LOG = Logger.getLogger(LeanConnection.class);

    /** An exchange that lasts longer is handed over, since the general lane looks for who is late. */
    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A body up to this size is copied behind its head: one buffer is cheaper to send than two. */
    private static final int WORTH_COPYING = 8 * 1024;

    /** Most heads are not longer, so that no more is looked at first. */
    private static final int USUAL_HEAD = 1024;

    /** Target and host are mostly shorter; a connection keeps no more room for them than that. */
    private static final int MOST_KEPT = 1024;

    private static final int MARGIN = 64;
    private static final byte[] NOTHING = {};

    private static final int CLIENT_CLOSED = 499;
    private static final int INTERNAL_ERROR = 500;
    private static final int HTTP_1_1 = 11;

    private static final byte[] TO_BACKEND = bytes(" HTTP/1.1\r\n");
    private static final byte[] TO_CLIENT = bytes("HTTP/1.1 ");
    private static final byte[] CHUNKED = bytes("transfer-encoding: chunked\r\n");
    private static final byte[] CLOSE = bytes("connection: close\r\n");
    private static final byte[] FORWARDED_PORT = bytes(name(Header.X_FORWARDED_PORT));
    private static final byte[] FORWARDED_HOST = bytes("\r\n" + name(Header.X_FORWARDED_HOST));
    private static final byte[] REQUEST_ID = bytes("\r\n" + name(Header.X_REQUEST_ID));
    private static final byte[] REQUEST_START = bytes("\r\n" + name(Header.X_REQUEST_START) + "t=");
    private static final byte[] HTTP_PORT = bytes("80");
    private static final byte[] HTTPS_PORT = bytes("443");

    private enum State {
        IDLE,
        CONNECTING,
        /** The request was sent. */
        AWAITING,
        /** The client has the head and a part of the body. */
        STREAMING,
        /** The backend has sent all, and the client has not been sent all of it. */
        STORED
    }

    private final LeanClient client;
    private final LeanLoop loop;
    private final ProxyWorker worker;
    private final boolean tls;
    /** Whether more is to be said of the client than its address. */
    private final boolean byRules;
    /** The lines that are the same for all requests of this client; null if so. */
    private final byte[] forwardedFor;

    private final Runnable readNext = this::readNext;
    /** For writes whose failure shows by the end of the connection. */
    private final ChannelPromise unwatched;

    private State state = State.IDLE;
    private boolean gone;
    /** The request as it came, in case the general lane needs it. */
    private ByteBuf request;
    /** The bytes that the client has sent behind it. */
    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(0);

    private boolean nextScheduled;
    private int attempt;
    private Lease lease;
    /** The backend of the request that was taken last, as this loop sees it. */
    private Upstream upstream;

    private BackendConnection connection;
    private String method;
    private boolean closes;
    private long started;
    private long sentAt;
    private long lastProgress;
    private int bytesIn;
    private final byte[] id = new byte[RequestIds.LENGTH];
    /** The id of a request of which more was to be said, else null. */
    private String ruledId;
    /** Target and host for the access log, if there is one. */
    private byte[] asked = NOTHING;

    private int askedTarget;
    private int askedLength;

    private int status;
    private long bytesOut;
    private long left;
    private boolean keepsBackend;
    /** Whether none of the response may wait in a file. */
    private boolean isStream;

    /** For a client that was slow during this response, else null. */
    private ResponsePacer pacer;

    private Deadlines deadlines;
    /** Why the proxy has cut the response off; null if it has not. */
    private Refusal refusal;

    public LeanConnection(LeanClient client, LeanLoop loop, boolean tls) {
        this.client = client;
        this.loop = loop;
        this.tls = tls;
        worker = loop.worker;
        unwatched = new VoidChannelPromise(client.context().channel(), false);
        // Where more is to be said, the general rules say it.
        byRules = client.isTrusted() || worker.headers().forwarded();
        forwardedFor = byRules
                ? null
                : bytes(name(Header.X_FORWARDED_FOR) + client.address() + "\r\n" + name(Header.X_REAL_IP)
                        + client.address() + "\r\n" + name(Header.X_FORWARDED_PROTO) + (tls ? "https" : "http")
                        + "\r\n");
    }

    private static String name(Header header) {
        return header.text() + ": ";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    // ---- the request ----

    /**
     * Takes bytes from the client, if they begin a plain request or come while one is under way.
     *
     * @return false if they are for the general lane
     */
    public boolean read(ByteBuf bytes) {
        if (state != State.IDLE || !waiting.isEmpty()) {
            waiting.add(bytes);
            client.stopReading();
            client.countInput();
            return true;
        }
        return take(bytes);
    }

    private boolean take(ByteBuf bytes) {
        if (!client.isFree() || !loop.takesNow() || ExchangeLog.isOn()) {
            return false;
        }
        var available = bytes.readableBytes();
        var head = loop.request;
        var limits = worker.listener().head();
        var length = RequestParser.read(head, copy(bytes, head, USUAL_HEAD), limits, client.isTrusted());
        if (length < 0 && available > USUAL_HEAD) {
            length = RequestParser.read(head, copy(bytes, head, HeadTable.ROOM - 1), limits, client.isTrusted());
        }
        if (length < 0 || loop.asksForHealth(head)) {
            return false;
        }
        var body = Math.max(0, head.contentLength);
        if (available - length < body || !enter(body)) {
            return false;
        }
        begin(head, (int) body);
        keep(bytes, length + (int) body);
        try {
            send(head, length, (int) body);
        } catch (RuntimeException | OutOfMemoryError mistake) {
            endBy(mistake);
        }
        return true;
    }

    private void send(HeadTable head, int length, int body) {
        var pool = upstream.pool();
        connection = pool.take(body == 0 && RequestRules.isIdempotent(method));
        var out = forward(head, length, body);
        if (connection != null) {
            send(connection, out);
        } else {
            var number = ++attempt;
            var from = started;
            pool.connect((made, failure) -> {
                try {
                    connected(number, from, out, made, failure);
                } catch (RuntimeException | OutOfMemoryError mistake) {
                    endBy(mistake);
                }
            });
        }
    }

    private static int copy(ByteBuf bytes, HeadTable head, int most) {
        var copied = Math.min(bytes.readableBytes(), most);
        bytes.getBytes(bytes.readerIndex(), head.bytes, 0, copied);
        return copied;
    }

    /** Takes a place among the requests, and a lease; false if the general lane has to take the request, or to say why there is none. */
    private boolean enter(long body) {
        if (!worker.gate().isOpen()) {
            return false;
        }
        Lease taken;
        try {
            taken = loop.backends.acquire();
        } catch (RuntimeException mistake) {
            // The general lane makes it as well, and reports it.
            return false;
        }
        if (taken == null) {
            return false;
        }
        var there = worker.upstream(taken.backend());
        if (taken.backend().protocol() != Backend.Protocol.HTTP_1_1
                || !there.terms().isPlain()
                || body > there.terms().bodies().largestRequest()
                || !worker.limits().requests().enter()) {
            taken.release();
            return false;
        }
        lease = taken;
        upstream = there;
        return true;
    }

    private void begin(HeadTable head, int body) {
        // From here on there is something to give back, however it ends.
        state = State.CONNECTING;
        loop.begun++;
        client.requestStarted();
        worker.stats().requestStarted();
        started = worker.nanoTime();
        method = head.method;
        closes = head.closes;
        bytesIn = body;
        bytesOut = 0;
        ruledId = null;
        if (worker.accessLog() != null) {
            keepAsked(head);
        }
    }

    private void keepAsked(HeadTable head) {
        var targetStart = head.methodEnd + 1;
        var hostStart = head.valueStart[head.host];
        askedTarget = head.targetEnd - targetStart;
        askedLength = askedTarget + head.valueEnd[head.host] - hostStart;
        if (asked.length < askedLength || asked.length > MOST_KEPT && askedLength <= MOST_KEPT) {
            asked = new byte[askedLength + MARGIN];
        }
        System.arraycopy(head.bytes, targetStart, asked, 0, askedTarget);
        System.arraycopy(head.bytes, hostStart, asked, askedTarget, askedLength - askedTarget);
    }

    private ByteBuf forward(HeadTable head, int length, int body) {
        var writer = loop.writer.begin();
        writer.put(head.bytes, 0, head.targetEnd).put(TO_BACKEND);
        if (byRules) {
            var fields = loop.fields.begin();
            ruledId = RequestHeaderPlan.addClient(
                    fields, client, tls, worker.requestIds(), System.currentTimeMillis(), worker.headers());
            writer.put(head);
            fields.writeTo(writer);
        } else {
            writer.put(head);
            describeClient(writer, head);
        }
        writer.lineEnd();
        var out = client.context().alloc().directBuffer(writer.length() + body);
        writer.writeTo(out);
        if (body > 0) {
            out.writeBytes(request, request.readerIndex() + length, body);
        }
        return out;
    }

    /** Says of a client that is not believed the same as {@link RequestHeaderPlan#addClient}. */
    private void describeClient(HeadWriter writer, HeadTable head) {
        writer.put(forwardedFor);
        var hostStart = head.valueStart[head.host];
        var hostEnd = head.valueEnd[head.host];
        writer.put(FORWARDED_PORT);
        var colon = hostEnd - 1;
        while (colon >= hostStart && head.bytes[colon] != ':') {
            colon--;
        }
        if (colon < hostStart) {
            writer.put(tls ? HTTPS_PORT : HTTP_PORT);
        } else {
            writer.put(head.bytes, colon + 1, hostEnd);
        }
        writer.put(FORWARDED_HOST).put(head.bytes, hostStart, hostEnd);
        worker.requestIds().write(id);
        writer.put(REQUEST_ID).put(id);
        writer.put(REQUEST_START).put(System.currentTimeMillis()).lineEnd();
    }

    /** Keeps the request, and lets wait what is behind it. */
    private void keep(ByteBuf bytes, int total) {
        if (bytes.readableBytes() > total) {
            request = bytes.readRetainedSlice(total);
            waiting.addFirst(bytes);
            client.stopReading();
        } else {
            request = bytes;
        }
    }

    private void connected(int number, long from, ByteBuf out, BackendConnection made, Throwable failure) {
        if (number != attempt || state != State.CONNECTING) {
            out.release();
            if (made != null) {
                made.cancel();
            }
        } else if (made == null) {
            out.release();
            sentAt = from;
            handOver(null, failure, false);
        } else {
            worker.stats().connected(worker.nanoTime() - from);
            send(made, out);
        }
    }

    private void send(BackendConnection ready, ByteBuf out) {
        state = State.AWAITING;
        connection = ready;
        sentAt = worker.nanoTime();
        ready.sendRaw(
                this,
                out,
                method.equals("HEAD"),
                bytesIn,
                ready.isReused() && (bytesIn > 0 || !RequestRules.isIdempotent(method)));
    }

    // ---- the response ----

    @Override
    public void onBytes(ByteBuf bytes) {
        try {
            if (state == State.STREAMING) {
                stream(bytes);
            } else {
                readHead(bytes);
            }
        } catch (RuntimeException | OutOfMemoryError mistake) {
            endBy(mistake);
        }
    }

    private void readHead(ByteBuf bytes) {
        var available = bytes.readableBytes();
        var head = loop.response;
        var toHead = method.equals("HEAD");
        var length = ResponseParser.read(head, copy(bytes, head, USUAL_HEAD), toHead);
        if (length < 0 && available > USUAL_HEAD) {
            length = ResponseParser.read(head, copy(bytes, head, HeadTable.ROOM - 1), toHead);
        }
        var body = length < 0 ? -1 : available - length;
        var payload = body >= 0 && head.chunked ? Chunks.payload(bytes, bytes.readerIndex() + length) : body;
        if (payload < 0 || !head.chunked && body > head.contentLength || client.isClosing()) {
            connection.hold(bytes);
            handOver(connection, null, true);
            return;
        }
        bytes.skipBytes(length);
        respond(head, bytes, payload);
    }

    /** @param payload how many of the bytes are not there to frame the body */
    private void respond(HeadTable head, ByteBuf bytes, int payload) {
        lastProgress = worker.nanoTime();
        worker.stats().responded(lastProgress - sentAt);
        request.release();
        request = null;
        status = head.status;
        keepsBackend = !head.closes;
        connection.limitIdle(head.keepAlive < 0 || connection.isReused() ? null : head.value(head.keepAlive));
        var writer = loop.writer.begin();
        writer.put(TO_CLIENT)
                .put(head.status)
                .put(head.bytes, head.reasonStart - 1, head.reasonEnd)
                .lineEnd();
        writer.put(head);
        if (tls && loop.hsts != null && !head.has(Header.STRICT_TRANSPORT_SECURITY)) {
            writer.put(loop.hsts);
        }
        if (head.chunked) {
            writer.put(CHUNKED);
        }
        if (closes) {
            writer.put(CLOSE);
        }
        writer.lineEnd();
        var context = client.context();
        var body = bytes.readableBytes();
        left = head.chunked ? body : head.contentLength;
        if (left > body) {
            isStream = MediaTypes.isStream(head.value(Header.CONTENT_TYPE));
            client.limitUnsent();
        }
        if (body == 0 || body == left && body <= WORTH_COPYING) {
            var out = context.alloc().directBuffer(writer.length() + body);
            writer.writeTo(out);
            out.writeBytes(bytes);
            bytes.release();
            context.write(out, unwatched);
        } else {
            var out = context.alloc().directBuffer(writer.length());
            writer.writeTo(out);
            context.write(out, unwatched);
            context.write(bytes, unwatched);
        }
        bytesOut = payload;
        left -= body;
        state = State.STREAMING;
        if (left == 0) {
            endOfResponse();
        } else {
            waitForClient();
        }
    }

    private void stream(ByteBuf bytes) {
        progressed();
        if (bytes.readableBytes() > left) {
            // The rest belongs to nothing, and the connection is of no more use.
            keepsBackend = false;
            var part = bytes.readRetainedSlice((int) left);
            bytes.release();
            write(part);
        } else {
            write(bytes);
        }
        if (left == 0) {
            endOfResponse();
        }
    }

    private void write(ByteBuf part) {
        left -= part.readableBytes();
        bytesOut += part.readableBytes();
        if (pacer != null && pacer.isStoring()) {
            pacer.store(Buffers.take(part));
        } else {
            client.context().write(part, unwatched);
            waitForClient();
        }
    }

    private void progressed() {
        lastProgress = worker.nanoTime();
        if (deadlines != null) {
            deadlines.progressed(lastProgress);
        }
    }

    /** Holds the backend back if the client has not taken what was written. */
    private void waitForClient() {
        if (!isFull()) {
            return;
        }
        client.context().flush();
        client.countOutput();
        if (isFull() && state == State.STREAMING) {
            if (pacer == null) {
                pacer = new ResponsePacer(worker, client.context().channel(), client.memory(), this, this);
                var terms = upstream.terms();
                pacer.begin(isStream, terms.bodies());
                deadlines = new Deadlines(
                        terms.bodyTimeout(), terms.backend().response(), OrderlyClose.LEAST_PROGRESS, lastProgress);
            }
            pacer.sent();
        }
    }

    @Override
    public boolean isFull() {
        return !client.context().channel().isWritable();
    }

    @Override
    public void whenRoom(Runnable step) {
        client.whenWritable(step);
    }

    @Override
    public void send(Buffer part) {
        client.context().writeAndFlush(Buffers.bytesOf(part), unwatched);
        client.countOutput();
    }

    @Override
    public void pauseResponse() {
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
    public void responseLost() {
        cutOff(Refusal.NO_SPACE);
    }

    @Override
    public void onReadComplete() {
        if (state == State.STREAMING) {
            client.context().flush();
            client.countOutput();
        }
    }

    private void endOfResponse() {
        if (pacer == null || !pacer.end(this::endStored)) {
            var used = connection;
            settle(status);
            used.endRaw(keepsBackend);
            endAtClient();
        } else {
            // The rest is in a file: the backend is free although the client is not.
            state = State.STORED;
            connection.endRaw(keepsBackend);
            connection = null;
            lease.release();
        }
    }

    private void endStored() {
        settle(status);
        endAtClient();
    }

    private void endAtClient() {
        client.context().flush();
        client.countOutput();
        client.requestEnded();
        if (closes) {
            client.close();
        }
        readNextSoon();
    }

    /** Returns the lease and writes the exchange into the books, before the client can see its end. */
    private void settle(int result) {
        state = State.IDLE;
        connection = null;
        if (pacer != null) {
            pacer.close();
            pacer = null;
            deadlines = null;
        }
        var backend = lease.backend();
        lease.release();
        lease = null;
        upstream = null;
        worker.limits().requests().leave();
        var nanos = worker.nanoTime() - started;
        worker.stats().requestEnded(method, result, nanos, bytesIn, bytesOut);
        var log = worker.accessLog();
        var record = log == null ? null : log.next();
        if (record != null) {
            record.from(client.address(), method, RequestRules.versionName(HTTP_1_1))
                    .asked(asked, askedTarget, askedLength, id)
                    .named(ruledId)
                    .ended(System.currentTimeMillis(), result, nanos, bytesIn, bytesOut, backend, refusal);
            log.add();
        }
        refusal = null;
    }

    private String idText() {
        return ruledId != null ? ruledId : new String(id, US_ASCII);
    }

    private void readNextSoon() {
        if (!waiting.isEmpty() && !nextScheduled) {
            nextScheduled = true;
            client.context().channel().eventLoop().execute(readNext);
        }
    }

    /** Continues with what the client has sent behind the request that has its response. */
    private void readNext() {
        nextScheduled = false;
        // What waits on a connection that ends stays until then: it tells that the client may still be sending.
        if (gone || state != State.IDLE || client.isEnding()) {
            return;
        }
        client.readOn();
        while (state == State.IDLE && !waiting.isEmpty() && !client.isEnding()) {
            var bytes = waiting.remove();
            if (!take(bytes)) {
                client.passOn(bytes);
            }
        }
        if (!waiting.isEmpty() && !client.isEnding()) {
            client.stopReading();
        }
        client.countInput();
    }

    // ---- other ends ----

    @Override
    public void onFailure(Throwable cause, boolean reached) {
        if (state == State.AWAITING) {
            handOver(connection, cause, reached);
        } else if (state == State.STREAMING) {
            connection = null;
            cutOff(ErrorResponse.broken(cause).reason());
        }
    }

    /** Ends a response that has begun and can't be completed. */
    private void cutOff(Refusal reason) {
        refusal = reason;
        worker.stats().refused(reason);
        giveUp(status);
        client.cutShort();
    }

    /** Ends the request without its whole response. */
    private void giveUp(int result) {
        attempt++;
        if (request != null) {
            request.release();
            request = null;
        }
        var open = connection;
        settle(result);
        if (open != null) {
            open.cancel();
        }
        client.requestEnded();
    }

    /** Lets a mistake in this program cost one request, not what that holds nor those behind it. */
    private void endBy(Throwable mistake) {
        LOG.errorf(mistake, "unexpected error in a request, %s (please report)", method);
        if (state == State.IDLE) {
            client.cutShort();
        } else {
            status = INTERNAL_ERROR;
            cutOff(Refusal.INTERNAL_ERROR);
        }
    }

    /** Gives the exchange, of which the client knows nothing yet, to the general lane. */
    private void handOver(BackendConnection used, Throwable failure, boolean reached) {
        var sent = new SentRequest(lease, started, sentAt, idText(), used, failure, reached);
        var bytes = request;
        loop.handedOver++;
        state = State.IDLE;
        connection = null;
        lease = null;
        upstream = null;
        request = null;
        client.handOver(sent, bytes);
        readNextSoon();
    }

    /**
     * Looks for what takes longer than this lane can wait.
     *
     * @return whether a request is under way here, so that this is to be called again in a second
     */
    public boolean look(long now) {
        if (state == State.AWAITING && now - started >= LONG_NANOS) {
            connection.hold();
            handOver(connection, null, true);
        } else if (state == State.STREAMING || state == State.STORED) {
            var late = late(now);
            if (late != null) {
                cutOff(late.reason());
            }
        }
        return state != State.IDLE;
    }

    private ErrorResponse late(long now) {
        if (deadlines != null) {
            return deadlines.late(now, pacer.isAwaitingClient(), false, pacer.timesTaken(), -client.unsent());
        }
        var limit = upstream.terms().backend().response().toNanos();
        return now - lastProgress >= limit ? ErrorResponse.BACKEND_SLOW : null;
    }

    /** The client's connection has ended. */
    public void clientGone() {
        gone = true;
        releaseWaiting();
        if (state == State.IDLE) {
            return;
        }
        worker.stats().clientAborted();
        giveUp(CLIENT_CLOSED);
    }

    private void releaseWaiting() {
        waiting.forEach(ByteBuf::release);
        waiting.clear();
    }

    /** Whether the client has sent something that waits for its turn. */
    public boolean isHolding() {
        return !waiting.isEmpty();
    }

    /** Bytes of requests that wait here. */
    public long waitingBytes() {
        var bytes = request == null ? 0L : request.readableBytes();
        for (var more : waiting) {
            bytes += more.readableBytes();
        }
        return bytes;
    }
}
