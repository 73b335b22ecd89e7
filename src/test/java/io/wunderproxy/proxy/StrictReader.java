package io.wunderproxy.proxy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Reads a stream of HTTP/1.1 messages by the letter of RFC 9112, and takes nothing else: every byte belongs to exactly
 * one well-formed message, or there is a {@link #problem}. Shares no code with the proxy.
 */
final class StrictReader {
    /** How a message's end is found. */
    enum Framing {
        NONE,
        LENGTH,
        CHUNKED,
        TO_END,
        /** Another protocol follows. */
        SWITCHED
    }

    record Field(String name, String value) {}

    /** One message, as far as it has come. */
    static final class Read {
        final String start;
        final List<Field> fields;
        final List<Field> trailers = new ArrayList<>();
        final ByteArrayOutputStream body = new ByteArrayOutputStream();
        Framing framing;
        boolean complete;

        Read(String start, List<Field> fields) {
            this.start = start;
            this.fields = fields;
        }

        /** The value of the only field of this name; null if there is none. */
        String field(String name) {
            var values = fields(name);
            return values.isEmpty() ? null : values.getFirst();
        }

        List<String> fields(String name) {
            return fields.stream()
                    .filter(field -> field.name.equalsIgnoreCase(name))
                    .map(Field::value)
                    .toList();
        }

        String method() {
            return start.split(" ")[0];
        }

        String target() {
            return start.split(" ")[1];
        }

        int status() {
            return Integer.parseInt(start.substring(9, 12));
        }
    }

    private enum State {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILERS,
        REST
    }

    private static final int LONGEST_LINE = 100_000;

    private final boolean requests;
    private final Predicate<Read> special;
    /** What comes in another protocol. */
    final ByteArrayOutputStream after = new ByteArrayOutputStream();

    private final List<Read> messages = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private byte[] buffer = new byte[4096];
    private int start;
    private int end;
    private State state = State.HEAD;
    private Read current;
    private long left;
    private String problem;

    private StrictReader(boolean requests, Predicate<Read> special) {
        this.requests = requests;
        this.special = special;
    }

    /** Requests. The function knows of one behind which another protocol begins. */
    static StrictReader ofRequests(Predicate<Read> switching) {
        return new StrictReader(true, switching);
    }

    /** Responses. The function knows of a final one that has no body because it is to HEAD. */
    static StrictReader ofResponses(Predicate<Read> bodiless) {
        return new StrictReader(false, bodiless);
    }

    /** All messages of which the head has come, interim responses too. */
    List<Read> messages() {
        return messages;
    }

    /** What is not HTTP; null if all is well. */
    String problem() {
        return problem;
    }

    /** Whether the next byte begins a message. */
    boolean isBetweenMessages() {
        return state == State.HEAD && lines.isEmpty() && start == end;
    }

    /** The stream has ended in an orderly way. */
    void end() {
        if (state == State.REST && current.framing == Framing.TO_END) {
            current.complete = true;
        }
    }

    void add(byte[] bytes, int length) {
        if (end + length > buffer.length) {
            buffer = Arrays.copyOfRange(buffer, start, Math.max(buffer.length, (end - start + length) * 2) + start);
            end -= start;
            start = 0;
        }
        System.arraycopy(bytes, 0, buffer, end, length);
        end += length;
        while (problem == null && step()) {
            // One element after the other.
        }
    }

    private boolean step() {
        return switch (state) {
            case HEAD -> readHeadLine();
            case BODY -> readBody(State.HEAD);
            case CHUNK_SIZE -> readChunkSize();
            case CHUNK -> readBody(State.CHUNK_END);
            case CHUNK_END -> readChunkEnd();
            case TRAILERS -> readTrailer();
            case REST -> readRest();
        };
    }

    private boolean wrong(String what) {
        problem = what;
        return false;
    }

    /** The next line without its end; null if it is not there yet or wrong. */
    private String line() {
        for (var i = start; i < end; i++) {
            if (buffer[i] == '\n') {
                return lineFeed("a bare line feed");
            }
            if (buffer[i] == '\r') {
                if (i + 1 == end) {
                    return null;
                }
                if (buffer[i + 1] != '\n') {
                    return lineFeed("a bare carriage return");
                }
                var line = new String(buffer, start, i - start, StandardCharsets.ISO_8859_1);
                start = i + 2;
                return line;
            }
        }
        return end - start > LONGEST_LINE ? lineFeed("an endless line") : null;
    }

    private String lineFeed(String what) {
        problem = what + " in: " + new String(buffer, start, Math.min(end - start, 200), StandardCharsets.ISO_8859_1);
        return null;
    }

    private boolean readHeadLine() {
        var line = line();
        if (line == null) {
            return false;
        }
        if (!line.isEmpty()) {
            lines.add(line);
            return true;
        }
        if (lines.isEmpty()) {
            return wrong("an empty line where a message begins");
        }
        var fields = new ArrayList<Field>();
        for (var text : lines.subList(1, lines.size())) {
            if (!addField(fields, text)) {
                return false;
            }
        }
        current = new Read(lines.getFirst(), fields);
        lines.clear();
        messages.add(current);
        return requests ? beginRequest() : beginResponse();
    }

    private boolean addField(List<Field> fields, String line) {
        var colon = line.indexOf(':');
        if (colon < 1 || !isToken(line.substring(0, colon))) {
            return wrong("not a field: " + line);
        }
        for (var i = colon; i < line.length(); i++) {
            var c = line.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f) {
                return wrong("a control character in: " + line);
            }
        }
        fields.add(new Field(line.substring(0, colon), line.substring(colon + 1).strip()));
        return true;
    }

    private static boolean isToken(String text) {
        return !text.isEmpty()
                && text.chars()
                        .allMatch(c -> c >= 'a' && c <= 'z'
                                || c >= 'A' && c <= 'Z'
                                || c >= '0' && c <= '9'
                                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
    }

    private boolean beginRequest() {
        var words = current.start.split(" ", -1);
        if (words.length != 3
                || !isToken(words[0])
                || words[1].isEmpty()
                || !words[1].chars().allMatch(c -> c > ' ' && c < 0x7f)
                || !words[2].equals("HTTP/1.1")) {
            return wrong("not a request line: " + current.start);
        }
        if (current.fields("Host").size() > 1) {
            return wrong("several Host fields");
        }
        return begin(Framing.NONE);
    }

    private boolean beginResponse() {
        if (!current.start.matches("HTTP/1\\.[01] [1-9][0-9][0-9] [\\t -~\\x80-\\xff]*")) {
            return wrong("not a status line: " + current.start);
        }
        var status = current.status();
        if (status == 101) {
            state = State.REST;
            current.framing = Framing.SWITCHED;
            current.complete = true;
            return true;
        }
        var framed = current.field("Transfer-Encoding") != null || current.field("Content-Length") != null;
        if (status < 200 || status == 204) {
            return framed ? wrong("a length on: " + current.start) : isComplete(Framing.NONE);
        }
        if (status == 304 || special.test(current)) {
            return isComplete(Framing.NONE);
        }
        return begin(Framing.TO_END);
    }

    private boolean begin(Framing otherwise) {
        var codings = current.fields("Transfer-Encoding");
        var lengths = current.fields("Content-Length");
        if (codings.size() + lengths.size() > 1) {
            return wrong("more than one framing: " + codings + " and " + lengths);
        }
        if (!codings.isEmpty()) {
            current.framing = Framing.CHUNKED;
            state = State.CHUNK_SIZE;
            return codings.getFirst().equalsIgnoreCase("chunked") || wrong("an unknown coding: " + codings);
        }
        if (!lengths.isEmpty()) {
            if (!lengths.getFirst().matches("[0-9]{1,15}")) {
                return wrong("not a length: " + lengths);
            }
            left = Long.parseLong(lengths.getFirst());
            current.framing = Framing.LENGTH;
            state = State.BODY;
            return left > 0 || isComplete(Framing.LENGTH);
        }
        if (otherwise == Framing.NONE) {
            return isComplete(Framing.NONE);
        }
        current.framing = otherwise;
        state = State.REST;
        return true;
    }

    private boolean isComplete(Framing framing) {
        current.framing = framing;
        current.complete = true;
        state = requests && special.test(current) ? State.REST : State.HEAD;
        return true;
    }

    private boolean readBody(State next) {
        if (start == end) {
            return false;
        }
        var part = (int) Math.min(left, end - start);
        current.body.write(buffer, start, part);
        start += part;
        left -= part;
        if (left > 0) {
            return false;
        }
        state = next;
        return next != State.HEAD || isComplete(Framing.LENGTH);
    }

    private boolean readChunkSize() {
        var line = line();
        if (line == null) {
            return false;
        }
        if (!line.matches("[0-9a-fA-F]{1,8}(;[\\t -~\\x80-\\xff]*)?")) {
            return wrong("not the size of a chunk: " + line);
        }
        left = Long.parseLong(line.split(";")[0], 16);
        state = left == 0 ? State.TRAILERS : State.CHUNK;
        return true;
    }

    private boolean readChunkEnd() {
        if (end - start < 2) {
            return false;
        }
        if (buffer[start] != '\r' || buffer[start + 1] != '\n') {
            return wrong("a chunk that is longer than its size");
        }
        start += 2;
        state = State.CHUNK_SIZE;
        return true;
    }

    private boolean readTrailer() {
        var line = line();
        if (line == null) {
            return false;
        }
        return line.isEmpty() ? isComplete(Framing.CHUNKED) : addField(current.trailers, line);
    }

    private boolean readRest() {
        (current.framing == Framing.TO_END ? current.body : after).write(buffer, start, end - start);
        start = end;
        return false;
    }
}
