package io.wunderproxy.proxy;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An HTTP/2 client of the fuzzer: its requests are streams of one connection, whose frames it mixes. */
final class Http2FuzzClient implements FuzzClient {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int PADDED = 8;
    private static final int PRIORITISED = 32;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int WINDOW = 1 << 24;
    private static final int CANCEL = 8;

    private static final class Stream {
        final FuzzRequest request;
        final ArrayDeque<byte[]> frames = new ArrayDeque<>();
        final List<StrictReader.Field> fields = new ArrayList<>();
        final ByteArrayOutputStream body = new ByteArrayOutputStream();
        int status;
        boolean opened;
        boolean cut;
        boolean ended;
        boolean reset;
        boolean resetQuietly;
        boolean givenUp;

        Stream(FuzzRequest request) {
            this.request = request;
        }
    }

    private final Choices choices;
    private final FuzzSocket socket;
    private final List<Stream> streams = new ArrayList<>();
    private final ByteArrayOutputStream input = new ByteArrayOutputStream();
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);
    private boolean blockEndsStream;
    private int stepsLeft;
    private boolean givenUp;
    private boolean goneAway;
    private String problem;

    Http2FuzzClient(Choices choices, FuzzSocket socket, List<FuzzRequest> requests, boolean mayGiveUp) {
        this.choices = choices;
        this.socket = socket;
        requests.forEach(request -> streams.add(new Stream(request)));
        for (var i = 0; i < streams.size(); i++) {
            plan(streams.get(i), i * 2 + 1, mayGiveUp);
        }
        stepsLeft = mayGiveUp && choices.chance(15) ? choices.upTo(10) : Integer.MAX_VALUE;
        var start = new ByteArrayOutputStream();
        start.writeBytes(FuzzSocket.bytes(PREFACE));
        start.writeBytes(frame(
                Http2Wire.SETTINGS,
                0,
                0,
                ByteBuffer.allocate(6)
                        .putShort((short) INITIAL_WINDOW_SIZE)
                        .putInt(WINDOW)
                        .array()));
        start.writeBytes(frame(
                Http2Wire.WINDOW_UPDATE,
                0,
                0,
                ByteBuffer.allocate(4).putInt(WINDOW).array()));
        socket.send(start.toByteArray());
    }

    private void plan(Stream stream, int id, boolean mayGiveUp) {
        var request = stream.request;
        var frames = new ArrayList<byte[]>();
        var hasBody = request.hasBody;
        var hasTrailers = !request.trailers.isEmpty();
        addHeaders(frames, id, request.fields, !hasBody && !hasTrailers);
        if (hasBody) {
            var length = request.body.length;
            var from = 0;
            do {
                var part = Math.min(length - from, choices.of(1 << 14, 1, 100, 1000));
                var last = from + part == length;
                var endsHere = last && !hasTrailers && choices.chance(70);
                var data = Arrays.copyOfRange(request.body, from, from + part);
                var padding = choices.chance(10) ? choices.upTo(20) : -1;
                if (padding >= 0) {
                    var padded = new byte[1 + part + padding];
                    padded[0] = (byte) padding;
                    System.arraycopy(data, 0, padded, 1, part);
                    data = padded;
                }
                frames.add(frame(
                        Http2Wire.DATA, (endsHere ? Http2Wire.END_STREAM : 0) | (padding >= 0 ? PADDED : 0), id, data));
                from += part;
                if (last && !endsHere && !hasTrailers) {
                    frames.add(frame(Http2Wire.DATA, Http2Wire.END_STREAM, id, new byte[0]));
                }
            } while (from < length);
        }
        if (hasTrailers) {
            addHeaders(frames, id, request.trailers, true);
        }
        if (mayGiveUp && choices.chance(15)) {
            var keep = 1 + choices.upTo(frames.size());
            stream.cut = keep < frames.size();
            while (frames.size() > keep) {
                frames.removeLast();
            }
            frames.add(frame(
                    Http2Wire.RST_STREAM,
                    0,
                    id,
                    ByteBuffer.allocate(4).putInt(CANCEL).array()));
            stream.givenUp = true;
        }
        stream.frames.addAll(frames);
    }

    private void addHeaders(List<byte[]> frames, int id, List<String> fields, boolean end) {
        var encoded = new ByteArrayOutputStream();
        for (var i = 0; i < fields.size(); i += 2) {
            encoded.write(0);
            addText(encoded, fields.get(i));
            addText(encoded, fields.get(i + 1));
        }
        var all = encoded.toByteArray();
        var endFlag = end ? Http2Wire.END_STREAM : 0;
        if (choices.chance(10)) {
            // Nothing may come between the two, so they are sent together.
            var at = 1 + choices.upTo(all.length - 1);
            var both = new ByteArrayOutputStream();
            both.writeBytes(frame(Http2Wire.HEADERS, endFlag, id, Arrays.copyOf(all, at)));
            both.writeBytes(
                    frame(Http2Wire.CONTINUATION, Http2Wire.END_HEADERS, id, Arrays.copyOfRange(all, at, all.length)));
            frames.add(both.toByteArray());
        } else {
            frames.add(frame(Http2Wire.HEADERS, endFlag | Http2Wire.END_HEADERS, id, all));
        }
    }

    /** A string literal without Huffman coding (RFC 7541, section 5.2). */
    private static void addText(ByteArrayOutputStream out, String text) {
        var bytes = FuzzSocket.bytes(text);
        if (bytes.length < 127) {
            out.write(bytes.length);
        } else {
            out.write(127);
            var rest = bytes.length - 127;
            for (; rest >= 128; rest /= 128) {
                out.write(rest % 128 + 128);
            }
            out.write(rest);
        }
        out.writeBytes(bytes);
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    @Override
    public boolean canAct() {
        return !socket.isOver()
                && !socket.hasUnsent()
                && !givenUp
                && (stepsLeft <= 0 || streams.stream().anyMatch(this::canSend));
    }

    private boolean canSend(Stream stream) {
        // Streams must be opened in order, and nothing more is wanted of one that was reset.
        return !stream.frames.isEmpty()
                && !stream.reset
                && streams.stream().takeWhile(before -> before != stream).allMatch(before -> before.opened);
    }

    @Override
    public void act() {
        if (stepsLeft-- <= 0) {
            givenUp = true;
            if (choices.chance(50)) {
                socket.abort();
            } else {
                socket.finish();
            }
            return;
        }
        var able = streams.stream().filter(this::canSend).toList();
        var stream = able.get(choices.upTo(able.size()));
        stream.opened = true;
        stream.request.sentAfter = Math.min(stream.request.sentAfter, socket.eventsSoFar());
        socket.send(stream.frames.remove());
        if (stream.frames.size() == (stream.givenUp ? 1 : 0) && !stream.cut) {
            stream.request.sent = true;
        }
    }

    @Override
    public boolean pump() {
        var moved = socket.flush();
        for (var bytes = socket.read(); bytes != null; bytes = socket.read()) {
            input.writeBytes(bytes);
            moved = true;
        }
        if (moved) {
            readFrames();
        }
        return moved;
    }

    private void readFrames() {
        var buffer = ByteBuffer.wrap(input.toByteArray());
        while (buffer.remaining() >= 9 && problem == null) {
            var length = buffer.getInt(buffer.position()) >>> 8;
            if (buffer.remaining() < 9 + length) {
                break;
            }
            var type = buffer.get(buffer.position() + 3);
            var flags = buffer.get(buffer.position() + 4);
            var id = buffer.getInt(buffer.position() + 5);
            var payload = new byte[length];
            buffer.position(buffer.position() + 9).get(payload);
            take(type, flags, id, payload);
        }
        input.reset();
        input.write(buffer.array(), buffer.position(), buffer.remaining());
    }

    private void take(int type, int flags, int id, byte[] payload) {
        switch (type) {
            case Http2Wire.SETTINGS -> {
                if ((flags & 1) == 0) {
                    socket.send(frame(Http2Wire.SETTINGS, 1, 0, new byte[0]));
                }
            }
            case Http2Wire.PING -> {
                if ((flags & 1) == 0) {
                    socket.send(frame(Http2Wire.PING, 1, 0, payload));
                }
            }
            case Http2Wire.GOAWAY -> goneAway = true;
            case Http2Wire.HEADERS, Http2Wire.CONTINUATION -> {
                if (type == Http2Wire.HEADERS) {
                    blockEndsStream = (flags & Http2Wire.END_STREAM) != 0;
                }
                block.writeBytes(type == Http2Wire.HEADERS ? fragment(flags, payload) : payload);
                if ((flags & Http2Wire.END_HEADERS) != 0) {
                    takeHeaders(id);
                }
            }
            case Http2Wire.DATA -> takeData(flags, id, payload);
            case Http2Wire.RST_STREAM -> {
                var stream = streamOf(id);
                if (stream != null) {
                    stream.reset = true;
                    stream.resetQuietly = ByteBuffer.wrap(payload).getInt() == 0;
                }
            }
            default -> {}
        }
    }

    /** Without padding and priority (RFC 9113, section 6.2). */
    private static byte[] fragment(int flags, byte[] payload) {
        var padded = (flags & PADDED) != 0;
        var from = (padded ? 1 : 0) + ((flags & PRIORITISED) != 0 ? 5 : 0);
        return Arrays.copyOfRange(payload, from, payload.length - (padded ? payload[0] & 0xff : 0));
    }

    private Stream streamOf(int id) {
        if (id < 1 || id % 2 == 0 || id / 2 >= streams.size()) {
            problem = "a frame on stream " + id;
            return null;
        }
        return streams.get(id / 2);
    }

    private void takeHeaders(int id) {
        var stream = streamOf(id);
        if (stream == null) {
            return;
        }
        if (stream.ended || stream.reset) {
            problem = "headers behind the end of stream " + id;
        }
        try {
            var headers = decoder.decodeHeaders(id, Unpooled.wrappedBuffer(block.toByteArray()));
            block.reset();
            var status = headers.status();
            if (status == null && stream.status < 200) {
                problem = "a response without a status on stream " + id;
            } else if (status != null) {
                stream.status = Integer.parseInt(status.toString());
                stream.fields.clear();
                headers.forEach(header -> stream.fields.add(new StrictReader.Field(
                        header.getKey().toString(), header.getValue().toString())));
                for (var name : List.of("connection", "transfer-encoding", "keep-alive", "upgrade")) {
                    if (headers.contains(name)) {
                        problem = name + " on stream " + id;
                    }
                }
            }
            stream.ended |= blockEndsStream;
        } catch (Http2Exception wrong) {
            problem = "headers that can't be read on stream " + id + ": " + wrong.getMessage();
        }
    }

    private void takeData(int flags, int id, byte[] payload) {
        var stream = streamOf(id);
        if (stream == null) {
            return;
        }
        if (stream.status < 200 || stream.ended || stream.reset) {
            problem = "data before or behind a response on stream " + id;
        }
        var padding = (flags & PADDED) != 0 ? 1 + (payload[0] & 0xff) : 0;
        stream.body.write(payload, padding == 0 ? 0 : 1, payload.length - padding);
        stream.ended |= (flags & Http2Wire.END_STREAM) != 0;
    }

    @Override
    public String problem() {
        return problem == null ? null : socket.name + " gets " + problem;
    }

    @Override
    public List<FuzzRequest> requests() {
        return streams.stream().map(stream -> stream.request).toList();
    }

    @Override
    public List<Outcome> outcomes() {
        var outcomes = new ArrayList<Outcome>();
        for (var stream : streams) {
            if (stream.status >= 200 || stream.reset) {
                // A reset without an error says that all is well.
                var complete = stream.ended || stream.reset && stream.resetQuietly;
                outcomes.add(new Outcome(
                        stream.request,
                        stream.status,
                        stream.fields,
                        stream.body.toByteArray(),
                        complete && !differs(stream),
                        false));
            }
        }
        return outcomes;
    }

    /** Whether the length shows that something is missing. */
    private static boolean differs(Stream stream) {
        var length = stream.fields.stream()
                .filter(field -> field.name().equals("content-length"))
                .findFirst();
        return length.isPresent()
                && !stream.request.method.equals("HEAD")
                && stream.status != 304
                && Long.parseLong(length.get().value()) != stream.body.size();
    }

    @Override
    public boolean hasGivenUp() {
        return givenUp;
    }

    @Override
    public boolean isOwed(FuzzRequest request) {
        var stream = streams.stream()
                .filter(one -> one.request == request)
                .findFirst()
                .orElseThrow();
        return !givenUp && !stream.givenUp && request.valid && request.sent && !goneAway && !isCutOffForAnother();
    }

    /** One that is wrong may cost the others their connection. */
    private boolean isCutOffForAnother() {
        return socket.isOver() && streams.stream().anyMatch(stream -> !stream.request.valid);
    }

    /** Whether nothing more comes for it. */
    boolean isOver(FuzzRequest request) {
        return streams.stream().anyMatch(stream -> stream.request == request && (stream.ended || stream.reset));
    }

    @Override
    public FuzzSocket socket() {
        return socket;
    }

    @Override
    public byte[] after() {
        return new byte[0];
    }
}
