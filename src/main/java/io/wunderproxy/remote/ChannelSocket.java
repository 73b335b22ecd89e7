package io.wunderproxy.remote;

import com.jcraft.jsch.Channel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Deque;

/** A connection through a session, as a socket: with read timeouts, and fit for TLS. */
final class ChannelSocket extends Socket {

    private final Channel channel;
    private final SocketAddress peer;
    private final Inbox inbox = new Inbox();
    private final OutputStream out;
    private volatile boolean closed;
    private volatile int timeoutMillis;

    /** @param channel is to be connected after this */
    ChannelSocket(Channel channel, SocketAddress peer) throws IOException {
        this.channel = channel;
        this.peer = peer;
        channel.setOutputStream(inbox);
        this.out = channel.getOutputStream();
    }

    /** Bytes that were not read yet: filled by the session's thread, which must not wait for one channel's reader for long. */
    private final class Inbox extends OutputStream {
        private static final int LIMIT = 4 * 1024 * 1024;

        private final Deque<byte[]> parts = new ArrayDeque<>();
        private int offset;
        private int size;
        private boolean ended;

        @Override
        public synchronized void write(byte[] bytes, int from, int length) throws IOException {
            try {
                while (size > LIMIT && !ended) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted");
            }
            if (!ended && length > 0) {
                parts.add(java.util.Arrays.copyOfRange(bytes, from, from + length));
                size += length;
                notifyAll();
            }
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public synchronized void close() {
            ended = true;
            notifyAll();
        }

        synchronized int read(byte[] bytes, int from, int length) throws IOException {
            var deadline = System.nanoTime() + timeoutMillis * 1_000_000L;
            while (size == 0 && !ended) {
                var left = (deadline - System.nanoTime() + 999_999) / 1_000_000;
                if (timeoutMillis > 0 && left <= 0) {
                    throw new SocketTimeoutException("no response within " + timeoutMillis / 1000 + " s");
                }
                try {
                    wait(timeoutMillis > 0 ? left : 0);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted");
                }
            }
            if (size == 0) {
                return -1;
            }
            var part = parts.getFirst();
            var count = Math.min(length, part.length - offset);
            System.arraycopy(part, offset, bytes, from, count);
            offset += count;
            size -= count;
            if (offset == part.length) {
                parts.removeFirst();
                offset = 0;
            }
            notifyAll();
            return count;
        }

        synchronized int available() {
            return size;
        }
    }

    private final class In extends InputStream {
        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            return length == 0 ? 0 : inbox.read(bytes, from, length);
        }

        @Override
        public int available() {
            return inbox.available();
        }

        @Override
        public void close() throws IOException {
            ChannelSocket.this.close();
        }
    }

    @Override
    public InputStream getInputStream() {
        return new In();
    }

    @Override
    public OutputStream getOutputStream() {
        return out;
    }

    @Override
    public void setSoTimeout(int millis) {
        timeoutMillis = millis;
    }

    @Override
    public int getSoTimeout() {
        return timeoutMillis;
    }

    @Override
    public void shutdownOutput() throws IOException {
        out.close();
    }

    @Override
    public void shutdownInput() {
        inbox.close();
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            inbox.close();
            channel.disconnect();
        }
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public boolean isBound() {
        return true;
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return peer;
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return null;
    }

    @Override
    public InetAddress getInetAddress() {
        return peer instanceof InetSocketAddress address ? address.getAddress() : null;
    }

    @Override
    public int getPort() {
        return peer instanceof InetSocketAddress address ? address.getPort() : 0;
    }

    // The session does for this socket what the kernel does for its own.

    @Override
    public void setTcpNoDelay(boolean on) {}

    @Override
    public void setKeepAlive(boolean on) {}

    @Override
    public void setReuseAddress(boolean on) {}

    @Override
    public void setTrafficClass(int trafficClass) {}

    @Override
    public void setSendBufferSize(int size) {}

    @Override
    public void setReceiveBufferSize(int size) {}

    @Override
    public void setSoLinger(boolean on, int seconds) {}

    @Override
    public String toString() {
        return "connection over SSH to " + peer;
    }
}
