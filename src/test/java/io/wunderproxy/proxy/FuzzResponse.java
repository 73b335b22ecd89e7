package io.wunderproxy.proxy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;

/** What a backend says to one request: bytes, when they are sent, and what a client must and must not take them for. */
final class FuzzResponse {
    static final String SERIAL = "X-Fuzz-Serial";

    /** When it begins. */
    enum Begin {
        AT_END,
        AT_HEAD,
        IN_BODY
    }

    /** What happens behind its last byte. */
    enum Ending {
        STAY,
        FINISH,
        RESET
    }

    /** What a client may see of it once it is all sent. */
    enum Kind {
        /** It is complete and must be seen as complete. */
        WHOLE,
        /** It is complete by some reading; it may be refused. */
        ODD,
        /** It must not be seen as complete. */
        BROKEN,
        /** Its head can't be understood: no byte of it may be seen, but a 502 that says so. */
        INVALID,
        /** Bytes were changed at random; it may be anything. */
        ANY
    }

    private static final String[] ODDITIES = {
        "X-Empty:",
        "Set-Cookie: a=1\r\nSet-Cookie: b=2",
        "Keep-Alive: timeout=5",
        "Connection: keep-alive",
        "Connection: close",
        "Connection: X-Hop\r\nX-Hop: 1",
        "Connection: close, X-Hop\r\nX-Hop: 1",
        "Upgrade: h2c",
        "Proxy-Authenticate: Basic",
        "Content-Type: application/json\r\nETag: \"v1\"",
        "Content-Type: text/event-stream",
        "Trailer: X-Behind",
        "Vary: *",
        "X-Long: " + "long".repeat(1000),
        "Transfer_Encoding: chunked",
    };

    private static final String[] ODD = {
        "X-Fold: a\r\n b", "X-Colon : 1", "Content-Length: 5", "Transfer-Encoding: chunked", "X-Nul: a\0b", "no colon"
    };

    private static final String[] BROKEN = {
        "Content-Length: 7\r\nContent-Length: 8",
        "Content-Length: -1",
        "Content-Length: x",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, identity",
    };

    private static final String[] INVALID = {
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity",
        "X-A: a\1b",
        "X@A: b"
    };

    private static final String[] INVALID_STATUS = {
        "99", "099", "000", "20", "1000", "20x", "+20", "-20", "2e2", "0x200"
    };

    private static final String[] INVALID_INTERIM = {
        "HTTP/1.1 103 Early Hints\r\nX(A: b\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nX-A: a\1b\r\n\r\n",
        "HTTP/1.1 102 Processing\r\nX@A: b\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 99 Low\r\n\r\n",
        "HTTP/1.2 100 Continue\r\n\r\n",
    };

    /** What a client must never see. */
    private static final String FORGED = "HTTP/1.1 200 OK\r\nX-Forged: 1\r\nContent-Length: 6\r\n\r\nforged";

    final int serial;
    final int requestId;
    Begin begin = Begin.AT_END;
    Ending ending = Ending.STAY;
    Kind kind = Kind.WHOLE;
    int status = 200;
    byte[] body = {};
    /** Whether it ends with the connection. */
    boolean toEnd;
    /** Whether the backend speaks another protocol behind it. */
    boolean switches;
    /** What is still to be sent. */
    final ArrayDeque<byte[]> parts = new ArrayDeque<>();
    /** How many of the parts belong to it; more may follow that nobody has asked for. */
    int own;
    /** Whether bytes follow it that nobody has asked for. */
    boolean hasSurplus;
    /** How many events the case had when its last bytes, or those that nobody has asked for, were sent. */
    int sentAt;
    /** Sent when the connection is idle. */
    byte[] late;

    boolean cut;
    private boolean awaitsContinue;

    private FuzzResponse(int serial, int requestId) {
        this.serial = serial;
        this.requestId = requestId;
    }

    /** One that nothing is wrong with. */
    static FuzzResponse plain(int serial, int requestId, boolean head) {
        var response = new FuzzResponse(serial, requestId);
        response.body = FuzzRequest.bodyOf("p" + serial, 20, false);
        response.parts.add(join(
                FuzzSocket.bytes("HTTP/1.1 200 OK\r\n" + response.echo(head) + "Content-Length: 20\r\n\r\n"),
                head ? new byte[0] : response.body));
        response.own = 1;
        if (head) {
            response.body = new byte[0];
        }
        return response;
    }

    private String echo(boolean head) {
        return SERIAL + ": " + serial + "\r\n" + FuzzRequest.ID + ": " + requestId + "\r\n"
                + (head ? "X-Fuzz-Head: 1\r\n" : "");
    }

    /** Whether the client may take it for complete now. */
    boolean isComplete() {
        return !cut && own <= 0;
    }

