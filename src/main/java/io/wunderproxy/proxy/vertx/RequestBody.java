package io.wunderproxy.proxy.vertx;

import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.wunderproxy.proxy.backend.BackendConnection;
import io.wunderproxy.proxy.body.BodyBuffer;
import io.wunderproxy.proxy.body.BodyOptions;
import io.wunderproxy.proxy.body.Buffers;
import io.wunderproxy.proxy.loop.ProxyWorker;
import io.wunderproxy.proxy.rules.ErrorResponse;
import io.wunderproxy.proxy.transport.ChannelTimer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * The body of one request on its way to a backend: as it comes, with back-pressure, or read whole first. As long as no
 * part of it is gone, it can be sent again.
 */
final class RequestBody {
    /** The exchange, which learns of progress and failures. */
    interface Owner {
        /** The client or the backend has done something. */
        void progressed();

        /** The backend was sent all of it. */
        void bodySent();

        /** The exchange can't continue. */
        void breakOff(ErrorResponse reason);

        /** A handler whose mistakes end the exchange. */
        <T> Handler<T> guarding(Handler<T> handler);
    }

    private static final int MAX_KEPT = 16 * 1024;
    /** A body of unknown length that has not ended by then may be one whose parts get responses of their own. */
    private static final long PATIENCE_MILLIS = 250;

    private final HttpServerRequest request;
    private final BodyOptions options;
    private final Owner owner;
    private final IntConsumer taken;
    private final Supplier<HttpHeaders> trailers;
    private final boolean present;
    private final List<Buffer> kept = new ArrayList<>();
    private long received;
    private boolean lost;
    private boolean ended;
    private boolean held;
    /** Whether it is read later, since there is nobody yet to send it to. */
    private boolean waits;

    private boolean awaitsContinue;
    private BodyBuffer buffer;
    private Runnable whenWhole = () -> {};
    private boolean goesThrough;
    private AsyncFile sending;
    private BackendConnection connection;

    /**
     * @param present whether there is a body, even an empty one
     * @param trailers those that came behind it, to be asked for at its end
     * @param taken gets the number of bytes that have come out of the connection
     */
    RequestBody(
            HttpServerRequest request,
            boolean present,
            BodyOptions options,
            Supplier<HttpHeaders> trailers,
            IntConsumer taken,
            Owner owner) {
        this.request = request;
        this.present = present;
        this.options = options;
        this.trailers = trailers;
        this.taken = taken;
        this.owner = owner;
        ended = !present;
        awaitsContinue = present && request.version() == HttpVersion.HTTP_1_1 && expectsContinue(request);
    }

    private static boolean expectsContinue(HttpServerRequest request) {
        return HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(
                String.valueOf(request.headers().get(HttpHeaderNames.EXPECT)));
    }

    /** The client was asked for it with a 100. */
    void continueSent() {
        awaitsContinue = false;
    }

    /**
     * Whether a final response now leaves it open if the body still comes or another request, since the client waits to
     * be asked for the body (RFC 9110, section 10.1.1).
     */
    boolean isAwaitingContinue() {
        return awaitsContinue && !hasEnded() && received() == 0;
    }

    boolean isPresent() {
        return present;
    }

    /** Whether all of it has arrived. */
    boolean hasEnded() {
        return ended || buffer != null && buffer.hasEnded();
    }

    /** Whether a part of it is gone, so that it can't be sent again. */
    boolean isLost() {
        return lost;
    }

    /** Bytes that have arrived. */
    long received() {
        return isBuffered() ? buffer.size() : received;
    }

    /** Whether it was or is being read whole before it is sent on. */
    boolean isBuffered() {
        return buffer != null && !goesThrough;
    }

    /** Whether the next move is the client's, who has to send more. */
    boolean isAwaited() {
        return !hasEnded() && !held && (connection != null || isBuffered());
    }

    /** The trailers of a body that has ended. */
    HttpHeaders trailers() {
        return present && hasEnded() ? trailers.get() : EmptyHttpHeaders.INSTANCE;
    }

