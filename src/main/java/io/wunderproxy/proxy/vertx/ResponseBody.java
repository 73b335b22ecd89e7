package io.wunderproxy.proxy.vertx;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.wunderproxy.proxy.body.BodyEncoder;
import io.wunderproxy.proxy.body.Buffers;
import io.wunderproxy.proxy.body.ResponseSpool;
import io.wunderproxy.proxy.loop.ProxyWorker;
import io.wunderproxy.proxy.transport.ChannelTimer;
import java.util.concurrent.TimeUnit;

/**
 * The body of one response on its way to the client: compressed if need be, its beginning sent together with the head. A
 * client that is slow gets it from memory, then from a temporary file, and only then the backend is held back.
 */
final class ResponseBody {
    /** The exchange, which learns of progress and failures. */
    interface Owner {
        /** Holds the backend back. */
        void pauseResponse();

        void resumeResponse();

        /** The response is cut off: what was stored of it is gone. */
        void responseLost();
    }

    /** A client that takes half of what is kept in memory in this time is not slow; the detour costs more than it saves. */
    private static final long PATIENCE_MILLIS = 10;

    /** A smaller part is cheaper to copy than the read buffer is to keep that it is a slice of. */
    private static final int WORTH_SHARING = 16 * 1024;

    /** Where the head is. */
    private enum Head {
        AWAITED,
        /** Here, until the first part of the body is there as well. */
        HELD,
        /** On its way to the client, so that there can't be another one. */
        FORWARDED
    }

    private final HttpServerResponse response;
    private final ProxyWorker worker;
    private final ClientConnection client;
    private final Owner owner;
    private BodyEncoder encoder;
    private boolean mayUseDisk;
    private boolean endsWithConnection;
    private Head head = Head.AWAITED;
    private Buffer held;
    private boolean clientIsSlow;
    private long timesTaken;
    private boolean backendPaused;
    private int pauses;
    private boolean storing;
    private boolean closed;
    private ResponseSpool spool;
    private boolean forwarding;
    private boolean awaitsStored;
    private Runnable whenTaken;
    private long sent;

    ResponseBody(HttpServerResponse response, ProxyWorker worker, ClientConnection client, Owner owner) {
        this.response = response;
        this.worker = worker;
        this.client = client;
        this.owner = owner;
    }

    /**
     * The head is there; it waits for the first part of the body, so that a small response is one write.
     *
     * @param encoding compresses the body; null if it stays as it is
     * @param isStream whether its parts mean something by themselves, so that none of them may wait in a file
     */
    void begin(BodyEncoder encoding, boolean isStream) {
        encoder = encoding;
        mayUseDisk = !isStream && worker.application().bodies().responseDisk() > 0;
        head = Head.HELD;
    }

    /** The client finds the end of the response by that of the connection, as HTTP/1.0 does without a length. */
    void endsWithConnection() {
        endsWithConnection = true;
    }

    /** Whether the backend has begun to respond. */
    boolean hasBegun() {
        return head != Head.AWAITED;
    }

    /** Whether the client has been sent the beginning of the response, so that there can't be another one. */
    boolean isHeadForwarded() {
        return head == Head.FORWARDED;
    }

    /** Something else was sent in place of this response's head. */
    void headForwarded() {
        head = Head.FORWARDED;
    }

    /** Whether the next move is the client's, who has to read. */
    boolean isAwaitingClient() {
        return clientIsSlow;
    }

    /** How often the client has taken what was waiting for it. */
    long timesTaken() {
        return timesTaken;
    }

    /** Bytes for the client, as far as they have come. */
    long sent() {
        return sent;
    }

    /**
     * An interim response was sent before this one; others come only as fast as the client takes them. No window of HTTP/2
     * holds back heads (RFC 9113, section 5.2.1), so only the connection counts.
     */
    void interimSent() {
        if (!client.channel().isWritable() && !clientIsSlow) {
            clientIsSlow = true;
            client.whenWritable(() -> {
                if (!closed) {
                    clientTakesMore();
                }
            });
            pause();
        }
    }

    /** The response comes from another connection from now on, which is held back if that before it was. */
    void sourceChanged() {
        if (backendPaused) {
            owner.pauseResponse();
        }
    }

    /** Takes over a part. */
    void add(ByteBuf data) {
        if (encoder != null) {
            var part = encoder.encode(Buffers.take(data));
            if (part.length() > 0) {
                forward(part);
            }
        } else {
            forward(storing || data.readableBytes() < WORTH_SHARING ? Buffers.take(data) : Buffers.share(data));
        }
    }

