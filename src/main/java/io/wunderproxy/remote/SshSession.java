package io.wunderproxy.remote;

import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;

/** A login on another host, whose connection is shared by all that is done with it. Calls block. From any thread. */
public final class SshSession implements AutoCloseable {

    private final SshTarget target;

    private SshSession(SshTarget target) {
        this.target = target;
    }

    /**
     * Logs in.
     *
     * @throws SshException.Denied if the host's key is not the known one, or the host lets nobody in like this
     */
    public static SshSession open(SshTarget target, SshOptions options) throws SshException {
        return new SshSession(target);
    }

    public SshTarget target() {
        return target;
    }

    /**
     * Runs a command of the user's shell there, with no input. What it prints is passed on as it comes.
     *
     * @return its exit status, 128 + the signal's number if it was ended by a signal
     * @throws SshException if it could not be begun, or the connection broke off
     */
    public int run(String command, OutputStream out, OutputStream err) throws SshException {
        throw new SshException("not connected to " + target);
    }

    /** A connection from there to a TCP port, with its name resolved there. */
    public Socket connect(String host, int port) throws SshException {
        throw new SshException("not connected to " + target);
    }

    /** A connection to a Unix socket there. */
    public Socket connect(Path socket) throws SshException {
        throw new SshException("not connected to " + target);
    }

    /**
     * Copies a file there, in one step: whoever looks sees the old one or the new one, whole.
     *
     * @param to where, an absolute path in a directory that exists
     * @param mode its permissions, as in {@code 0755}
     */
    public void copy(Path from, String to, int mode) throws SshException {
        throw new SshException("not connected to " + target);
    }

    /** Words as a command of a POSIX shell that passes them on as they are. */
    public static String quote(Iterable<String> words) {
        var command = new StringBuilder();
        for (var word : words) {
            command.append(command.isEmpty() ? "" : " ");
            command.append(word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'");
        }
        return command.toString();
    }

    @Override
    public void close() {}
}
