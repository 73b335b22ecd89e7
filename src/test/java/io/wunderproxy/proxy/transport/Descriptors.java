package io.wunderproxy.proxy.transport;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.util.UUID;

/** Descriptors as another process would get them. */
final class Descriptors {
    /** As long as the transport's own. */
    private static final int ADDRESS_BYTES = 26;

    private Descriptors() {}

    /** Another descriptor of the same socket: sends it over a Unix socket to this process itself. */
    static int copy(int descriptor) throws IOException {
        var name = new DomainSocketAddress("\0" + UUID.randomUUID());
        var listening = Socket.newSocketDomain();
        listening.bind(name);
        listening.listen(1);
        var sender = Socket.newSocketDomain();
        sender.connect(name);
        var receiver = new Socket(listening.accept(new byte[ADDRESS_BYTES]));
        sender.sendFd(descriptor);
        var copy = receiver.recvFd();
        sender.close();
        receiver.close();
        listening.close();
        return copy;
    }
}
