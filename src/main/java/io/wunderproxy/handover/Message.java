package io.wunderproxy.handover;

import java.util.Optional;

/**
 * A line of the talk between an agent and its successor.
 *
 * @param text in words of one line; empty if there is nothing to say
 */
record Message(Kind kind, String text) {

    /** The version of this language: both must speak the same one. */
    static final String VERSION = "1";

    /** Follows the number of sockets that are the service manager's. */
    static final String LENT = " lent";

    enum Kind {
        /** The successor has understood its settings, and speaks this version. */
        HELLO,
        /** The agent will pass on so many sockets. */
        SOCKETS,
        /** The successor waits for the next socket. */
        TAKING_SOCKET,
        /** The successor has the sockets. */
        HAS_SOCKETS,
        /** The successor asks for what the agent alone may write: journal and containers. */
        WANTS_STATE,
        /** The agent touches them no more, and says which deployment it serves. */
        STATE,
        /** The successor could accept connections now. */
        READY,
        /** The agent is replaced as soon as the successor accepts. */
        GO,
        /** The successor accepts connections. */
        ACCEPTING,
        /** The agent accepts no more, and this is the last that it says. */
        LEAVING,
        /** The successor can't start, and says why. */
        FAILED
    }

    static Message of(Kind kind) {
        return new Message(kind, "");
    }

    static Message of(Kind kind, String text) {
        return new Message(kind, text.replaceAll("\\s*\\R\\s*", " ").strip());
    }

    /** Reads a line; empty if it is in another language. */
    static Optional<Message> read(String line) {
        var blank = line.indexOf(' ');
        var word = blank < 0 ? line : line.substring(0, blank);
        for (var kind : Kind.values()) {
            if (kind.name().equals(word)) {
                return Optional.of(new Message(kind, blank < 0 ? "" : line.substring(blank + 1)));
            }
        }
        return Optional.empty();
    }

    String line() {
        return text.isEmpty() ? kind.name() : kind.name() + " " + text;
    }
}
