package io.wunderproxy.cli.reach;

import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.remote.SshException;
import io.wunderproxy.remote.SshOptions;
import io.wunderproxy.remote.SshSession;
import io.wunderproxy.remote.SshTarget;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How a command logs in to hosts over SSH. A host is logged in to once, and out of when the program ends. */
@Command(exitCodeList = {ExitCodes.NOT_ALLOWED, ExitCodes.UNAVAILABLE})
public final class SshLogin {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    @Option(
            names = "--ssh-key",
            paramLabel = "<file>",
            description = "Private key for SSH, before those of the agent and of ~/.ssh; may be repeated.")
    List<Path> keys;

    @Option(
            names = "--ssh-accept-new",
            description = "Add the key of an unknown host to known_hosts. A key that has changed is still refused.")
    boolean acceptNew;

    private final SshOptions.Prompt prompt = new TerminalPrompt();
    private final Map<SshTarget, Login> logins = new HashMap<>();

    /** The session with one host, and its lock: others need not wait while the host is logged in to. */
    private static final class Login {
        private SshSession session;
    }

    /** The session with this host, shared by all callers. */
    public SshSession session(SshTarget target) {
        Login login;
        synchronized (logins) {
            if (logins.isEmpty()) {
                Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::logOut));
            }
            login = logins.computeIfAbsent(target, t -> new Login());
        }
        synchronized (login) {
            if (login.session == null || !login.session.isOpen()) {
                try {
                    login.session = SshSession.open(target, options());
                } catch (SshException e) {
                    throw failure(e);
                }
            }
            return login.session;
        }
    }

    private void logOut() {
        synchronized (logins) {
            logins.values().forEach(login -> {
                var session = login.session;
                if (session != null) {
                    session.close();
                }
            });
        }
    }

    private SshOptions options() {
        var environment = System.getenv();
        return new SshOptions(
                Path.of(environment.getOrDefault("HOME", System.getProperty("user.home"))),
                Optional.ofNullable(environment.get("SSH_AUTH_SOCK"))
                        .filter(socket -> !socket.isBlank())
                        .map(Path::of),
                keys == null ? List.of() : keys,
                acceptNew,
                CONNECT_TIMEOUT,
                prompt);
    }

    public static CommandFailure failure(SshException e) {
        return new CommandFailure(
                e instanceof SshException.Denied ? Exit.NOT_ALLOWED : Exit.UNAVAILABLE, e.getMessage());
    }
}
