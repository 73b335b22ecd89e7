package io.wunderproxy.remote;

import static org.assertj.core.api.Assertions.assertThat;

import com.jcraft.jsch.JSchException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoginFailureTest {
    private final LoginFailure failure =
            new LoginFailure("shop1 (10.0.0.1)", "10.0.0.1", 22, "ops", Duration.ofSeconds(10), List.of());

    private String because(Throwable cause) {
        return failure.because(new JSchException("Session.connect: " + cause, cause))
                .getMessage();
    }

    @Test
    void a_fault_of_the_network_is_distinguished_from_one_of_the_server() {
        assertThat(because(new UnknownHostException("shop1")))
                .isEqualTo("there is no host 10.0.0.1: its name can't be resolved");
        assertThat(because(new ConnectException("Connection refused")))
                .isEqualTo("no SSH server listens at shop1 (10.0.0.1) on port 22: connection refused");
        assertThat(because(new SocketTimeoutException("Connect timed out")))
                .isEqualTo("shop1 (10.0.0.1) on port 22 does not respond within 10 s");
        assertThat(because(new IOException("Connection reset")))
                .isEqualTo("cannot log in to shop1 (10.0.0.1) on port 22: Connection reset");
    }

    @Test
    void what_a_host_in_between_says_is_passed_on() {
        var known = new SshException("nothing listens at 10.0.0.1:22, seen from jump");

        assertThat(failure.because(new JSchException("ProxyHTTP", known))).isSameAs(known);
    }

    @Test
    void whoever_is_not_let_in_reads_what_was_tried() {
        var refused = new JSchException("Auth fail for methods 'publickey,password'");

        assertThat(failure.because(refused))
                .isInstanceOf(SshException.Denied.class)
                .hasMessage("shop1 (10.0.0.1) does not let user ops in: it takes publickey,password;"
                        + " tried: nothing, as there is no key."
                        + " Is your key in ~/.ssh/authorized_keys there, and the user the right one?");
        assertThat(new LoginFailure("shop1", "shop1", 22, "ops", Duration.ZERO, List.of("a", "b")).because(refused))
                .hasMessageContaining("; tried: a, b. Is");
    }

    @Test
    void a_host_that_is_not_trusted_is_reported_with_the_reason() {
        assertThat(failure.untrusted("its key has changed"))
                .isInstanceOf(SshException.Denied.class)
                .hasMessage("do not trust shop1 (10.0.0.1): its key has changed");
    }

    @Test
    void the_protocol_s_numbers_are_left_out() {
        assertThat(failure.because(new JSchException("SSH_MSG_DISCONNECT: 2 Too many authentication failures ")))
                .hasMessage("cannot log in to shop1 (10.0.0.1) on port 22: Too many authentication failures");
    }
}