    static FuzzResponse draw(Choices choices, int serial, int requestId, boolean head) {
        var response = new FuzzResponse(serial, requestId);
        response.begin = choices.of(Begin.AT_END, Begin.AT_END, Begin.AT_END, Begin.AT_HEAD, Begin.IN_BODY);
        response.drawMessage(choices, head);
        return response;
    }

    /** One that agrees to speak another protocol, and begins with it at once or later. */
    static FuzzResponse switching(Choices choices, int serial, int requestId) {
        var response = new FuzzResponse(serial, requestId);
        response.switches = true;
        response.status = 101;
        response.body = FuzzRequest.bodyOf("s" + serial, choices.of(10, 0, 5000), false);
        var head = FuzzSocket.bytes("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n"
                + response.echo(false) + "\r\n");
        if (choices.chance(50)) {
            response.parts.add(join(head, response.body));
        } else {
            response.parts.add(head);
            response.parts.add(response.body);
        }
        response.own = response.parts.size();
        return response;
    }

    private void drawMessage(Choices choices, boolean head) {
        status = choices.of(200, 200, 200, 404, 204, 304, 500, 201, 599, 206);
        var bodiless = head || status == 204 || status == 304;
        var length = choices.of(20, 0, 1, 300, 5000, 40_000, 300_000);
        var content = FuzzRequest.bodyOf("r" + serial, length, false);
        if (choices.chance(15)) {
            content = Arrays.copyOf(FuzzSocket.bytes(FORGED.repeat(1 + length / FORGED.length())), length);
        }
        var framing = choices.of(0, 0, 1, 1, 2);
        var lines = new StringBuilder();
        for (var interim = choices.chance(12) ? choices.of(1, 2, 5) : 0; interim > 0; interim--) {
            lines.append(choices.of(
                    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
                    "HTTP/1.1 100 Continue\r\n\r\n",
                    "HTTP/1.1 102 Processing\r\n\r\n",
                    "HTTP/1.1 199 \r\nX-A: b\r\n\r\n"));
        }
        var wrong = choices.chance(8) ? choices.of(1, 2, 3) : 0;
        if (wrong > 0) {
            kind = Kind.INVALID;
        }
        if (wrong == 1) {
            lines.append(INVALID_INTERIM[choices.upTo(INVALID_INTERIM.length)]);
        }
        var version = choices.chance(5) ? "HTTP/1.0" : "HTTP/1.1";
        lines.append(version)
                .append(' ')
                .append(wrong == 2 ? INVALID_STATUS[choices.upTo(INVALID_STATUS.length)] : String.valueOf(status))
                .append(choices.of(" OK", " ", " a b\tc"))
                .append("\r\n");
        lines.append(echo(head));
        for (var more = choices.of(0, 0, 1, 2); more > 0; more--) {
            lines.append(ODDITIES[choices.upTo(ODDITIES.length)]).append("\r\n");
        }
        if (wrong == 3) {
            lines.append(INVALID[choices.upTo(INVALID.length)]).append("\r\n");
        } else if (wrong == 0 && choices.chance(6)) {
            kind = Kind.ODD;
            lines.append(ODD[choices.upTo(ODD.length)]).append("\r\n");
        } else if (wrong == 0 && choices.chance(5) && !bodiless) {
            kind = framing == 1 ? Kind.ODD : Kind.BROKEN;
            lines.append(BROKEN[choices.upTo(BROKEN.length)]).append("\r\n");
        }
        if (framing == 0 && status != 204 || framing == 0 && choices.chance(30)) {
            lines.append("Content-Length: ").append(length).append("\r\n");
            if (status == 204) {
                makeOdd();
            }
        } else if (framing == 1) {
            if (version.equals("HTTP/1.0") || status == 204) {
                makeOdd();
            }
            lines.append("Transfer-Encoding: chunked\r\n");
        } else if (!bodiless) {
            toEnd = true;
        }
        parts.add(FuzzSocket.bytes(lines.append("\r\n").toString()));
        if (!bodiless) {
            body = content;
            addBody(choices, framing);
        } else if (choices.chance(20)) {
            // A body that nobody may take for one.
            own = parts.size();
            awaitsContinue = true;
            addBody(choices, framing, content);
        }
        if (own == 0) {
            own = parts.size();
        }
        if (choices.chance(40)) {
            joinParts(choices);
        }
        drawEnd(choices);
    }

    private void makeOdd() {
        if (kind == Kind.WHOLE) {
            kind = Kind.ODD;
        }
    }

    private void addBody(Choices choices, int framing) {
        addBody(choices, framing, body);
    }

