package io.wunderproxy.proxy.vertx;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.wunderproxy.proxy.body.BodyEncoder;
import io.wunderproxy.proxy.body.BodyOptions;
import io.wunderproxy.proxy.body.Buffers;
import io.wunderproxy.proxy.loop.ProxyWorker;
import io.wunderproxy.proxy.loop.ResponsePacer;

/**
 * The body of one response on its way to the client: compressed if need be, its beginning sent together with the head. A
 * client that is slow gets it from memory, then from a temporary file, and only then the backend is held back.
 */
final class ResponseBody implements ResponsePacer.Receiver {
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
    private final ClientConnection client;
    private final ResponsePacer pacer;
    private BodyEncoder encoder;
    private boolean endsWithConnection;
    private Head head = Head.AWAITED;
    private Buffer held;
    private long sent;

    ResponseBody(
            HttpServerResponse response, ProxyWorker worker, ClientConnection client, ResponsePacer.Source source) {
        this.response = response;
        this.client = client;
        pacer = new ResponsePacer(worker, client.channel(), client.memory(), this, source);
    }

    /**
     * The head is there; it waits for the first part of the body, so that a small response is one write.
     *
     * @param encoding compresses the body; null if it stays as it is
     * @param isStream whether its parts mean something by themselves, so that none of them may wait in a file
     */
    void begin(BodyEncoder encoding, boolean isStream, BodyOptions options) {
        encoder = encoding;
        pacer.begin(isStream, options);
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
        return pacer.isAwaitingClient();
    }

    /** How often the client has taken what was waiting for it. */
    long timesTaken() {
        return pacer.timesTaken();
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
        if (!client.channel().isWritable()) {
            pacer.waitFor(client::whenWritable);
        }
    }

    /** The response comes from another connection from now on, which is held back if that before it was. */
    void sourceChanged() {
        pacer.sourceChanged();
    }

    /** Takes over a part. */
    void add(ByteBuf data) {
        if (encoder != null) {
            var part = encoder.encode(Buffers.take(data));
            if (part.length() > 0) {
                forward(part);
            }
        } else {
            forward(
                    pacer.isStoring() || data.readableBytes() < WORTH_SHARING
                            ? Buffers.take(data)
                            : Buffers.share(data));
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
        if (pacer.isStoring()) {
            pacer.store(part);
        } else {
            send(part);
            pacer.sent();
        }
    }

    @Override
    public void send(Buffer part) {
        response.write(part, Buffers.releasing(part, client.countingUnsent(response, part.length())));
        client.countOutput();
    }

    @Override
    public boolean isFull() {
        return response.writeQueueFull();
    }

    @Override
    public void whenRoom(Runnable step) {
        response.drainHandler(drained -> step.run());
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
        return pacer.end(then);
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
        releaseHeld();
        closeEncoder();
        pacer.close();
    }
}
