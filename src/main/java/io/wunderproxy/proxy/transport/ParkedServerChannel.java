package io.wunderproxy.proxy.transport;

import io.netty.channel.AbstractServerChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import java.net.SocketAddress;

/**
 * A socket that accepts nothing, which Vert.x takes for the listening one; its address is what it is bound to. The sockets that
 * do accept are {@link ListeningSockets}.
 */
final class ParkedServerChannel extends AbstractServerChannel {
    private final ChannelConfig config = new DefaultChannelConfig(this);
    private SocketAddress address;
    private volatile boolean closed;

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected void doBind(SocketAddress local) {
        address = local;
    }

    @Override
    protected SocketAddress localAddress0() {
        return address;
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public boolean isActive() {
        return !closed && address != null;
    }

    @Override
    protected void doBeginRead() {
        // There is nothing to accept.
    }

    @Override
    protected void doClose() {
        closed = true;
    }
}