    private void addBody(Choices choices, int framing, byte[] content) {
        for (var from = 0; from < content.length; ) {
            var length = Math.min(content.length - from, choices.of(1 << 20, 1, 7, 1000, 65_536));
            var piece = Arrays.copyOfRange(content, from, from + length);
            parts.add(
                    framing == 1
                            ? join(
                                    FuzzSocket.bytes(Integer.toHexString(length) + choices.of("", "", ";a=b") + "\r\n"),
                                    piece,
                                    FuzzSocket.bytes("\r\n"))
                            : piece);
            from += length;
        }
        if (framing == 1) {
            parts.add(FuzzSocket.bytes(
                    !awaitsContinue && choices.chance(6)
                            ? badLastChunk(choices)
                            : "0\r\n" + (choices.chance(15) ? "X-Behind: 1\r\n" : "") + "\r\n"));
        }
    }

    private String badLastChunk(Choices choices) {
        kind = kind == Kind.INVALID ? kind : Kind.BROKEN;
        return choices.of(
                "g\r\n\r\n", "5\r\nab\r\n0\r\n\r\n", "-1\r\n\r\n", "ffffffffff\r\n", "0x0\r\n\r\n", "5\r\nabcdefg\r\n");
    }

    /** Makes one part of several, as they come when a backend writes them at once. */
    private void joinParts(Choices choices) {
        var all = new ArrayDeque<>(parts);
        var count = own;
        parts.clear();
        own = 0;
        while (!all.isEmpty()) {
            var many = choices.of(100, 2, 1);
            var out = new ByteArrayOutputStream();
            while (many-- > 0 && !all.isEmpty()) {
                out.writeBytes(all.remove());
                count--;
            }
            parts.add(out.toByteArray());
            // What follows the response in the same part is sent with it.
            if (count <= 0 && own == 0) {
                own = parts.size();
            }
        }
    }

    private void drawEnd(Choices choices) {
        ending = toEnd ? Ending.FINISH : Ending.STAY;
        switch (choices.of(0, 0, 0, 0, 1, 2, 3, 4, 5)) {
            case 0 -> {}
            case 1 -> {
                parts.add(FuzzSocket.bytes(choices.of(FORGED, "\r\n", "x", "HTTP/1.1 100 Continue\r\n\r\n")));
                hasSurplus = true;
            }
            case 2 -> late = FuzzSocket.bytes(choices.of(FORGED, "\r\n", "x", "HTTP/1.1 408 Timeout\r\n\r\n"));
            // A reset takes back what the proxy has not read yet.
            case 3 -> ending = body.length > 5000 ? Ending.FINISH : choices.of(Ending.FINISH, Ending.RESET);
            case 4 -> cutOff(choices);
            default -> {
                kind = Kind.ANY;
                mutate(choices);
            }
        }
        if (toEnd) {
            if (parts.size() > own) {
                // Whatever comes belongs to it.
                kind = Kind.ANY;
            }
            late = null;
            if (ending == Ending.STAY) {
                ending = Ending.FINISH;
            }
            cut |= ending == Ending.RESET;
        }
    }

    /** Leaves off somewhere, at least one byte before the end. */
    private void cutOff(Choices choices) {
        while (parts.size() > own) {
            parts.removeLast();
        }
        var all = parts.stream().mapToInt(part -> part.length).sum();
        var keep = choices.chance(70) ? all - 1 - choices.upTo(Math.min(all, 50)) : choices.upTo(all);
        var whole = new ArrayDeque<>(parts);
        parts.clear();
        for (var part : whole) {
            var rest = Math.min(part.length, keep);
            if (rest > 0) {
                parts.add(Arrays.copyOf(part, rest));
            }
            keep -= rest;
        }
        own = parts.size();
        ending = choices.of(Ending.FINISH, Ending.RESET);
        // One that ends with the connection can't be distinguished from a shorter one; whether it was cut is anybody's
        // guess.
        cut = true;
        if (toEnd && ending == Ending.FINISH || awaitsContinue) {
            kind = Kind.ANY;
        }
    }

    private void mutate(Choices choices) {
        var first = parts.removeFirst();
        var at = choices.upTo(first.length);
        var other = FuzzSocket.bytes(choices.of("\n", "\r", " ", "\0", ":", "0", "9", ",", "\u00ff", "\r\n"));
        parts.addFirst(
                choices.chance(50)
                        ? join(Arrays.copyOf(first, at), other, Arrays.copyOfRange(first, at, first.length))
                        : join(Arrays.copyOf(first, at), other, Arrays.copyOfRange(first, at + 1, first.length)));
    }

    private static byte[] join(byte[]... all) {
        var out = new ByteArrayOutputStream();
        for (var bytes : all) {
            out.writeBytes(bytes);
        }
        return out.toByteArray();
    }
}
