package io.wunderproxy.remote;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelDirectStreamLocal;
import com.jcraft.jsch.ChannelDirectTCPIP;
import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.JSchHostKeyException;
import com.jcraft.jsch.Proxy;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SocketFactory;
import com.jcraft.jsch.UIKeyboardInteractive;
import com.jcraft.jsch.UserInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A login on another host, whose connection is shared by all that is done with it, and which ends with the program at the latest.
 * Calls block. From any thread.
 */
public final class SshSession implements AutoCloseable {

    private static final int KEEP_ALIVE_MILLIS = 15_000;
    private static final int KEEP_ALIVES_UNANSWERED = 3;
    private static final int MOST_JUMPS = 8;
    private static final int PASSWORD_ATTEMPTS = 3;

    /** Of a channel that is opened: the host on the other side may have to wait for a third one. */
    private static final Duration OPENING = Duration.ofSeconds(30);

    private static final long PAUSE_MILLIS = 10;

    /** Reasons for which a server refuses a channel, RFC 4254. */
    private static final int PROHIBITED = 1;

    private static final int CONNECT_FAILED = 2;

    /**
     * Runs a command until it ends or the standard input does, which is when the connection breaks off or is closed: then all of
     * its processes get SIGTERM. Signals by way of the protocol would reach nobody, for sshd takes none for root.
     */
    private static final String UNTIL_INPUT_ENDS = """
            exec 3<&0 </dev/null
            (read -r _ <&3; kill -TERM 0) >/dev/null 2>&1 &
            watcher=$!
            exec 3<&-
            ${SHELL:-sh} -c "$1"
            status=$?
            kill "$watcher" 2>/dev/null
            exit "$status"
            """;

    /** Takes the place of a file, once the copy is whole and on the disk. */
    private static final String RECEIVE = """
            umask 077
            part=$(mktemp "$1.XXXXXX") || exit 1
            trap 'rm -f "$part"' EXIT
            cat >"$part" || exit 1
            sum=$(sha256sum <"$part") || exit 1
            [ "${sum%% *}" = "$2" ] || { echo "the copy has the SHA-256 ${sum%% *}, not $2" >&2; exit 1; }
            chmod "$3" "$part" && sync "$part" && mv -f "$part" "$1"
            """;

    private final SshTarget target;
    private final Session session;
    private final Deque<SshSession> jumps;
    private volatile boolean closed;

    private SshSession(SshTarget target, Session session, Deque<SshSession> jumps) {
        this.target = target;
        this.session = session;
        this.jumps = jumps;
    }

    /**
     * Logs in, through the hosts that {@code ~/.ssh/config} names as ProxyJump.
     *
     * @throws SshException.Denied if the host's key is not the known one, or the host lets nobody in like this
     */
    public static SshSession open(SshTarget target, SshOptions options) throws SshException {
        var opened = new ArrayDeque<SshSession>();
        try {
            return open(target, SshConfig.read(options.home()), options, opened, Optional.empty(), 0);
        } catch (SshException | RuntimeException e) {
            opened.forEach(SshSession::disconnect);
            throw e;
        }
    }

    private static SshSession open(
            SshTarget target,
            SshConfig config,
            SshOptions options,
            Deque<SshSession> opened,
            Optional<SshSession> through,
            int depth)
            throws SshException {
        if (depth > MOST_JUMPS) {
            throw new SshException("~/.ssh/config: the ProxyJump of " + target + " leads in a circle");
        }
        var login = config.login(target, options);
        var via = through;
        if (through.isEmpty()) {
            for (var jump : login.jumps()) {
                via = Optional.of(open(jump, config, options, opened, via, depth + 1));
                opened.push(via.get());
            }
        }
        return new SshSession(target, connect(target, login, options, via), opened);
    }

    private static Session connect(
            SshTarget target, SshConfig.Login login, SshOptions options, Optional<SshSession> via) throws SshException {
        var knownHosts = new KnownHosts(login.knownHosts(), login.acceptNew());
        var keys = new UserKeys(login, options);
        var questions = new Questions(options.prompt());
        var place = target + (target.host().equals(login.host()) ? "" : " (" + login.host() + ")");
        try {
            var session = new JSch().getSession(login.user(), login.host(), login.port());
            session.setConfig("StrictHostKeyChecking", "yes");
            session.setConfig("PreferredAuthentications", "publickey,keyboard-interactive,password");
            session.setHostKeyRepository(knownHosts);
            login.hostKeyAlias().ifPresent(session::setHostKeyAlias);
            session.setIdentityRepository(keys);
            session.setUserInfo(questions);
            session.setDaemonThread(true);
            session.setServerAliveInterval(KEEP_ALIVE_MILLIS);
            session.setServerAliveCountMax(KEEP_ALIVES_UNANSWERED);
            session.setSocketFactory(new Sockets(login.connectTimeout()));
            via.ifPresent(jump -> session.setProxy(new Jump(jump)));
            session.connect((int) login.connectTimeout().toMillis());
            return session;
        } catch (JSchHostKeyException e) {
            throw new SshException.Denied("do not trust " + place + ": " + knownHosts.refusal());
        } catch (JSchException e) {
            throw failed(place, login, keys, questions, e);
        }
    }

