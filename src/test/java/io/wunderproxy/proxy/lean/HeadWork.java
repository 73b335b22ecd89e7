package io.wunderproxy.proxy.lean;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.wunderproxy.proxy.rules.HeadLimits;
import io.wunderproxy.proxy.rules.ReservedHeaders;

/** What the lean lane does with the bytes of one head, for tests and for {@code bench/parser}. */
public final class HeadWork {
    /** As a program sends it. */
    public static final byte[] SMALL_REQUEST = bytes("""
            GET /small HTTP/1.1
            Host: shop.example
            User-Agent: curl/8.5.0
            Accept: */*

            """);

    /** As a browser sends it. */
    public static final byte[] BROWSER_REQUEST = bytes("""
            GET /articles/2026/a-longer-title-of-an-article?page=2&sort=newest HTTP/1.1
            Host: www.shop.example
            User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0
            Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
            Accept-Language: en-GB,en;q=0.5
            Accept-Encoding: gzip, deflate, br, zstd
            Referer: https://www.shop.example/articles/2026?page=1&sort=newest
            Connection: keep-alive
            Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=all; visitor=1122334455667788
            Upgrade-Insecure-Requests: 1
            Sec-Fetch-Dest: document
            Sec-Fetch-Mode: navigate
            Sec-Fetch-Site: same-origin
            Sec-Fetch-User: ?1
            If-None-Match: "6a1f3c52-400"
            Priority: u=0, i

            """);

    /** As nginx sends it. */
    public static final byte[] RESPONSE = bytes("""
            HTTP/1.1 200 OK
            Server: nginx/1.22.1
            Date: Mon, 30 Nov 2026 12:00:00 GMT
            Content-Type: application/octet-stream
            Content-Length: 1024
            Last-Modified: Mon, 30 Nov 2026 11:00:00 GMT
            Connection: keep-alive
            ETag: "6a1f3c52-400"
            Accept-Ranges: bytes

            """);

    private final HeadTable table = new HeadTable(new NameRules(ReservedHeaders.LISTED, false));
    private final HeadWriter writer = new HeadWriter();

    private static byte[] bytes(String lines) {
        return lines.replace("\n", "\r\n").getBytes(US_ASCII);
    }

    private void copy(byte[] head) {
        System.arraycopy(head, 0, table.bytes, 0, head.length);
    }

    /** Returns the length of the head; a negative number if the lane does not take it. */
    public int readRequest(byte[] head) {
        copy(head);
        return RequestParser.read(table, head.length, HeadLimits.DEFAULT, false);
    }

    /** Returns the length of the head; a negative number if the lane does not take it. */
    public int readResponse(byte[] head) {
        copy(head);
        return ResponseParser.read(table, head.length, false);
    }

    /** Writes the fields of the head that was read last; returns how many bytes they are. */
    public int write() {
        return writer.begin().put(table).lineEnd().length();
    }
}
