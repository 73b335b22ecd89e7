package io.wunderproxy.proxy.stats;

import io.wunderproxy.proxy.routing.Backend;

/**
 * Makes lines out of the requests in the access log, as text such as
 * {@code 2026-01-31T12:00:00.123Z 192.0.2.7 GET /cart 200 5120 12.345ms}, or as one JSON object each.
 */
public final class AccessLogFormat {
    private final LogFormat format;
    private final boolean query;
    private Backend last;
    private String lastText;

    /** @param query whether the query of a target is shown */
    public AccessLogFormat(LogFormat format, boolean query) {
        this.format = format;
        this.query = query;
    }

    void append(LogText text, LogRecord record) {
        if (format == LogFormat.TEXT) {
            appendText(text, record);
        } else {
            appendJson(text, record);
        }
    }

    /** Says that requests are missing. */
    void appendDropped(LogText text, long number) {
        if (format == LogFormat.TEXT) {
            text.put("access log too slow: ").put(number).put(" lines dropped\n");
        } else {
            text.put("{\"dropped\":").put(number).put("}\n");
        }
    }

    private void appendText(LogText text, LogRecord record) {
        text.putTime(record.ended)
                .put(' ')
                .put(record.client == null ? "-" : record.client)
                .put(' ')
                .putSafe(record.method, record.method.length())
                .put(' ');
        if (isText(record)) {
            var target = shown(record);
            text.putSafe(target, endOf(target));
        } else {
            text.putSafe(record.bytes, 0, endOf(record));
        }
        text.put(' ')
                .put(record.status)
                .put(' ')
                .put(record.out)
                .put(' ')
                .putMillis(record.nanos)
                .put("ms");
        if (record.refusal != null) {
            text.put(' ').put(record.refusal.label());
        }
        text.put('\n');
    }

    private void appendJson(LogText text, LogRecord record) {
        text.put('{').putName("time").put('"').putTime(record.ended).put('"');
        text.putName("client").putJson(record.client);
        text.putName("method").putJson(record.method);
        text.putName("host");
        if (isText(record)) {
            text.putJson(record.host);
            var target = shown(record);
            text.putName("path").putJson(target, endOf(target));
        } else {
            text.putJson(record.bytes, record.targetEnd, record.hostEnd);
            text.putName("path").putJson(record.bytes, 0, endOf(record));
        }
        text.putName("protocol").putJson(record.protocol);
        text.putName("status").put(record.status);
        text.putName("duration_ms").putMillis(record.nanos);
        text.putName("bytes_in").put(record.in);
        text.putName("bytes_out").put(record.out);
        text.putName("backend").putJson(record.backend == null ? null : text(record.backend));
        text.putName("request_id");
        if (isText(record) || record.requestId != null) {
            text.putJson(record.requestId);
        } else {
            text.putJson(record.bytes, record.hostEnd, record.idEnd);
        }
        if (record.refusal != null) {
            text.putName("refusal").putJson(record.refusal.label());
        }
        text.put("}\n");
    }

    /** One backend gets many requests in a row. */
    private String text(Backend backend) {
        if (backend != last) {
            last = backend;
            lastText = backend.toString();
        }
        return lastText;
    }

    private static boolean isText(LogRecord record) {
        return record.target != null;
    }

    /** Where the part of a target that is shown ends. */
    private int endOf(LogRecord record) {
        var end = record.targetEnd;
        for (var i = 0; i < end && !query; i++) {
            if (record.bytes[i] == '?') {
                return i;
            }
        }
        return end;
    }

    private int endOf(String target) {
        var end = query ? -1 : target.indexOf('?');
        return end < 0 ? target.length() : end;
    }

    private static String shown(LogRecord record) {
        return record.refusal == null ? record.target : withoutUser(record.target);
    }

    /** A URL with a user's name and password is refused, and may be anything but well-formed. */
    private static String withoutUser(String target) {
        var end = target.lastIndexOf('@');
        if (end < 0 || target.startsWith("/")) {
            return target;
        }
        var slashes = target.indexOf("//");
        return target.substring(0, slashes < 0 || slashes > end ? 0 : slashes + 2) + "***" + target.substring(end);
    }
}