    private static SshException failed(
            String place, SshConfig.Login login, UserKeys keys, Questions questions, JSchException e) {
        var message = e.getMessage() == null ? e.toString() : e.getMessage();
        if (message.startsWith("Auth ")) {
            var tried = new ArrayList<>(keys.tried());
            tried.addAll(questions.asked());
            var offered = message.replaceFirst("^.*methods '(.*)'$", "$1");
            return new SshException.Denied(place + " does not let user " + login.user() + " in: it takes " + offered
                    + "; tried: " + (tried.isEmpty() ? "nothing, as there is no key" : String.join(", ", tried))
                    + ". Is your key in ~/.ssh/authorized_keys there, and the user the right one?");
        }
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        var where = place + " on port " + login.port();
        return switch (cause) {
            case UnknownHostException unknown ->
                new SshException("there is no host " + login.host() + ": its name can't be resolved");
            case ConnectException refused
            when String.valueOf(refused.getMessage()).contains("refused") ->
                new SshException("no SSH server listens at " + where + ": connection refused");
            case SocketTimeoutException late ->
                new SshException(where + " does not answer within "
                        + login.connectTimeout().toSeconds() + " s");
            case SshException known -> known;
            default -> new SshException("cannot log in to " + where + ": " + plain(cause), e);
        };
    }

    private static String plain(Throwable e) {
        return e.getMessage() == null
                ? e.getClass().getSimpleName()
                : e.getMessage().replaceFirst("^SSH_MSG_DISCONNECT: \\d+ ", "").strip();
    }

    public SshTarget target() {
        return target;
    }

    /** Whether it was not closed, and has not broken off as far as is known. */
    public boolean isOpen() {
        return session.isConnected();
    }

    // ---- commands ----

    /**
     * Runs a command of the user's shell there, with no input. What it prints is passed on as it comes. It is ended when this
     * session is.
     *
     * @return its exit status, 128 + the signal's number if it was ended by a signal
     * @throws SshException if it could not be begun, or the connection broke off
     */
    public int run(String command, OutputStream out, OutputStream err) throws SshException {
        return execute(quote(List.of("sh", "-c", UNTIL_INPUT_ENDS, "sh", command)), input -> {}, out, err);
    }

    /**
     * Copies a file there, in one step: whoever looks sees the old one or the new one, whole.
     *
     * @param to where, an absolute path in a directory that exists
     * @param mode its permissions, as in {@code 0755}
     * @throws SshException if it could not be copied; nothing is left there then
     */
    public void copy(Path from, String to, int mode) throws SshException {
        var sum = sha256(from);
        var err = new ByteArrayOutputStream();
        var status = execute(
                quote(List.of("sh", "-c", RECEIVE, "sh", to, sum, Integer.toOctalString(mode))),
                input -> {
                    try (var file = Files.newInputStream(from);
                            input) {
                        file.transferTo(input);
                    }
                },
                OutputStream.nullOutputStream(),
                err);
        if (status != 0) {
            throw new SshException("cannot copy " + from + " to " + to + " on " + target + ": "
                    + err.toString(StandardCharsets.UTF_8).strip());
        }
    }

