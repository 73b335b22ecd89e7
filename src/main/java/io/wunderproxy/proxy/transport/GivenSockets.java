package io.wunderproxy.proxy.transport;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/**
 * Sockets that listen already when this process begins: the service manager opened them, or the agent that this one replaces
 * did. Connections wait at them meanwhile. They are taken by their address; what nobody takes is closed in the end.
 */
public final class GivenSockets {
    private static final Logger LOG = Logger.getLogger(GivenSockets.class);

    /** The first descriptor that a service manager passes on, see sd_listen_fds(3). */
    private static final int FIRST = 3;

    private static final int MOST = 1024;

    // Of <sys/socket.h>, on Linux.
    private static final int SOL_SOCKET = 1;
    private static final int SO_TYPE = 3;
    private static final int SO_ACCEPTCONN = 30;
    private static final int SO_DOMAIN = 39;
    private static final int SOCK_STREAM = 1;
    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    /** {@code O_NONBLOCK} of {@code <fcntl.h>}. */
    private static final int NON_BLOCKING = 0_4000;

    private record Given(int descriptor, SocketAddress address) {}

    private final List<Given> free = new ArrayList<>();

    /** Whether they stay another's, who removes their files. */
    private boolean lent;

    private GivenSockets() {}

    /** None: this process opens all of its sockets. */
    public static GivenSockets none() {
        return new GivenSockets();
    }

    /**
     * Those with these descriptors, which belong to this object from now on.
     *
     * @param lent whether they are the service manager's, and stay so
     * @throws ProxyStartException if one is no socket that listens for streams of TCP or at a path, or waits for connections
     *     where an event loop must not wait
     */
    public static GivenSockets of(Collection<Integer> descriptors, boolean lent) {
        var given = new GivenSockets();
        given.lent = lent;
        for (var descriptor : descriptors) {
            given.free.add(new Given(descriptor, addressOf(descriptor)));
        }
        return given;
    }

    /**
     * Those that a service manager has passed to this process, as sd_listen_fds(3) has it.
     *
     * @param environment of this process
     * @throws ProxyStartException as {@link #of}, or if there is no epoll to use them with
     */
    public static GivenSockets activated(Map<String, String> environment) {
        var number = environment.getOrDefault("LISTEN_FDS", "");
        var ours = Long.toString(ProcessHandle.current().pid());
        if (number.isEmpty() || !environment.getOrDefault("LISTEN_PID", "").equals(ours)) {
            return none();
        }
        if (!number.matches("\\d{1,4}") || Integer.parseInt(number) > MOST) {
            throw new ProxyStartException("LISTEN_FDS is no number of sockets: " + number);
        }
        if (!Epoll.isAvailable()) {
            throw new ProxyStartException(
                    "sockets of the service manager (LISTEN_FDS) need epoll, which can't be used here");
        }
        return of(
                IntStream.range(FIRST, FIRST + Integer.parseInt(number)).boxed().toList(), true);
    }

    /** Whether they stay another's, who opened them and removes the files of those that have a path. */
    public boolean areLent() {
        return lent;
    }

    private static SocketAddress addressOf(int descriptor) {
        try {
            var socket = new Socket(descriptor);
            if (socket.getIntOpt(SOL_SOCKET, SO_TYPE) != SOCK_STREAM
                    || socket.getIntOpt(SOL_SOCKET, SO_ACCEPTCONN) == 0) {
                throw unusable(descriptor, "it is a socket that does not listen for streams");
            }
            if (!isNonBlocking(descriptor)) {
                makeNonBlocking(descriptor);
            }
            if (!isNonBlocking(descriptor)) {
                throw unusable(descriptor, "accepting from it would wait; set NonBlocking=yes in the service");
            }
            return switch (socket.getIntOpt(SOL_SOCKET, SO_DOMAIN)) {
                case AF_INET, AF_INET6 -> socket.localAddress();
                case AF_UNIX -> socket.localDomainSocketAddress();
                default -> throw unusable(descriptor, "it is a socket of another family than TCP or Unix");
            };
        } catch (IOException | ChannelException notSocket) {
            throw unusable(descriptor, "it is no socket: " + notSocket.getMessage());
        }
    }

    /**
     * Sends the descriptor to this process itself, since the transport makes those that it receives non-blocking: that is a
     * property of the socket, whichever descriptor it is changed by.
     */
    private static void makeNonBlocking(int descriptor) throws IOException {
        var mailbox = Socket.newSocketDomainDgram();
        try {
            var name = new DomainSocketAddress("\0wunderproxy-" + UUID.randomUUID());
            mailbox.bind(name);
            // From now on it takes nothing from anybody else.
            mailbox.connect(name);
            mailbox.sendFd(descriptor);
            new Socket(mailbox.recvFd()).close();
        } finally {
            mailbox.close();
        }
    }

    private static boolean isNonBlocking(int descriptor) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/fdinfo/" + descriptor)).stream()
                .filter(line -> line.startsWith("flags:"))
                .map(line -> line.substring("flags:".length()).strip())
                .anyMatch(flags -> (Integer.parseInt(flags, 8) & NON_BLOCKING) != 0);
    }

    private static ProxyStartException unusable(int descriptor, String why) {
        return new ProxyStartException("cannot use the descriptor " + descriptor + " that was passed on: " + why);
    }

    /** The sockets that listen at an address. They belong to the caller now. */
    synchronized List<Integer> take(SocketAddress address) {
        var taken =
                free.stream().filter(given -> isSame(given.address, address)).toList();
        free.removeAll(taken);
        return taken.stream().map(Given::descriptor).toList();
    }

    /** All addresses of this machine are one, of whichever family they are written: such sockets take clients of both. */
    private static boolean isSame(SocketAddress one, SocketAddress other) {
        return one instanceof InetSocketAddress a && other instanceof InetSocketAddress b
                ? a.getPort() == b.getPort()
                        && (a.getAddress().equals(b.getAddress())
                                || a.getAddress().isAnyLocalAddress()
                                        && b.getAddress().isAnyLocalAddress())
                : one.equals(other);
    }

    /**
     * Closes those that nobody has taken, after which nobody may take any.
     *
     * @throws ProxyStartException if there are any and they stay another's, who would let connections wait there forever
     */
    public synchronized void closeOthers() {
        var addresses =
                free.stream().map(given -> text(given.address)).distinct().toList();
        for (var given : free) {
            if (!lent) {
                LOG.infof("nothing of this agent listens at %s, which was passed on: closed", text(given.address));
            }
            try {
                new Socket(given.descriptor).close();
            } catch (IOException cause) {
                LOG.warnf("cannot close the socket at %s: %s", text(given.address), cause.getMessage());
            }
        }
        free.clear();
        if (lent && !addresses.isEmpty()) {
            throw new ProxyStartException("the service manager listens at " + String.join(" and at ", addresses)
                    + " for this agent, where neither --proxy nor --tls listens, so connections would wait there forever: "
                    + "correct ListenStream= of the socket unit, or these options");
        }
    }

    /** As an option has it. */
    private static String text(SocketAddress address) {
        return switch (address) {
            case InetSocketAddress tcp ->
                new ListenAddress.Tcp(NetUtil.toAddressString(tcp.getAddress()), tcp.getPort()).toString();
            case DomainSocketAddress unix -> "unix:" + unix.path();
            default -> address.toString();
        };
    }
}
