package io.wunderproxy.proxy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An HTTP/1.1 message as it came over the wire, for requests that a backend gets and responses that a client gets. */
public record Message(String startLine, List<String> headerLines, byte[] bytes, List<String> trailerLines) {
    public int status() {
        return Integer.parseInt(startLine.split(" ")[1]);
    }

    public String method() {
        return startLine.split(" ")[0];
    }

    public String target() {
        return startLine.split(" ")[1];
    }

    public String body() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    public Optional<String> header(String name) {
        return headers(name).stream().findFirst();
    }

    public List<String> headers(String name) {
        return headerLines.stream()
                .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                .map(line -> line.substring(name.length() + 1).strip())
                .toList();
    }

    /** Reads only the head; null at the end of the stream. */
    static Message readHead(InputStream in) throws IOException {
        var start = readLine(in);
        return start == null ? null : new Message(start, readLines(in), new byte[0], List.of());
    }

    /** Reads a whole message; null at the end of the stream. */
    static Message read(InputStream in, boolean mayHaveBody) throws IOException {
        var head = readHead(in);
        if (head == null || !mayHaveBody) {
            return head;
        }
        if (head.header("Transfer-Encoding").isPresent()) {
            var body = new ByteArrayOutputStream();
            while (true) {
                var size = Integer.parseInt(readLine(in).split(";")[0].strip(), 16);
                if (size == 0) {
                    return new Message(head.startLine, head.headerLines, body.toByteArray(), readLines(in));
                }
                body.write(readExactly(in, size));
                readLine(in);
            }
        }
        var length = head.header("Content-Length").map(Integer::parseInt);
        var isRequest = !head.startLine.startsWith("HTTP/");
        var body = length.isPresent() ? readExactly(in, length.get()) : isRequest ? new byte[0] : in.readAllBytes();
        return new Message(head.startLine, head.headerLines, body, List.of());
    }

    public static String readLine(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (var c = in.read(); ; c = in.read()) {
            if (c < 0) {
                if (line.size() == 0) {
                    return null;
                }
                throw new EOFException("cut off within a line: " + line);
            }
            if (c == '\n') {
                return line.toString(StandardCharsets.ISO_8859_1);
            }
            if (c != '\r') {
                line.write(c);
            }
        }
    }

    private static List<String> readLines(InputStream in) throws IOException {
        var lines = new ArrayList<String>();
        for (var line = readLine(in); line == null || !line.isEmpty(); line = readLine(in)) {
            if (line == null) {
                throw new EOFException("cut off within the headers");
            }
            lines.add(line);
        }
        return lines;
    }

    private static byte[] readExactly(InputStream in, int size) throws IOException {
        var bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException("cut off after " + bytes.length + " of " + size + " bytes");
        }
        return bytes;
    }
}
