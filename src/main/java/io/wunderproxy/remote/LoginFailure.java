package io.wunderproxy.remote;

import com.jcraft.jsch.JSchException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/**
 * Says why a login failed.
 *
 * @param place the host as the user named it, and what that means if it is an alias
 * @param tried the keys and passwords that there were to log in with
 */
record LoginFailure(String place, String host, int port, String user, Duration timeout, List<String> tried) {

    static LoginFailure of(SshTarget target, SshConfig.Login login, List<String> tried) {
        var place = target + (target.host().equals(login.host()) ? "" : " (" + login.host() + ")");
        return new LoginFailure(place, login.host(), login.port(), login.user(), login.connectTimeout(), tried);
    }

    SshException.Denied untrusted(String reason) {
        return new SshException.Denied("do not trust " + place + ": " + reason);
    }

    SshException because(JSchException e) {
        var message = e.getMessage() == null ? e.toString() : e.getMessage();
        if (message.startsWith("Auth ")) {
            var offered = message.replaceFirst("^.*methods '(.*)'$", "$1");
            return new SshException.Denied(place + " does not let user " + user + " in: it takes " + offered
                    + "; tried: " + (tried.isEmpty() ? "nothing, as there is no key" : String.join(", ", tried))
                    + ". Is your key in ~/.ssh/authorized_keys there, and the user the right one?");
        }
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        var where = place + " on port " + port;
        return switch (cause) {
            case UnknownHostException unknown ->
                new SshException("there is no host " + host + ": its name can't be resolved");
            case ConnectException refused
            when String.valueOf(refused.getMessage()).contains("refused") ->
                new SshException("no SSH server listens at " + where + ": connection refused");
            case SocketTimeoutException late ->
                new SshException(where + " does not respond within " + timeout.toSeconds() + " s");
            case SshException known -> known;
            default -> new SshException("cannot log in to " + where + ": " + SshException.words(cause), e);
        };
    }
}
