package io.wunderproxy.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.JSchException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RemoteShellTest {
    private static final OutputStream NOWHERE = OutputStream.nullOutputStream();

    private final Command command = new Command();
    private boolean closedFromHere;

    /** A command of a host that does not exist: ends when it has its input, with the status that the test says. */
    private static final class Command extends ChannelExec {
        private final ByteArrayOutputStream input = new ByteArrayOutputStream();
        private String text;
        private OutputStream out;
        private OutputStream err;
        private int status;
        private boolean ended;
        private boolean released;
        private JSchException refusal;

        @Override
        public void setCommand(byte[] command) {
            text = new String(command, StandardCharsets.UTF_8);
        }

        @Override
        public void setOutputStream(OutputStream to, boolean dontClose) {
            assertThat(dontClose).isTrue();
            out = to;
        }

        @Override
        public void setErrStream(OutputStream to, boolean dontClose) {
            assertThat(dontClose).isTrue();
            err = to;
        }

        @Override
        public OutputStream getOutputStream() {
            return input;
        }

        @Override
        public void connect(int timeoutMillis) throws JSchException {
            if (refusal != null) {
                throw refusal;
            }
            try {
                out.write('o');
                err.write('e');
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public boolean isClosed() {
            return ended;
        }

        @Override
        public int getExitStatus() {
            return status;
        }

        @Override
        public void disconnect() {
            released = true;
        }
    }

    private final class Login implements Channels {
        @Override
        public SshTarget target() {
            return SshTarget.parse("shop1");
        }

        @Override
        public Channel channel(String type) {
            assertThat(type).isEqualTo("exec");
            return command;
        }

        @Override
        public boolean isOpen() {
            return !closedFromHere;
        }

        @Override
        public boolean isClosed() {
            return closedFromHere;
        }
    }

    private int run(Shell.Input input) throws SshException {
        return new RemoteShell(new Login())
                .run(
                        "true ü",
                        stdin -> {
                            command.ended = true;
                            input.writeTo(stdin);
                        },
                        NOWHERE,
                        NOWHERE);
    }

    @Test
    void a_command_gets_its_input_and_has_outputs_and_a_status() throws Exception {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        command.status = 7;
        command.ended = true;

        var status = new RemoteShell(new Login()).run("true ü", stdin -> stdin.write('i'), out, err);

        assertThat(status).isEqualTo(7);
        assertThat(command.text).isEqualTo("true ü");
        assertThat(command.input).hasToString("i");
        assertThat(out).hasToString("o");
        assertThat(err).hasToString("e");
        assertThat(command.released).isTrue();
    }

    @Test
    void a_command_that_ends_without_reading_its_input_has_its_status() throws Exception {
        command.status = 3;

        var status = run(stdin -> {
            throw new IOException("Pipe closed");
        });

        assertThat(status).isEqualTo(3);
    }

    @Test
    void input_that_can_not_be_written_to_a_command_that_runs_is_a_failure() {
        assertThatThrownBy(() -> run(stdin -> {
                    command.ended = false;
                    throw new IOException("disk error");
                }))
                .isInstanceOf(SshException.class)
                .hasMessage("cannot run a command on shop1: disk error");
        assertThat(command.released).isTrue();
    }

    @Test
    void a_command_without_a_status_was_ended_from_here_or_by_the_connection() {
        command.status = -1;

        assertThatThrownBy(() -> run(stdin -> {})).hasMessage("the connection to shop1 broke off");
        closedFromHere = true;
        assertThatThrownBy(() -> run(stdin -> {})).hasMessage("the command on shop1 was ended");
        assertThat(command.released).isTrue();
    }

    @Test
    void a_command_that_can_not_be_begun_is_reported_without_the_numbers_of_the_protocol() {
        command.refusal = new JSchException("SSH_MSG_DISCONNECT: 11 too many sessions ");

        assertThatThrownBy(() -> run(stdin -> {}))
                .isInstanceOf(SshException.class)
                .hasMessage("cannot run a command on shop1: too many sessions");
        assertThat(command.released).isTrue();
    }
}
