package io.wunderproxy.proxy;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** One end of an HTTP/2 connection, frame by frame (RFC 9113, section 4.1). */
public final class Http2Wire implements AutoCloseable {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /** Before the header block, RFC 9113, section 6.2. */
    private static final int WITH_PRIORITY = 0x20;

    private static final int PRIORITY_LENGTH = 5;

    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;
    public static final int END_STREAM = 1;
    public static final int END_HEADERS = 4;
    /** The peer could not end what it had begun. */
    static final int INTERNAL_ERROR = 2;
    /** The peer has not looked at the request. */
    static final int REFUSED_STREAM = 7;
    /** The peer asks for less (RFC 9113, section 7). */
    static final int ENHANCE_YOUR_CALM = 11;

    record Frame(int type, int flags, int stream, byte[] payload) {
        /** The error code of RST_STREAM and GOAWAY. */
        int errorCode() {
            return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
        }

        /** The last stream that a GOAWAY does not refuse. */
        int lastStream() {
            return ByteBuffer.wrap(payload).getInt(0);
        }
    }

    final Wire wire;
    private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();

    private Http2Wire(Wire wire) {
        this.wire = wire;
    }

    /** Connects with prior knowledge. */
    public static Http2Wire connect(TestProxy proxy) throws IOException {
        var wire = proxy.connect();
        wire.send(PREFACE);
        return new Http2Wire(wire).add(SETTINGS, 0, 0).flush();
    }

    /** The other end of a connection that the proxy has made. */
    static Http2Wire accept(Wire wire) throws IOException {
        wire.in.readNBytes(PREFACE.length());
        return new Http2Wire(wire).add(SETTINGS, 0, 0).flush();
    }

    /** Adds a frame to those that {@link #flush} sends. */
    Http2Wire add(int type, int flags, int stream, int... payload) {
        unsent.writeBytes(ByteBuffer.allocate(9)
                .putShort((short) (payload.length >> 8))
                .put((byte) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .array());
        for (var next : payload) {
            unsent.write(next);
        }
        return this;
    }

    Http2Wire addAcknowledgement(Frame ping) {
        return add(PING, 1, 0, toInts(ping.payload()));
    }

    /** Adds the head of a request, its fields as literals without indexing (RFC 7541, section 6.2.2). */
    Http2Wire addRequest(int stream, String method, String path, int flags) {
        return addHeaders(stream, flags, ":method", method, ":scheme", "http", ":path", path, ":authority", "a");
    }

    public Http2Wire addHeaders(int stream, int flags, String... namesAndValues) {
        var block = new ByteArrayOutputStream();
        for (var i = 0; i < namesAndValues.length; i += 2) {
            block.write(0);
            for (var text : new String[] {namesAndValues[i], namesAndValues[i + 1]}) {
                writeLength(block, text.length());
                block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
            }
        }
        return add(HEADERS, flags, stream, toInts(block.toByteArray()));
    }

    /** An integer whose prefix has seven bits (RFC 7541, section 5.1). */
    private static void writeLength(ByteArrayOutputStream block, int length) {
        block.write(Math.min(length, 127));
        if (length >= 127) {
            var rest = length - 127;
            for (; rest >= 128; rest /= 128) {
                block.write(rest % 128 + 128);
            }
            block.write(rest);
        }
    }

    private static int[] toInts(byte[] bytes) {
        var ints = new int[bytes.length];
        for (var i = 0; i < bytes.length; i++) {
            ints[i] = bytes[i];
        }
        return ints;
    }

    public Http2Wire flush() throws IOException {
        wire.send(unsent.toByteArray());
        unsent.reset();
        return this;
    }

    /** The next frame; null at the end. */
    Frame read() throws IOException {
        var head = wire.in.readNBytes(9);
        if (head.length < 9) {
            return null;
        }
        var fields = ByteBuffer.wrap(head);
        var length = (head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | head[2] & 0xff;
        return new Frame(head[3], head[4], fields.getInt(5), wire.in.readNBytes(length));
    }

    /** The next frame of this type; null if the connection ends before. */
    Frame read(int type) throws IOException {
        var frame = read();
        while (frame != null && frame.type() != type) {
            frame = read();
        }
        return frame;
    }

    /** The fields of the next HEADERS frame. */
    public Map<String, String> readHeaders() throws IOException {
        var frame = read(HEADERS);
        var block = Unpooled.wrappedBuffer(frame.payload());
        if ((frame.flags() & WITH_PRIORITY) != 0) {
            block.skipBytes(PRIORITY_LENGTH);
        }
        var fields = new LinkedHashMap<String, String>();
        try {
            new DefaultHttp2HeadersDecoder()
                    .decodeHeaders(frame.stream(), block)
                    .forEach(field -> fields.put(
                            field.getKey().toString(), field.getValue().toString()));
        } catch (Http2Exception invalid) {
            throw new IOException(invalid);
        }
        return fields;
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }
}
