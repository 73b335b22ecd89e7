package io.wunderproxy.remote;

import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.JSchException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** The user's shell on another host: runs commands, any number at once. Called from any thread. */
final class RemoteShell implements Shell {

    /** The pause between two looks at a command, since the library does not notify of its end. */
    private static final long PAUSE_MILLIS = 10;

    private final Channels channels;

    RemoteShell(Channels channels) {
        this.channels = channels;
    }

    @Override
    public int run(String command, Input input, OutputStream out, OutputStream err) throws SshException {
        var target = channels.target();
        ChannelExec channel = null;
        try {
            channel = (ChannelExec) channels.channel("exec");
            channel.setCommand(command.getBytes(StandardCharsets.UTF_8));
            channel.setOutputStream(out, true);
            channel.setErrStream(err, true);
            var stdin = channel.getOutputStream();
            channel.connect((int) Channels.CONNECT_TIMEOUT.toMillis());
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
                        channels.isClosed()
                                ? "the command on " + target + " was ended"
                                : "the connection to " + target + " broke off");
            }
            return channel.getExitStatus();
        } catch (JSchException | IOException e) {
            throw new SshException("cannot run a command on " + target + ": " + SshException.words(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SshException("interrupted", e);
        } finally {
            if (channel != null) {
                channel.disconnect();
            }
        }
    }
}
