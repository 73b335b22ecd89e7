package io.wunderproxy.proxy.loop;

import io.netty.channel.Channel;
import io.wunderproxy.proxy.admission.MemoryAccount;
import io.wunderproxy.proxy.stats.ConnectionState;

/** A client connection that an event loop keeps account of. On that loop. */
public interface OpenConnection {
    /** Whether the client takes too long to send the head of a request. */
    boolean isHeadLate(long nanoTime);

    /** Tells the client why, then closes the connection. */
    void cutHead();

    Channel channel();

    ConnectionState state();

    /** The account of all that waits in memory for this client. */
    MemoryAccount memory();

    /** Counts what was read and nobody has taken. */
    void countInput();

    /** Counts what was written and the socket has not taken. */
    void countOutput();

    /** Notes that a client which still takes data is not idle; called about once a second. */
    void noteProgress(long nanoTime);

    /** Looks for a request that takes too long for the lane that it is on; called about once a second. */
    void lookAtRequest(long nanoTime);

    boolean isWithoutRequestSince(long nanoTime);

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
