package io.wunderproxy.proxy.lean;

import io.wunderproxy.proxy.rules.Fields;
import io.wunderproxy.proxy.rules.Header;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The headers of a request in a table as the rules see them: those that are forwarded, and what is set in their place. */
final class TableFields implements Fields {
    private static final Header[] HEADERS = Header.values();

    private final HeadTable head;
    private final String[] values = new String[HEADERS.length];

    TableFields(HeadTable head) {
        this.head = head;
    }

    /** Begins with what the table has. */
    TableFields begin() {
        Arrays.fill(values, null);
        return this;
    }

    @Override
    public String get(Header name) {
        var own = values[name.ordinal()];
        if (own != null) {
            return own;
        }
        var line = first(name);
        return line < 0 ? null : head.value(line);
    }

    /** The first line of this name that is forwarded; -1 if there is none. */
    private int first(Header name) {
        for (var line = 0; line < head.fields; line++) {
            if (is(line, name)) {
                return line;
            }
        }
        return -1;
    }

    private boolean is(int line, Header name) {
        return head.header(line) == name && !head.isDropped(line);
    }

    @Override
    public List<String> all(Header name) {
        var own = values[name.ordinal()];
        if (own != null) {
            return List.of(own);
        }
        var all = new ArrayList<String>();
        for (var line = 0; line < head.fields; line++) {
            if (is(line, name)) {
                all.add(head.value(line));
            }
        }
        return all;
    }

    @Override
    public boolean has(Header name) {
        return values[name.ordinal()] != null || first(name) >= 0;
    }

    @Override
    public void set(Header name, String value) {
        remove(name);
        values[name.ordinal()] = value;
    }

    @Override
    public void remove(Header name) {
        values[name.ordinal()] = null;
        for (var line = 0; line < head.fields; line++) {
            if (is(line, name)) {
                head.drop(line);
            }
        }
    }

    /** Writes what was set; the others are the table's to be written. */
    void writeTo(HeadWriter writer) {
        for (var header : HEADERS) {
            var value = values[header.ordinal()];
            if (value != null) {
                writer.put(header.text()).colon().put(value).lineEnd();
            }
        }
    }
}
