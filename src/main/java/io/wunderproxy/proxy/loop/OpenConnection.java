package io.wunderproxy.proxy.loop;

import io.netty.channel.Channel;
import io.wunderproxy.proxy.admission.MemoryAccount;
import io.wunderproxy.proxy.stats.ConnectionState;

/** A client connection that an event loop keeps account of. On that loop. */
public interface OpenConnection {
    /**
     * Counts what waits on behalf of the client, and breaks off what takes too long: the head of a request, a request on the lean lane,
     * a pause between requests.
     *
     * @return when to look again at the latest; now, if in a second
     */
    long look(long now);

    Channel channel();

    ConnectionState state();

    /** The account of all that waits in memory for this client. */
    MemoryAccount memory();

    /** Lets open requests and upgraded protocols finish, takes no others, then closes the connection. */
    void close();

    /** As {@link #close}, but an idle client may send one more request, whose response says that it was the last one. */
    void closeAfterNext();

    /** Closes the connection whatever is open on it; what is already on its way is still delivered, if the client takes it. */
    void cut();

    /** Closes the connection without waiting for anything. */
    void cutAtOnce();

    /** Closes the connection at once, whatever waits, to have the memory back. */
    void shed();
}
