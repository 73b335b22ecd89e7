package io.wunderproxy.remote;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.JSchHostKeyException;
import com.jcraft.jsch.Session;
import java.util.ArrayList;
import java.util.Optional;

/** One login of the library, with its settings, host key, user keys and limit on silence. Called from any thread. */
final class SshConnection implements Channels, AutoCloseable {

    private static final int KEEP_ALIVE_MILLIS = 15_000;
    private static final int MOST_LOST_KEEP_ALIVES = 3;

    private final SshTarget target;
    private final Session session;
    private volatile boolean closed;

    private SshConnection(SshTarget target, Session session) {
        this.target = target;
        this.session = session;
    }

    /**
     * Logs in.
     *
     * @param via the login on the host in between
     * @throws SshException.Denied if the host's key is not the known one, or the host accepts none of the user's logins
     */
    static SshConnection open(
            SshTarget target, SshConfig.Login login, SshOptions options, Optional<JumpProxy.Connector> via)
            throws SshException {
        var knownHosts = new KnownHosts(login.knownHosts(), login.acceptNew());
        var keys = new UserKeys(login, options);
        var questions = new Questions(options.prompt());
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
            session.setServerAliveCountMax(MOST_LOST_KEEP_ALIVES);
            session.setSocketFactory(new JschSockets(login.connectTimeout()));
            via.ifPresent(jump -> session.setProxy(new JumpProxy(jump)));
            session.connect((int) login.connectTimeout().toMillis());
            return new SshConnection(target, session);
        } catch (JSchException e) {
            var tried = new ArrayList<>(keys.tried());
            tried.addAll(questions.asked());
            var failure = LoginFailure.of(target, login, tried);
            throw e instanceof JSchHostKeyException ? failure.untrusted(knownHosts.refusal()) : failure.because(e);
        }
    }

    @Override
    public SshTarget target() {
        return target;
    }

    @Override
    public Channel channel(String type) throws SshException {
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

    @Override
    public boolean isOpen() {
        return session.isConnected();
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
        session.disconnect();
    }
}
