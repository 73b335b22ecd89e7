package io.wunderproxy.proxy;

import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The body of one request on its way to a backend: as it comes, with back-pressure, or read whole first. As long as no
 * part of it is gone, it can be sent again.
 */
final class RequestBody {
    /** What the exchange is told. */
    interface Owner {
        /** The client or the backend has done something. */
        void progressed();

        /** The backend was sent all of it. */
        void bodySent();

        /** The exchange can't go on. */
        void breakOff(ErrorAnswer reason);

        /** A handler whose mistakes end the exchange. */
        <T> Handler<T> guarding(Handler<T> handler);
    }

    private static final int MAX_KEPT = 16 * 1024;

    private final HttpServerRequest request;
    private final long limit;
    private final Owner owner;
    private final Supplier<HttpHeaders> trailers;
    private final boolean present;
    private final List<Buffer> kept = new ArrayList<>();
    private long received;
    private boolean lost;
    private boolean ended;
    private boolean held;
    private boolean unasked;
    private BodyBuffer buffer;
    private BackendConnection connection;

    /**
     * @param present whether there is a body, be it empty
     * @param limit in bytes
     * @param trailers those that came behind it, to be asked for at its end
     */
    RequestBody(HttpServerRequest request, boolean present, long limit, Supplier<HttpHeaders> trailers, Owner owner) {
        this.request = request;
        this.present = present;
        this.limit = limit;
        this.trailers = trailers;
        this.owner = owner;
        ended = !present;
        unasked = present && request.version() == HttpVersion.HTTP_1_1 && expectsContinue(request);
    }

    private static boolean expectsContinue(HttpServerRequest request) {
        return HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(
                String.valueOf(request.headers().get(HttpHeaderNames.EXPECT)));
    }

    /** The client was asked for it with a 100. */
    void asked() {
        unasked = false;
    }

    /**
     * Whether a final answer now leaves it open if the body still comes or another request, since the client waits to
     * be asked for the body (RFC 9110, section 10.1.1).
     */
    boolean isUnasked() {
        return unasked && !hasEnded() && received() == 0;
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
        return buffer == null ? received : buffer.size();
    }

    /** Whether it was or is being read whole before it is sent on. */
    boolean isBuffered() {
        return buffer != null;
    }

    /** Whether the next move is the client's, who has to send more. */
    boolean isAwaited() {
        return !hasEnded() && !held && (connection != null || buffer != null);
    }

    /** What came behind a body that has ended. */
    HttpHeaders trailers() {
        return present && hasEnded() ? trailers.get() : EmptyHttpHeaders.INSTANCE;
    }

    /** Reads all of it, then runs {@code then}; the owner is told if it is too large or can't be stored. */
    void readWhole(ProxyWorker worker, Runnable then) {
        var options = worker.options();
        buffer = new BodyBuffer(worker.context(), options.temporary(), options.requestMemory(), limit, worker.limits());
        if (expectsContinue(request)) {
            request.headers().remove(HttpHeaderNames.EXPECT);
            if (request.version() != HttpVersion.HTTP_1_0) {
                request.response().writeContinue();
            }
            unasked = false;
        }
        buffer.readFrom(request, owner::progressed, read -> {
            if (read.succeeded()) {
                owner.progressed();
                then.run();
            } else {
                owner.breakOff(
                        read.cause() instanceof BodyBuffer.TooLarge
                                ? ErrorAnswer.BODY_TOO_LARGE
                                : ErrorAnswer.NO_ROOM_FOR_BODY);
            }
        });
        request.handler(owner.guarding(buffer::add));
        request.endHandler(owner.guarding(end -> buffer.end()));
    }

    /** Lets the client wait until there is somebody to send the body to. */
    void hold() {
        if (!hasEnded()) {
            request.pause();
        }
    }

    /** Sends the body behind the head that was just sent. */
    void sendTo(BackendConnection ready) {
        connection = ready;
        held = false;
        if (buffer != null) {
            sendBuffered(ready);
            return;
        }
        kept.forEach(part -> ready.write(Buffers.bytesOf(part)));
        if (!ended) {
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

    private void sendBuffered(BackendConnection ready) {
        buffer.memory().forEach(part -> ready.write(Buffers.bytesOf(part)));
        var rest = buffer.file();
        if (rest == null) {
            sendEnd();
            return;
        }
        lost = true;
        rest.setReadPos(0);
        rest.exceptionHandler(failed -> owner.breakOff(ErrorAnswer.NO_ROOM_FOR_BODY));
        rest.endHandler(end -> {
            owner.progressed();
            if (connection == ready) {
                sendEnd();
            }
        });
        rest.handler(part -> {
            owner.progressed();
            if (connection == ready) {
                ready.write(Buffers.bytesOf(part));
                if (!ready.isWritable()) {
                    held = true;
                    rest.pause();
                }
            }
        });
    }

    private void forward(Buffer data) {
        received += data.length();
        owner.progressed();
        if (connection == null) {
            lost = true;
            return;
        }
        if (received > limit) {
            owner.breakOff(ErrorAnswer.BODY_TOO_LARGE);
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
    void goOn() {
        if (held) {
            held = false;
            if (buffer == null) {
                request.resume();
            } else {
                buffer.file().resume();
            }
        }
    }

    /** The backend is gone. */
    void detach() {
        connection = null;
    }

    /** Reads the rest and throws it away. */
    void discard(Runnable then) {
        request.handler(ignored -> {});
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
