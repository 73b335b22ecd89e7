package io.wunderproxy.proxy;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A request of the fuzzer: its bytes, and what they must become. */
final class FuzzRequest {
    static final String ID = "X-Fuzz-Id";

    /** What comes in a body that is no body for whoever loses count. */
    private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: victim\r\nX-Fuzz-Id: 666\r\n\r\n";

    /** Each is fit for a request that must be forwarded and answered. */
    private static final String[] ODDITIES = {
        "X-Empty:",
        "X-Space:  \t two  words \t ",
        "x-lower: 1\r\nX-LOWER: 2",
        "X-Latin: \u00e4\u00ff",
        "Cookie: a=1\r\nCookie: b=2",
        "Connection: keep-alive",
        "Connection: X-Hop\r\nX-Hop: 1",
        "Connection: keep-alive, x-hop\r\nX-Hop: 1\r\nConnection: X-Hop-Two\r\nX-Hop-Two: 2",
        "Connection: Host, Content-Length, Transfer-Encoding",
        "Connection: , ,",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Basic eDp5",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        "Connection: Upgrade\r\nUpgrade: h2c",
        "Upgrade: h2c",
        "Upgrade: websocket",
        "HTTP2-Settings: AAMAAABkAAQAAP__",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13",
        "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00",
        "TE: trailers",
        "Connection: TE\r\nTE: trailers, gzip;q=0.5",
        "Trailer: X-Behind",
        "Accept-Encoding: gzip",
        "Accept-Encoding: zstd;q=0.5, gzip, *;q=0",
        "Content-Encoding: gzip",
        "Content-Type: application/grpc",
        "Content-Type: application/x-ndjson",
        "Range: bytes=0-1",
        "If-None-Match: W/\"v1\"",
        "Max-Forwards: 0",
        "Via: 1.0 before",
        "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil",
        "X_Forwarded_For: 6.6.6.6",
        "Transfer_Encoding: chunked",
        "Content_Length: 7",
        "Forwarded: for=6.6.6.6",
        "X-Wunderproxy-Fallback: me",
        "X-Long: " + "long".repeat(1000),
        "Expect: 100-continue",
        "Connection: close",
        "Connection: TE, close\r\nTE: trailers",
        "Connection: close, X-Hop\r\nX-Hop: 1",
    };

    /** With these a request is refused or forwarded as something that is clear. */
    private static final String[] FAULTS = {
        "X-Fold: a\r\n folded: b",
        "X-Colon : 1",
        " X-Lead: 1",
        "no colon",
        ": no name",
        "X-Nul: a\0b",
        "X-Return: a\rX-Smuggled: b",
        "X-Feed: a\nX-Smuggled: b",
        "X-Tab\t: 1",
        "Content-Length: 5",
        "Content-Length: +5",
        "Content-Length: 5, 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
        "Content-Length: 99999999999999999999",
        "Content-Length:",
        "Content-Length : 5",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding:\u000bchunked",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding:\r\n chunked",
        "Host: second",
        "Expect: weird",
        "Connection: X-Fuzz-Id",
        "Connection: Upgrade\r\nUpgrade:",
        "Upgrade: websocket, h2c\r\nConnection: upgrade, close",
    };

    private static final String[] BAD_SIZES = {
        "g", "-1", "0x5", "5 ", " 5", "+5", "ffffffffffffffff5", "80000000", "5\n", "", "5;a=\nb", "5;a=\rb"
    };

    final int id;
    /** 10, 11 or 20. */
    final int http;

    final String method;
    final String target;
    final byte[] body;
    final boolean hasBody;
    /** Whether the proxy has no reason to refuse it. */
    boolean valid = true;
    /** How many events the case had before the first of its bytes were sent. */
    int sentAfter = Integer.MAX_VALUE;
    /** Whether the client wants the connection to end after it. */
    boolean closes;
    /** Whether the client waits to be asked for the body. */
    boolean waits;
    /** The client asks to speak this afterwards; null if it does not. */
    String upgrade;
    /** Whether the backend agrees to that. */
    boolean accepted;
    /** What the client says in the other protocol, and whether it does so before it knows that the backend agrees. */
    byte[] afterwards = {};