    private void forward(Buffer part) {
        sent += part.length();
        if (head == Head.HELD && held == null) {
            held = part;
            return;
        }
        forwardHeld();
        write(part);
    }

    /** All that was there to be read has been added. */
    void readComplete() {
        if (encoder != null && encoder.isUnflushed()) {
            var part = encoder.flush();
            if (part.length() > 0) {
                forward(part);
            }
        }
        forwardHeld();
    }

    private void forwardHeld() {
        if (head != Head.HELD) {
            return;
        }
        head = Head.FORWARDED;
        var part = held;
        held = null;
        if (part != null) {
            write(part);
        } else if (endsWithConnection) {
            // Vert.x writes a head without a length only together with a part of the body, even an empty one.
            response.write(Buffer.buffer());
        } else {
            response.writeHead();
        }
    }

    private void write(Buffer part) {
        if (storing) {
            spool.add(Buffers.own(part));
            if (spool.isFull()) {
                pause();
            }
            return;
        }
        send(part);
        if (response.writeQueueFull() && !clientIsSlow) {
            waitForClient();
            pause();
            if (mayUseDisk) {
                var pausedFor = ++pauses;
                ChannelTimer.schedule(
                        client.channel(), () -> storeIfStillSlow(pausedFor), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }

    private void send(Buffer part) {
        response.write(part, Buffers.releasing(part, client.countingUnsent(response, part.length())));
        client.countOutput();
    }

    private void storeIfStillSlow(int pausedFor) {
        if (pausedFor == pauses && clientIsSlow && !closed) {
            storing = true;
            if (spool == null) {
                spool = new ResponseSpool(
                        worker.context(),
                        worker.listener().temporary(),
                        worker.application().bodies().responseDisk(),
                        worker.limits().disk(),
                        client.memory(),
                        this::resume);
            }
            resume();
        }
    }

    private void pause() {
        if (!backendPaused) {
            backendPaused = true;
            owner.pauseResponse();
        }
    }

    private void resume() {
        if (backendPaused) {
            backendPaused = false;
            owner.resumeResponse();
        }
    }

    private void waitForClient() {
        clientIsSlow = true;
        response.drainHandler(drained -> clientTakesMore());
    }

    private void clientTakesMore() {
        clientIsSlow = false;
        timesTaken++;
        forwardStored();
    }

    /** Part by part, some of which come at once and others later, until the client is slow again or nothing is left. */
    private void forwardStored() {
        if (forwarding) {
            return;
        }
        forwarding = true;
        while (!clientIsSlow && !awaitsStored && spool != null && !spool.isEmpty()) {
            awaitsStored = true;
            spool.take(this::forwardStored);
        }
        forwarding = false;
        if (!clientIsSlow && !awaitsStored) {
            taken();
        }
    }

    private void forwardStored(Buffer part) {
        awaitsStored = false;
        if (part == null) {
            owner.responseLost();
            return;
        }
        send(part);
        if (response.writeQueueFull()) {
            waitForClient();
        }
        forwardStored();
    }

    private void taken() {
        storing = false;
        resume();
        if (whenTaken != null) {
            var then = whenTaken;
            whenTaken = null;
            then.run();
        }
    }

    /**
     * The body is complete: runs {@code then} when the client has been sent all but the last part.
     *
     * @return whether that is later; if not, {@link #last} is still to be sent
     */
    boolean end(Runnable then) {
        if (encoder != null) {
            var rest = encoder.end();
            if (rest.length() > 0) {
                forward(rest);
            }
        }
        if (spool != null && !spool.isEmpty()) {
            whenTaken = then;
            return true;
        }
        return false;
    }

    /** Takes the part that is to be sent together with the end; null if there is none. */
    Buffer takeLast() {
        var last = held;
        held = null;
        return last;
    }

    /** Takes back the beginning of a response that the client has not seen. */
    void discard() {
        head = Head.AWAITED;
        releaseHeld();
        sent = 0;
        response.headers().clear();
        closeEncoder();
    }

    private void releaseHeld() {
        if (held != null) {
            Buffers.release(held);
            held = null;
        }
    }

    private void closeEncoder() {
        if (encoder != null) {
            encoder.close();
            encoder = null;
        }
    }

    /** Frees what it holds. */
    void close() {
        closed = true;
        releaseHeld();
        closeEncoder();
        if (spool != null) {
            spool.close();
        }
    }
}
