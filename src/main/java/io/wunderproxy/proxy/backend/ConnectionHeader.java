package io.wunderproxy.proxy.backend;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.wunderproxy.proxy.rules.HopByHopHeaders;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The options in the {@code Connection} headers of a message, each of which is a list (RFC 9110, section 7.6.1). */
public final class ConnectionHeader {
    private static final String CLOSE = "close";
    private static final String KEEP_ALIVE = "keep-alive";

    private ConnectionHeader() {}

    /** Whether the sender keeps the connection after this message (RFC 9112, section 9.3). */
    static boolean isKeepAlive(HttpMessage message) {
        var kept = message.protocolVersion().isKeepAliveDefault();
        for (var list : message.headers().getAll(HttpHeaderNames.CONNECTION)) {
            if (HopByHopHeaders.hasToken(list, CLOSE)) {
                return false;
            }
            kept |= HopByHopHeaders.hasToken(list, KEEP_ALIVE);
        }
        return kept;
    }

    /**
     * Gives what is said of the connection itself a header of its own: Vert.x looks for one whose whole value is {@code close} or
     * {@code keep-alive}. Where both are said, {@code close} counts. All other options stay one list, since a client may send
     * thousands, each of which would cost far more memory as a header than it has letters.
     */
    public static void separate(HttpHeaders headers) {
        var lists = headers.getAll(HttpHeaderNames.CONNECTION);
        if (lists.isEmpty() || lists.size() == 1 && lists.getFirst().indexOf(',') < 0) {
            return;
        }
        var all = String.join(",", lists);
        var own = HopByHopHeaders.hasToken(all, CLOSE)
                ? CLOSE
                : HopByHopHeaders.hasToken(all, KEEP_ALIVE) ? KEEP_ALIVE : null;
        var others = Arrays.stream(all.split(","))
                .map(String::strip)
                .filter(option ->
                        !option.isEmpty() && !option.equalsIgnoreCase(CLOSE) && !option.equalsIgnoreCase(KEEP_ALIVE))
                .collect(Collectors.joining(","));
        headers.remove(HttpHeaderNames.CONNECTION);
        if (own != null) {
            headers.add(HttpHeaderNames.CONNECTION, own);
        }
        if (!others.isEmpty()) {
            headers.add(HttpHeaderNames.CONNECTION, others);
        }
    }
}
