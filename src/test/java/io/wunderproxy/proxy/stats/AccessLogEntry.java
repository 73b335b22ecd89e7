package io.wunderproxy.proxy.stats;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.rules.Refusal;

/**
 * One request in the access log.
 *
 * @param ended when the response ended, in milliseconds since 1970
 * @param client its IP address; null if it came through a Unix socket
 * @param host the request's host; null if it has none or was refused
 * @param target the request target, with its query
 * @param protocol such as {@code HTTP/1.1}
 * @param status the status that the client got; 499 if it went away before
 * @param nanos from the head of the request to the end of the response
 * @param in body bytes from the client
 * @param out body bytes to the client
 * @param backend where it was sent; null if nowhere
 * @param requestId value of {@code X-Request-Id}; null if it was refused
 * @param refusal why the response is the proxy's own; null if it is not
 */
record AccessLogEntry(
        long ended,
        String client,
        String host,
        String method,
        String target,
        String protocol,
        int status,
        long nanos,
        long in,
        long out,
        Backend backend,
        String requestId,
        Refusal refusal) {

    void logTo(LoopLog log) {
        var record = log.next();
        if (record != null) {
            fill(record);
            log.add();
        }
    }

    void fill(LogRecord record) {
        end(record.from(client, method, protocol).asked(target, host, requestId));
    }

    /** Fills a record as the lean lane does, which knows of no text. */
    void fillBytes(LogRecord record) {
        end(record.from(client, method, protocol)
                .asked(
                        (target + host).getBytes(ISO_8859_1),
                        target.length(),
                        target.length() + host.length(),
                        requestId.getBytes(ISO_8859_1)));
    }

    private void end(LogRecord record) {
        record.ended(ended, status, nanos, in, out, backend, refusal);
    }
}
