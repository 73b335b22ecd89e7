package io.wunderproxy.blackbox;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** One HTTP/1.1 connection, byte by byte, for what a client library would hide: framing, keep-alive, early ends. */
final class Wire implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    Wire(int port) throws IOException {
        this("127.0.0.1", port);
    }

    Wire(String address, int port) throws IOException {
        socket = new Socket(InetAddress.getByName(address), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(60_000);
        in = new BufferedInputStream(socket.getInputStream(), 65536);
    }

    record Head(int status, Map<String, String> headers) {
        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }

        boolean closes() {
            return header("Connection").equalsIgnoreCase("close");
        }
    }

    Wire send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Wire send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    Head readHead() throws IOException {
        var statusLine = readLine();
        if (!statusLine.startsWith("HTTP/1.1 ")) {
            throw new IOException("not an HTTP/1.1 status line: " + statusLine);
        }
        var headers = new HashMap<String, String>();
        for (var line = readLine(); !line.isEmpty(); line = readLine()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return new Head(Integer.parseInt(statusLine.substring(9, 12)), headers);
    }

    byte[] readBody(Head head) throws IOException {
        if (!head.header("Content-Length").isEmpty()) {
            return readBytes(Integer.parseInt(head.header("Content-Length")));
        }
        if (!head.header("Transfer-Encoding").equalsIgnoreCase("chunked")) {
            throw new IOException("a response without a length: " + head);
        }
        var body = new ByteArrayOutputStream();
        for (var chunk = readChunk(); chunk.length > 0; chunk = readChunk()) {
            body.write(chunk);
        }
        return body.toByteArray();
    }

    /** The next chunk of a chunked body; the last one is empty. */
    byte[] readChunk() throws IOException {
        var chunk = readBytes(Integer.parseInt(readLine(), 16));
        if (!readLine().isEmpty()) {
            throw new IOException("a chunk longer than announced");
        }
        return chunk;
    }

    byte[] readBytes(int length) throws IOException {
        var bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("closed after " + bytes.length + " of " + length + " bytes");
        }
        return bytes;
    }

    /** True when the other side has closed; waits for that or for a byte. */
    boolean isClosed() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    /** Reads until the other side has closed. */
    void awaitClosed() throws IOException {
        while (!isClosed()) {
            // What comes before that does not matter.
        }
    }

    /** Closes with a reset instead of an orderly end. */
    void abort() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private String readLine() throws IOException {
        var line = new StringBuilder();
        while (true) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("closed in a line: '" + line + "'");
            }
            if (next == '\n') {
                return line.toString();
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