    boolean early;
    /** Whether all of it was sent. */
    boolean sent;
    /** Whether the client goes away somewhere in it or in one before or behind it. */
    boolean cut;

    /** As HTTP/1.x: the head, then pieces of the body. */
    final List<byte[]> parts = new ArrayList<>();

    /** As HTTP/2: names and values. */
    final List<String> fields = new ArrayList<>();
    /** As HTTP/2: names and values behind the body. */
    final List<String> trailers = new ArrayList<>();

    private FuzzRequest(int id, int http, String method, String target, byte[] body) {
        this.id = id;
        this.http = http;
        this.method = method;
        this.target = target;
        this.body = body == null ? new byte[0] : body;
        hasBody = body != null;
    }

    /** One that nothing is wrong with, of somebody who has nothing to do with the others. */
    static FuzzRequest plain(int id) {
        var request = new FuzzRequest(id, 11, "GET", "/plain/" + id, null);
        request.parts.add(
                FuzzSocket.bytes("GET " + request.target + " HTTP/1.1\r\nHost: a\r\n" + ID + ": " + id + "\r\n\r\n"));
        return request;
    }

    /** A text in which each byte tells whose it is. */
    static byte[] bodyOf(String owner, int length, boolean smuggling) {
        var text = new StringBuilder(length + 100);
        while (text.length() < length) {
            text.append(smuggling ? SMUGGLED : "").append(owner).append('.');
        }
        return FuzzSocket.bytes(text.substring(0, length));
    }

    private static byte[] drawBody(Choices choices, int id, boolean usual, int most) {
        var length = choices.chance(usual ? 80 : 15) ? choices.of(5, 1, 0, 2, 60, 1000, 8000, 40_000, 70_000) : -1;
        return length < 0 ? null : bodyOf("b" + id, Math.min(length, most), choices.chance(20));
    }