    /** The SHA-256 of a file, as {@code sha256sum} prints it. */
    public static String sha256(Path file) throws SshException {
        try (var in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (IOException e) {
            throw new SshException("cannot read " + file + ": " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Words as a command of a POSIX shell that passes them on as they are. */
    public static String quote(Iterable<String> words) {
        var command = new StringBuilder();
        for (var word : words) {
            command.append(command.isEmpty() ? "" : " ")
                    .append(word.matches("[\\w@%+:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'");
        }
        return command.toString();
    }

    /** Writes a command's standard input, which ends when it is closed, or else when the command does. */
    private interface Input {
        void writeTo(OutputStream input) throws IOException;
    }

    private int execute(String command, Input input, OutputStream out, OutputStream err) throws SshException {
        ChannelExec channel = null;
        try {
            channel = (ChannelExec) channel("exec");
            channel.setCommand(command.getBytes(StandardCharsets.UTF_8));
            channel.setOutputStream(out, true);
            channel.setErrStream(err, true);
            var stdin = channel.getOutputStream();
            channel.connect((int) OPENING.toMillis());
            try {
                input.writeTo(stdin);
            } catch (IOException e) {
                if (!channel.isClosed()) {
                    throw e;
                }
                // It ended without reading all; its exit status says why.
            }
            while (!channel.isClosed()) {
                Thread.sleep(PAUSE_MILLIS);
            }
            if (channel.getExitStatus() < 0) {
                throw new SshException(
                        closed
                                ? "the command on " + target + " was ended"
                                : "the connection to " + target + " broke off");
            }
            return channel.getExitStatus();
        } catch (JSchException | IOException e) {
            throw new SshException("cannot run a command on " + target + ": " + plain(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SshException("interrupted", e);
        } finally {
            if (channel != null) {
                channel.disconnect();
            }
        }
    }

    // ---- connections ----

    /** A connection from there to a TCP port, with its name resolved there. */
    public Socket connect(String host, int port) throws SshException {
        var channel = (ChannelDirectTCPIP) channel("direct-tcpip");
        channel.setHost(host);
        channel.setPort(port);
        return opened(channel, InetSocketAddress.createUnresolved(host, port), host + ":" + port);
    }

    /** A connection to a Unix socket there. */
    public Socket connect(Path socket) throws SshException {
        var channel = (ChannelDirectStreamLocal) channel("direct-streamlocal@openssh.com");
        channel.setSocketPath(socket.toString());
        return opened(channel, UnixDomainSocketAddress.of(socket), socket.toString());
    }

    private Channel channel(String type) throws SshException {
        try {
            var channel = session.openChannel(type);
            if (channel != null) {
                return channel;
            }
            throw new SshException("the connection to " + target + " is closed");
        } catch (JSchException e) {
            throw new SshException("the connection to " + target + " broke off", e);
        }
    }

    private Socket opened(Channel channel, SocketAddress peer, String name) throws SshException {
        try {
            var socket = new ChannelSocket(channel, peer);
            channel.connect((int) OPENING.toMillis());
            if (channel.isConnected()) {
                return socket;
            }
        } catch (IOException | JSchException e) {
            channel.disconnect();
        }
        if (!session.isConnected()) {
            throw new SshException("the connection to " + target + " broke off");
        }
        throw new SshException(
                switch (channel.getExitStatus()) {
                    case PROHIBITED ->
                        target + " does not pass connections on to " + name
                                + ": its sshd_config forbids it (AllowTcpForwarding, AllowStreamLocalForwarding, PermitOpen),"
                                + " or it may not open that socket";
                    case CONNECT_FAILED -> "nothing listens at " + name + ", seen from " + target;
                    default -> target + " gets no connection to " + name;
                });
    }

    @Override
    public void close() {
        closed = true;
        disconnect();
        jumps.forEach(SshSession::disconnect);
    }

    private void disconnect() {
        session.disconnect();
    }

    // ---- what the library asks for ----

    /** The first connection, with a limit on the time that it takes. */
    private record Sockets(Duration timeout) implements SocketFactory {
        @Override
        public Socket createSocket(String host, int port) throws IOException {
            var address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new UnknownHostException(host);
            }
            var socket = new Socket();
            try {
                socket.connect(address, (int) timeout.toMillis());
                return socket;
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        }

        @Override
        public InputStream getInputStream(Socket socket) throws IOException {
            return socket.getInputStream();
        }

        @Override
        public OutputStream getOutputStream(Socket socket) throws IOException {
            return socket.getOutputStream();
        }
    }

    /** A host in between. */
    private static final class Jump implements Proxy {
        private final SshSession through;
        private Socket socket;

        Jump(SshSession through) {
            this.through = through;
        }

        @Override
        public void connect(SocketFactory unused, String host, int port, int timeout) throws SshException {
            socket = through.connect(host, port);
        }

        @Override
        public InputStream getInputStream() {
            return streams(Socket::getInputStream);
        }

        @Override
        public OutputStream getOutputStream() {
            return streams(Socket::getOutputStream);
        }

        private interface Stream<T> {
            T of(Socket socket) throws IOException;
        }

        private <T> T streams(Stream<T> stream) {
            try {
                return stream.of(socket);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
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
                // Nothing is asked of it any more.
            }
        }
    }

    /** What the host wants to know from the user. */
    private static final class Questions implements UserInfo, UIKeyboardInteractive {
        private final SshOptions.Prompt prompt;
        private final List<String> asked = new ArrayList<>();
        private int attempts;
        private String answer;

        Questions(SshOptions.Prompt prompt) {
            this.prompt = prompt;
        }

        List<String> asked() {
            return asked.stream().distinct().toList();
        }

        private boolean ask(String question, String what, boolean again) {
            var secret = prompt.secret(question, again);
            answer = secret.map(String::new).orElse(null);
            asked.add(answer == null ? "no " + what + " was given" : what);
            return answer != null;
        }

        @Override
        public boolean promptPassword(String message) {
            return attempts < PASSWORD_ATTEMPTS && ask(message, "a password", attempts++ > 0);
        }

        @Override
        public String getPassword() {
            return answer;
        }

        @Override
        public boolean promptPassphrase(String message) {
            return ask(message, "a passphrase", false);
        }

        @Override
        public String getPassphrase() {
            return answer;
        }

        @Override
        public String[] promptKeyboardInteractive(
                String destination, String name, String instruction, String[] prompts, boolean[] echo) {
            if (attempts >= PASSWORD_ATTEMPTS) {
                return null;
            }
            var answers = new String[prompts.length];
            for (var i = 0; i < prompts.length; i++) {
                if (!ask(destination + ": " + prompts[i].strip().replaceFirst(":$", ""), "a password", attempts > 0)) {
                    return null;
                }
                answers[i] = answer;
            }
            attempts++;
            return answers;
        }

        @Override
        public boolean promptYesNo(String message) {
            return false;
        }

        @Override
        public void showMessage(String message) {}
    }
}
