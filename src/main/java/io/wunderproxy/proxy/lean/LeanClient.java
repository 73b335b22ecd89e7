package io.wunderproxy.proxy.lean;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.wunderproxy.proxy.admission.MemoryAccount;
import io.wunderproxy.proxy.rules.RequestHeaderPlan;

/** The client connection that a lane works for, as far as the lane needs it. On its event loop. */
public interface LeanClient extends RequestHeaderPlan.Sender {
    /** Where the lane writes. */
    ChannelHandlerContext context();

    /** Whether nothing is under way on it, so that the lane may take the next request. */
    boolean isFree();

    /** Whether the connection is about to end, so that nothing more is read. */
    boolean isEnding();

    /** Whether the connection is to be closed after the response that is under way. */
    boolean isClosing();

    void requestStarted();

    void requestEnded();

    /** Counts what was read and nobody has taken. */
    void countInput();

    /** Counts what was written and the socket has not taken. */
    void countOutput();

    /** Bytes that were written and the socket has not taken. */
    long unsent();

    /** Lets as much wait for the client as there is memory for now. */
    void limitUnsent();

    /** Runs a step once, when what was written has been taken so far that there is room for more. */
    void whenWritable(Runnable step);

    /** Counts its bytes in memory. */
    MemoryAccount memory();

    /** Reads no more until {@link #readOn}. */
    void stopReading();

    void readOn();

    /** Closes the connection after the response that was written. */
    void close();

    /** Closes the connection after a response that was cut off. */
    void cutShort();

    /** Gives bytes to the general lane, which takes them over. */
    void passOn(ByteBuf bytes);

    /** Gives a request to the general lane, which takes both over, the bytes of the request and its state. */
    void handOver(SentRequest sent, ByteBuf request);
}