    static FuzzRequest http1(Choices choices, int id, boolean mayBeWrong) {
        var method = choices.of("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "M-SEARCH", "get", "POST");
        var http = choices.chance(8) ? 10 : 11;
        var body =
                drawBody(choices, id, method.equals("POST") || method.equals("PUT") || method.equals("PATCH"), 1 << 20);
        var path = "/" + choices.of("f", "a%00b", "/double", "..;/x", "?q=a b".replace(' ', '+'), "x".repeat(3000))
                + "/" + id;
        var asterisk = method.equals("OPTIONS") && choices.chance(30);
        var absolute = !asterisk && choices.chance(6);
        var request = new FuzzRequest(id, http, method, asterisk ? "*" : path, body);
        var chunked = body != null && http == 11 && choices.chance(50);
        var head = new ArrayList<String>();
        head.add(method + " " + (absolute ? "http://test" : "") + request.target + " HTTP/1." + http % 10);
        head.add("Host: test");
        head.add(ID + ": " + id);
        if (chunked) {
            head.add("Transfer-Encoding: " + choices.of("chunked", "Chunked", "chunked "));
        } else if (body != null) {
            head.add("Content-Length: " + body.length);
        }
        if (choices.chance(10)) {
            request.upgrade = choices.of("echo", "websocket", "tcp");
            head.add("Connection: " + choices.of("Upgrade", "keep-alive, upgrade"));
            head.add("Upgrade: " + request.upgrade);
            request.closes = true;
            request.accepted = choices.chance(60);
            request.early = request.accepted && choices.chance(50);
            request.afterwards = bodyOf("c" + id, choices.of(10, 0, 5000), false);
            if (http == 10) {
                request.upgrade = null;
                request.accepted = false;
                request.early = false;
            }
        }
        for (var more = choices.of(0, 1, 2, 3, 6); more > 0; more--) {
            var oddity = ODDITIES[choices.upTo(ODDITIES.length)];
            if (request.upgrade == null || !oddity.contains("Connection: ") && !oddity.contains("Upgrade: ")) {
                head.add(1 + choices.upTo(head.size()), oddity);
                request.closes |= oddity.contains("close");
                request.waits |= oddity.startsWith("Expect: ") && body != null && body.length > 0;
            }
        }
        request.closes |= http == 10;
        request.waits &= http == 11 && choices.chance(50);
        // Who can't read a head does not know that it is one of HEAD.
        mayBeWrong &= !method.equals("HEAD");
        var wrong = mayBeWrong && choices.chance(50);
        if (wrong) {
            request.valid = false;
            head.add(1 + choices.upTo(head.size()), FAULTS[choices.upTo(FAULTS.length)]);
        }
        request.parts.add(FuzzSocket.bytes(String.join("\r\n", head) + "\r\n\r\n"));
        if (chunked) {
            request.addChunks(choices, wrong && choices.chance(30));
        } else if (body != null) {
            request.addPieces(choices);
        }
        if (mayBeWrong && choices.chance(30)) {
            request.valid = false;
            request.mutate(choices);
        }
        return request;
    }

    private void addPieces(Choices choices) {
        for (var from = 0; from < body.length; ) {
            var length = Math.min(body.length - from, choices.of(1 << 20, 1, 7, 1000, 16_384));
            parts.add(FuzzSocket.bytes(text(from, length)));
            from += length;
        }
    }

    private String text(int from, int length) {
        return new String(body, from, length, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private void addChunks(Choices choices, boolean wrong) {
        for (var from = 0; from < body.length; ) {
            var length = Math.min(body.length - from, choices.of(1 << 20, 1, 7, 1000, 16_384));
            parts.add(FuzzSocket.bytes(
                    sizeLine(choices, length, wrong && choices.chance(50)) + text(from, length) + "\r\n"));
            from += length;
        }
        var trailers =
                choices.chance(20) ? "X-Behind: 1\r\n" + choices.of("", "Content-Length: 5\r\n", "Host: x\r\n") : "";
        parts.add(FuzzSocket.bytes(sizeLine(choices, 0, wrong && choices.chance(30)) + trailers + "\r\n"));
    }

    private static String sizeLine(Choices choices, int length, boolean wrong) {
        if (wrong) {
            return BAD_SIZES[choices.upTo(BAD_SIZES.length)] + "\r\n";
        }
        var hex = Integer.toHexString(length);
        return choices.of(hex, hex.toUpperCase(java.util.Locale.ROOT), "000" + hex)
                + choices.of("", "", "", ";a=b", ";a", ";a=\"b;c\"")
                + "\r\n";
    }

    /** Changes some bytes. */
    private void mutate(Choices choices) {
        for (var times = choices.of(1, 1, 2, 5); times > 0; times--) {
            var part = choices.upTo(parts.size());
            var bytes = parts.get(part);
            if (bytes.length == 0) {
                continue;
            }
            var at = choices.upTo(bytes.length);
            var text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
            var other = choices.of("\n", "\r", "\r\n", " ", "\t", "\0", ":", ",", ";", "0", "\u00ff", "\u000b", "a");
            var length = Math.min(bytes.length - at, choices.of(1, 2, 10));
            parts.set(
                    part,
                    FuzzSocket.bytes(
                            switch (choices.upTo(4)) {
                                case 0 -> text.substring(0, at) + other + text.substring(at + 1);
                                case 1 -> text.substring(0, at) + other + text.substring(at);
                                case 2 -> text.substring(0, at) + text.substring(at + length);
                                default -> text.substring(0, at + length) + text.substring(at);
                            }));
        }
    }

    static FuzzRequest http2(Choices choices, int id, boolean mayBeWrong) {
        var method = choices.of("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "M-SEARCH");
        var body = drawBody(choices, id, method.startsWith("P"), 8000);
        var path = "/" + choices.of("f", "a%00b", "/double", "x".repeat(2000)) + "/" + id;
        var request = new FuzzRequest(id, 20, method, path, body);
        var fields = request.fields;
        add(fields, ":method", method, ":scheme", "http", ":path", path, ":authority", "test");
        add(fields, ID.toLowerCase(java.util.Locale.ROOT), String.valueOf(id));
        if (body != null && choices.chance(50)) {
            add(fields, "content-length", String.valueOf(body.length));
        }
        for (var more = choices.of(0, 1, 2); more > 0; more--) {
            switch (choices.upTo(10)) {
                case 0 -> add(fields, "cookie", "a=1", "cookie", "b=2");
                case 1 -> add(fields, "te", "trailers");
                case 2 -> add(fields, "accept-encoding", "gzip");
                case 3 -> add(fields, "x-forwarded-for", "6.6.6.6");
                case 4 -> add(fields, "content-type", "application/grpc");
                case 5 -> add(fields, "sec-websocket-key1", "1", "sec-websocket-key2", "2");
                case 6 -> add(fields, "x-empty", "");
                case 7 -> add(fields, "http2-settings", "AAMAAABkAAQAAP__");
                case 8 -> add(fields, "content_length", "7");
                default -> {
                    if (body != null) {
                        add(fields, "expect", "100-continue");
                    }
                }
            }
        }
        if (body != null && choices.chance(10)) {
            add(request.trailers, "x-behind", "1", choices.of("x-two", "content-length", "host"), "2");
        }
        if (mayBeWrong && choices.chance(40)) {
            request.valid = false;
            switch (choices.upTo(16)) {
                case 0 -> add(fields, "connection", "close");
                case 1 -> add(fields, "transfer-encoding", "chunked");
                case 2 -> add(fields, "content-length", "3");
                case 3 -> add(fields, "content-length", "x");
                case 4 -> add(fields, "x-feed", "a\r\nX-Smuggled: b");
                case 5 -> add(fields, "X-Upper", "1");
                case 6 -> add(fields, "x name", "1");
                case 7 -> add(fields, "x-a: b\r\nx-b", "1");
                case 8 -> add(fields, "host", "second");
                case 9 -> fields.set(5, "path");
                case 10 -> fields.set(5, "/a b HTTP/1.1\r\nX: y");
                case 11 -> fields.set(5, "http://other/");
                case 12 -> fields.set(7, "a\r\nX-Smuggled: b");
                case 13 -> fields.set(1, "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\nGET");
                case 14 -> add(fields, "upgrade", "websocket");
                default -> add(fields, ":path", "/other");
            }
        }
        return request;
    }

    private static void add(List<String> fields, String... namesAndValues) {
        fields.addAll(List.of(namesAndValues));
    }

    /**
     * What is wrong with what a backend has got of it; null if nothing is.
     *
     * @param got the request at the backend, maybe not yet complete
     */
    String differenceTo(StrictReader.Read got) {
        if (!valid) {
            return null;
        }
        if (!got.method().equals(method) || !got.target().equals(target)) {
            return "request " + id + " arrives as " + got.start;
        }
        var bytes = got.body.toByteArray();
        if (bytes.length > body.length
                || !java.util.Arrays.equals(bytes, 0, bytes.length, body, 0, bytes.length)
                || got.complete && bytes.length != body.length) {
            return "the body of request " + id + " arrives with " + bytes.length + " bytes for " + body.length + ": "
                    + HexFormat.of().formatHex(bytes, 0, Math.min(40, bytes.length));
        }
        if (upgrade != null && !upgrade.equals(got.field("Upgrade"))) {
            return "request " + id + " arrives without its Upgrade";
        }
        for (var name : List.of("X-Hop", "X-Hop-Two", "Keep-Alive", "Proxy-Connection", "HTTP2-Settings")) {
            if (got.field(name) != null && !(name.startsWith("X-Hop") && !isNamed(name))) {
                return "request " + id + " arrives with " + name;
            }
        }
        // By its length a body is complete before its client says so.
        if (got.complete && !sent && !cut && got.field("Content-Length") == null) {
            return "request " + id + " arrives whole before it was sent";
        }
        return null;
    }

    private boolean isNamed(String name) {
        return new String(parts.getFirst(), java.nio.charset.StandardCharsets.ISO_8859_1).contains(name);
    }
}
