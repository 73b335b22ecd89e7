package io.wunderproxy.remote;

import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * A login on another host. Its commands and connections share one connection, which ends with the program at the latest. Calls
 * block; they may come from any thread.
 */
public final class SshSession implements AutoCloseable {

    private static final int MOST_JUMPS = 8;

    private final SshConnection connection;
    private final Deque<SshConnection> jumps;
    private final Shell shell;
    private final FileTransfer files;
    private final Forwarding forwarding;

    private SshSession(SshConnection connection, Deque<SshConnection> jumps) {
        this.connection = connection;
        this.jumps = jumps;
        this.shell = new RemoteShell(connection);
        this.files = new FileTransfer(connection.target(), shell);
        this.forwarding = new Forwarding(connection);
    }

    /**
     * Logs in, through the hosts that {@code ~/.ssh/config} names as ProxyJump.
     *
     * @throws SshException.Denied if the host's key is not the known one, or the host accepts none of the user's logins
     */
    public static SshSession open(SshTarget target, SshOptions options) throws SshException {
        var jumps = new ArrayDeque<SshConnection>();
        try {
            var config = SshConfig.read(options.home());
            return new SshSession(open(target, config, options, jumps, Optional.empty(), 0), jumps);
        } catch (SshException | RuntimeException e) {
            jumps.forEach(SshConnection::close);
            throw e;
        }
    }

    /** @param jumps gets the logins on the hosts in between, the last one at the front */
    private static SshConnection open(
            SshTarget target,
            SshConfig config,
            SshOptions options,
            Deque<SshConnection> jumps,
            Optional<JumpProxy.Connector> through,
            int depth)
            throws SshException {
        if (depth > MOST_JUMPS) {
            throw new SshException("~/.ssh/config: the ProxyJump of " + target + " leads in a circle");
        }
        var login = config.login(target, options);
        var via = through;
        if (through.isEmpty()) {
            for (var jump : login.jumps()) {
                jumps.push(open(jump, config, options, jumps, via, depth + 1));
                via = Optional.of(new Forwarding(jumps.peek())::connect);
            }
        }
        return SshConnection.open(target, login, options, via);
    }

    public SshTarget target() {
        return connection.target();
    }

    /** Whether it was not closed, and has not broken off as far as is known. */
    public boolean isOpen() {
        return connection.isOpen();
    }

    /**
     * Runs a command of the user's shell there, with no input, until it or this session ends. Output is passed on as it comes.
     *
     * @return its exit status, 128 + the signal's number if it was ended by a signal
     * @throws SshException if it could not be begun, or the connection broke off
     */
    public int run(String command, OutputStream out, OutputStream err) throws SshException {
        return shell.run(ShellWords.quote(RemoteScripts.RUN_UNTIL_INPUT_ENDS.with(command)), input -> {}, out, err);
    }

    /**
     * Copies a file there, in one step: a reader sees the old file or the new one, whole.
     *
     * @param to an absolute path in a directory that exists
     * @param mode its permissions, as in {@code 0755}
     * @throws SshException if it could not be copied; nothing is left there then
     */
    public void copy(Path from, String to, int mode) throws SshException {
        files.copy(from, to, mode);
    }

    /** A connection from there to a TCP port, with its name resolved there. */
    public Socket connect(String host, int port) throws SshException {
        return forwarding.connect(host, port);
    }

    /** A connection to a Unix socket there. */
    public Socket connect(Path socket) throws SshException {
        return forwarding.connect(socket);
    }

    @Override
    public void close() {
        connection.close();
        jumps.forEach(SshConnection::close);
    }
}