    /**
     * Reads all of it, then runs {@code then}; the owner learns if it is too large or can't be stored.
     *
     * @param lengthKnown if not, and the body has not ended after a quarter of a second, {@code then} runs although there
     *     is more, which goes through as it comes
     */
    void readWhole(ProxyWorker worker, ClientConnection client, boolean lengthKnown, Runnable then) {
        buffer = new BodyBuffer(
                worker.context(),
                worker.listener().temporary(),
                options.requestMemory(),
                options.largestRequest(),
                client.memory(),
                worker.limits().disk());
        if (expectsContinue(request)) {
            request.headers().remove(HttpHeaderNames.EXPECT);
            if (request.version() != HttpVersion.HTTP_1_0) {
                request.response().writeContinue();
            }
            awaitsContinue = false;
        }
        buffer.readFrom(request, owner::progressed, read -> {
            if (read.succeeded()) {
                owner.progressed();
                whenWhole.run();
                then.run();
            } else {
                owner.breakOff(
                        read.cause() instanceof BodyBuffer.TooLarge
                                ? ErrorResponse.BODY_TOO_LARGE
                                : ErrorResponse.NO_ROOM_FOR_BODY);
            }
        });
        request.handler(owner.guarding(this::store));
        request.endHandler(owner.guarding(end -> buffer.end()));
        if (waits) {
            waits = false;
            request.resume();
        }
        if (!lengthKnown) {
            var late = owner.<Void>guarding(timer -> goThrough());
            var timer = ChannelTimer.schedule(
                    client.channel(), () -> late.handle(null), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            whenWhole = () -> timer.cancel(false);
        }
    }

    /** Reads all of a body that is here already, within this method or those that call it; then runs {@code then}. */
    void readWhatIsHere(ProxyWorker worker, ClientConnection client, Runnable then) {
        readWhole(worker, client, true, then);
        buffer.stayInMemory();
    }

    private void store(Buffer data) {
        taken.accept(data.length());
        buffer.add(data);
    }

    private void goThrough() {
        if (!hasEnded() && !buffer.isClosed()) {
            goesThrough = true;
            received = buffer.size();
            request.pause();
            buffer.stop();
        }
    }

    /** Lets the client wait until there is somebody to send the body to. */
    void hold() {
        if (!hasEnded()) {
            waits = true;
            request.pause();
        }
    }

    /** Sends the body behind the head that was just sent. */
    void sendTo(BackendConnection ready) {
        connection = ready;
        held = false;
        if (buffer == null) {
            sendRest(ready);
            return;
        }
        buffer.memory().forEach(part -> ready.write(Buffers.bytesOf(part)));
        if (buffer.file() == null) {
            sendRest(ready);
        } else {
            sendFile(ready);
        }
    }

    /** Sends the part of the body that is not in the buffer. */
    private void sendRest(BackendConnection ready) {
        kept.forEach(part -> ready.write(Buffers.bytesOf(part)));
        if (!hasEnded()) {
            request.handler(owner.guarding(this::forward));
            request.endHandler(owner.guarding(end -> end()));
            request.resume();
        } else if (present) {
            sendEnd();
        }
    }

    private void sendEnd() {
        connection.end(trailers());
        owner.bodySent();
    }

    private void sendFile(BackendConnection ready) {
        var rest = buffer.file();
        sending = rest;
        lost = true;
        rest.setReadPos(0);
        rest.exceptionHandler(failed -> owner.breakOff(ErrorResponse.NO_ROOM_FOR_BODY));
        rest.endHandler(owner.guarding(end -> {
            owner.progressed();
            sending = null;
            if (connection == ready) {
                sendRest(ready);
            }
        }));
        rest.handler(owner.guarding(part -> {
            owner.progressed();
            if (connection == ready) {
                ready.write(Buffers.bytesOf(part));
                if (!ready.isWritable()) {
                    held = true;
                    rest.pause();
                }
            }
        }));
    }

    private void forward(Buffer data) {
        taken.accept(data.length());
        received += data.length();
        owner.progressed();
        if (connection == null) {
            lost = true;
            return;
        }
        if (received > options.largestRequest()) {
            owner.breakOff(ErrorResponse.BODY_TOO_LARGE);
            return;
        }
        keep(data);
        connection.write(Buffers.bytesOf(data));
        if (!connection.isWritable()) {
            held = true;
            request.pause();
        }
    }

    /** A small body is kept while it may turn out that the reused connection was stale. */
    private void keep(Buffer data) {
        if (!lost && connection.isReused() && received <= MAX_KEPT) {
            kept.add(data);
        } else {
            lost = true;
            kept.clear();
            close();
        }
    }

    private void end() {
        ended = true;
        owner.progressed();
        if (connection != null) {
            sendEnd();
        }
    }

    /** The backend takes more. */
    void resume() {
        if (held) {
            held = false;
            if (sending == null) {
                request.resume();
            } else {
                sending.resume();
            }
        }
    }

    /** The backend is gone. */
    void detach() {
        connection = null;
    }

    /** Reads the rest and throws it away; runs {@code then} at its end, if that comes. */
    void discard(Runnable then) {
        request.handler(ignored -> taken.accept(ignored.length()));
        request.endHandler(end -> {
            ended = true;
            then.run();
        });
        request.resume();
    }

    /** Deletes what is stored. */
    void close() {
        if (buffer != null) {
            buffer.close();
        }
    }
}
