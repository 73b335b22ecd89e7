package io.wunderproxy.proxy.rules;

import java.util.List;

/** The headers of one message as rules see them, whatever keeps them. Names have no case. */
public interface Fields {
    /** The value of the first line; null if there is none. */
    String get(Header name);

    /** The values of all lines, in their order. */
    List<String> all(Header name);

    boolean has(Header name);

    /** Leaves one line of this name, with this value. */
    void set(Header name, String value);

    /** Leaves no line of this name. */
    void remove(Header name);

    /** The values of all lines as one list (RFC 9110, section 5.3); null if there is none. */
    default String combined(Header name) {
        return has(name) ? FieldLines.combined(all(name)) : null;
    }

    /** Leaves one line with this value, none for null. */
    default void setOrRemove(Header name, String value) {
        if (value == null) {
            remove(name);
        } else {
            set(name, value);
        }
    }
}
