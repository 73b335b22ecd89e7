package io.wunderproxy.remote;

import com.jcraft.jsch.Proxy;
import com.jcraft.jsch.SocketFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;

/** The way of one connection to a host through another one, for the library, which calls that a proxy. */
final class JumpProxy implements Proxy {

    /** Connects from the host in between to a TCP port. */
    interface Connector {
        Socket connect(String host, int port) throws SshException;
    }

    private interface Stream<T> {
        T of(Socket socket) throws IOException;
    }

    private final Connector through;
    private Socket socket;

    JumpProxy(Connector through) {
        this.through = through;
    }

    @Override
    public void connect(SocketFactory unused, String host, int port, int timeout) throws SshException {
        socket = through.connect(host, port);
    }

    @Override
    public InputStream getInputStream() {
        return stream(Socket::getInputStream);
    }

    @Override
    public OutputStream getOutputStream() {
        return stream(Socket::getOutputStream);
    }

    private <T> T stream(Stream<T> stream) {
        try {
            return stream.of(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Socket getSocket() {
        return socket;
    }

    @Override
    public void close() {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            // It is no longer used.
        }
    }
}
