package io.wunderproxy.proxy.stats;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;

/** The lines of the access log as the JDK and Jackson write them. */
final class ReferenceFormat {
    /** The last ASCII character, a control character. */
    private static final int DELETE = 0x7f;

    /** Escapes what is escaped anyway, and DEL: a terminal that shows the log must not obey it. */
    private static final class DeleteToo extends CharacterEscapes {
        private static final long serialVersionUID = 1L;

        @Override
        public int[] getEscapeCodesForAscii() {
            var codes = standardAsciiEscapesForJSON();
            codes[DELETE] = ESCAPE_STANDARD;
            return codes;
        }

        @Override
        public SerializableString getEscapeSequence(int c) {
            return null;
        }
    }

    private final LogFormat format;
    private final boolean query;
    private final JsonFactory json = new JsonFactoryBuilder()
            .characterEscapes(new DeleteToo())
            .highestNonEscapedChar(DELETE)
            .build();

    ReferenceFormat(LogFormat format, boolean query) {
        this.format = format;
        this.query = query;
    }

    void append(StringBuilder text, AccessLogEntry entry) {
        switch (format) {
            case TEXT -> appendText(text, entry);
            case JSON -> text.append(json(entry)).append('\n');
        }
    }

    private void appendText(StringBuilder text, AccessLogEntry entry) {
        text.append(Instant.ofEpochMilli(entry.ended()))
                .append(' ')
                .append(entry.client() == null ? "-" : entry.client())
                .append(' ');
        appendSafe(text, entry.method());
        text.append(' ');
        appendSafe(text, shown(entry));
        text.append(' ')
                .append(entry.status())
                .append(' ')
                .append(entry.out())
                .append(' ')
                .append(millis(entry.nanos()))
                .append("ms");
        if (entry.refusal() != null) {
            text.append(' ').append(entry.refusal().label());
        }
        text.append('\n');
    }

    private String json(AccessLogEntry entry) {
        var line = new StringWriter(256);
        try (var object = json.createGenerator(line)) {
            object.writeStartObject();
            object.writeStringField("time", Instant.ofEpochMilli(entry.ended()).toString());
            object.writeStringField("client", entry.client());
            object.writeStringField("method", entry.method());
            object.writeStringField("host", entry.host());
            object.writeStringField("path", shown(entry));
            object.writeStringField("protocol", entry.protocol());
            object.writeNumberField("status", entry.status());
            object.writeNumberField("duration_ms", millis(entry.nanos()));
            object.writeNumberField("bytes_in", entry.in());
            object.writeNumberField("bytes_out", entry.out());
            object.writeStringField(
                    "backend", entry.backend() == null ? null : entry.backend().toString());
            object.writeStringField("request_id", entry.requestId());
            if (entry.refusal() != null) {
                object.writeStringField("refusal", entry.refusal().label());
            }
            object.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return line.toString();
    }

    private static double millis(long nanos) {
        return nanos / 1000 / 1000.0;
    }

    private String shown(AccessLogEntry entry) {
        var target = entry.refusal() == null ? entry.target() : withoutUser(entry.target());
        var end = query ? -1 : target.indexOf('?');
        return end < 0 ? target : target.substring(0, end);
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

    /** Control characters would let a client write lines of its own. */
    private static void appendSafe(StringBuilder text, String sent) {
        for (var i = 0; i < sent.length(); i++) {
            var c = sent.charAt(i);
            if (c > ' ' && c < 0x7f) {
                text.append(c);
            } else {
                text.append(String.format("%%%02X", (int) c));
            }
        }
    }
}
