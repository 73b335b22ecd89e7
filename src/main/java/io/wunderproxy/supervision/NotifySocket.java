package io.wunderproxy.supervision;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The datagram socket on which a service manager listens, see sd_notify(3). The JDK has no such sockets, Netty's epoll
 * transport has.
 */
final class NotifySocket {

    private final String name;
    private final byte[] address;

    /**
     * @param address the path of a socket, or {@code @name} in the abstract namespace
     * @throws IOException if it is something else, or this platform has no such sockets
     */
    NotifySocket(String address) throws IOException {
        if (!address.startsWith("/") && !address.startsWith("@")) {
            throw new IOException(address + " is neither a path nor an abstract name (@name)");
        }
        if (!Epoll.isAvailable()) {
            throw new IOException("this platform has no native transport");
        }
        name = address;
        this.address = address.getBytes(StandardCharsets.UTF_8);
        if (this.address[0] == '@') {
            this.address[0] = 0;
        }
    }

    /** Sends one message; never waits. */
    void send(String message) throws IOException {
        var bytes = message.getBytes(StandardCharsets.UTF_8);
        var buffer = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        var socket = Socket.newSocketDomainDgram();
        try {
            if (socket.sendToDomainSocket(buffer, 0, bytes.length, address) != bytes.length) {
                throw new IOException("nobody reads what " + name + " has got");
            }
        } catch (FileNotFoundException e) {
            throw new IOException("there is no socket " + name, e);
        } finally {
            socket.close();
        }
    }
}
