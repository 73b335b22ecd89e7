package io.wunderproxy.remote;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelDirectStreamLocal;
import com.jcraft.jsch.ChannelDirectTCPIP;
import com.jcraft.jsch.JSchException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/** Opens connections from another host to what can be reached there. Called from any thread. */
final class Forwarding {

    /** The reasons for which a server refuses a channel: RFC 4254, section 5.1. */
    private static final int PROHIBITED = 1;

    private static final int CONNECT_FAILED = 2;

    private final Channels channels;

    Forwarding(Channels channels) {
        this.channels = channels;
    }

    /** A connection from there to a TCP port, with its name resolved there. */
    Socket connect(String host, int port) throws SshException {
        var channel = (ChannelDirectTCPIP) channels.channel("direct-tcpip");
        channel.setHost(host);
        channel.setPort(port);
        return connected(channel, InetSocketAddress.createUnresolved(host, port), host + ":" + port);
    }

    /** A connection to a Unix socket there. */
    Socket connect(Path socket) throws SshException {
        var channel = (ChannelDirectStreamLocal) channels.channel("direct-streamlocal@openssh.com");
        channel.setSocketPath(socket.toString());
        return connected(channel, UnixDomainSocketAddress.of(socket), socket.toString());
    }

    private Socket connected(Channel channel, SocketAddress peer, String name) throws SshException {
        try {
            var socket = new ChannelSocket(channel, peer);
            channel.connect((int) Channels.CONNECT_TIMEOUT.toMillis());
            if (channel.isConnected()) {
                return socket;
            }
        } catch (IOException | JSchException e) {
            channel.disconnect();
        }
        if (!channels.isOpen()) {
            throw new SshException("the connection to " + channels.target() + " broke off");
        }
        throw new SshException(refusal(channel.getExitStatus(), channels.target(), name));
    }

    /** Explains why the server has refused a connection to this name. */
    static String refusal(int reason, SshTarget target, String name) {
        return switch (reason) {
            case PROHIBITED ->
                target + " does not pass connections on to " + name
                        + ": its sshd_config forbids it (AllowTcpForwarding, AllowStreamLocalForwarding, PermitOpen),"
                        + " or it may not open that socket";
            case CONNECT_FAILED -> "nothing listens at " + name + ", seen from " + target;
            default -> target + " gets no connection to " + name;
        };
    }
}
