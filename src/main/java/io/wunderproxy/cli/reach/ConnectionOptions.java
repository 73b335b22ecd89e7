package io.wunderproxy.cli.reach;

import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.ErrorMessages;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.OptionDefaults;
import io.wunderproxy.client.Credential;
import io.wunderproxy.client.Dialer;
import io.wunderproxy.client.ExpectedMember;
import io.wunderproxy.client.ManagerAddress;
import io.wunderproxy.client.ManagerClient;
import io.wunderproxy.client.ManagerException;
import io.wunderproxy.client.ManagerException.Kind;
import io.wunderproxy.fleet.Member;
import io.wunderproxy.remote.SshException;
import io.wunderproxy.remote.SshSession;
import io.wunderproxy.remote.SshTarget;
import io.wunderproxy.store.CertificateAuthorities;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a manager is reached, and the credentials for it. */
@Command(exitCodeList = {ExitCodes.NOT_FOUND, ExitCodes.NOT_ALLOWED, ExitCodes.UNAVAILABLE})
public final class ConnectionOptions {

    private static final String TOKEN = "--token";
    private static final String TOKEN_FILE = "--token-file";
    private static final String EACH_HOST = "{host}";

    @Spec(Spec.Target.MIXEE)
    CommandSpec spec;

    @Option(
            names = TOKEN,
            paramLabel = "<token>",
            description =
                    "The manager's token. Others on this machine can read a command line: better keep it in a file.")
    String token;

    @Option(names = TOKEN_FILE, paramLabel = "<file>", description = "File with the manager's token.")
    public Path tokenFile;

    @Option(
            names = "--ca-file",
            paramLabel = "<file>",
            description = "PEM file of the authorities that vouch for the manager over TLS, instead of the usual ones.")
    Path caFile;

    @Option(
            names = "--timeout",
            paramLabel = "<time>",
            defaultValue = "10m",
            converter = DurationConverter.class,
            description = "How long a response may take; a launch responds when it is healthy or has failed. "
                    + "Default: ${DEFAULT-VALUE}")
    public Duration timeout;

    @Option(
            names = "--via",
            paramLabel = "<address>",
            description =
                    "Reach the manager over SSH, from this host: ssh://[user@]host[:port], as ~/.ssh/config says. "
                            + "'{host}' stands for the manager's host; the manager is then looked for on its loopback "
                            + "interface first.")
    String via;

    @Mixin
    SshLogin ssh;

    private final AtomicBoolean warned = new AtomicBoolean();
    private SSLContext trusted;

    /** The manager at an address that the user has given; it may take this long to respond. */
    public ManagerClient manager(ManagerAddress address, Duration within) {
        return manager(address, within, Optional.empty());
    }

    /** The manager at an address; a member must prove that it is the one before it gets the token. */
    public ManagerClient manager(ManagerAddress address, Duration within, Optional<Member> member) {
        return new ManagerClient(
                address,
                new Credential(token(), member.map(m -> new ExpectedMember(m.id(), m.manager())), this::warn),
                address.tls() ? trusted() : null,
                within,
                via == null ? Dialer.DIRECT : tunnel(address));
    }

    /** Warns once, however many hosts there are. */
    private void warn(ManagerAddress address) {
        if (!isTunnelled() && !warned.getAndSet(true)) {
            spec.commandLine()
                    .getErr()
                    .println("warning: the token goes to " + address
                            + " in the clear, over a network that is not private: "
                            + "use https:// (--api-tls-cert of the agent), or --via ssh://...");
            spec.commandLine().getErr().flush();
        }
    }

    /** Whether the manager is reached over SSH. */
    boolean isTunnelled() {
        return via != null;
    }

    private Dialer tunnel(ManagerAddress address) {
        if (!via.startsWith("ssh://")) {
            throw new ParameterException(spec.commandLine(), "--via: '" + via + "' is no ssh://[user@]host[:port]");
        }
        var ofEachHost = via.contains(EACH_HOST);
        if (ofEachHost && address.isUnixSocket()) {
            throw new ParameterException(
                    spec.commandLine(), "--via: there is no host for " + EACH_HOST + " in " + address);
        }
        SshTarget target;
        try {
            target = SshTarget.parse(ofEachHost ? via.replace(EACH_HOST, bracketed(address.host())) : via);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--via: " + e.getMessage());
        }
        return manager -> {
            try {
                return ofEachHost ? onHost(target, manager) : through(target, manager);
            } catch (SshException e) {
                throw failure(e, e instanceof SshException.Denied);
            } catch (CommandFailure e) {
                throw failure(e, e.exit() == Exit.NOT_ALLOWED);
            }
        };
    }

    private static ManagerException failure(Exception e, boolean denied) {
        return new ManagerException(denied ? Kind.NOT_ALLOWED : Kind.UNAVAILABLE, e.getMessage());
    }

    /** The login for a command on the host of this manager. */
    public SshTarget login(ManagerAddress address) {
        if (address.isUnixSocket() || via != null && !via.contains(EACH_HOST)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--via: give ssh://[user@]" + EACH_HOST
                            + "; a host in between goes into ~/.ssh/config, as ProxyJump");
        }
        var host = bracketed(address.host());
        try {
            return SshTarget.parse(via == null ? host : via.replace(EACH_HOST, host));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--via: " + e.getMessage());
        }
    }

    public SshSession session(SshTarget target) {
        return ssh.session(target);
    }

    private static String bracketed(String host) {
        return host.contains(":") ? "[" + host + "]" : host;
    }

    private Socket through(SshTarget target, ManagerAddress manager) throws SshException {
        var session = ssh.session(target);
        return manager.isUnixSocket()
                ? session.connect(Path.of(manager.path()))
                : session.connect(manager.host(), manager.port());
    }

    /** Tries the loopback interface first: a manager reached at its host's address most often listens there too, or only. */
    private Socket onHost(SshTarget target, ManagerAddress manager) throws SshException {
        var session = ssh.session(target);
        try {
            return session.connect("127.0.0.1", manager.port());
        } catch (SshException e) {
            return session.connect(manager.host(), manager.port());
        }
    }

    /** The token from the command line, else the environment, else the settings file; in each, the token before its file. */
    Optional<String> token() {
        if (token == null && tokenFile == null) {
            return Optional.empty();
        }
        return tokenFile == null || token != null && rank(TOKEN) <= rank(TOKEN_FILE)
                ? Optional.of(token.strip())
                : Optional.of(read(tokenFile));
    }

    private int rank(String option) {
        if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
            return 0;
        }
        return spec.commandLine().getDefaultValueProvider() instanceof OptionDefaults defaults
                        && defaults.inEnvironment(option)
                ? 1
                : 2;
    }

    private static String read(Path file) {
        try {
            var text = Files.readString(file).strip();
            if (text.isEmpty() || text.indexOf('\n') >= 0) {
                throw new CommandFailure(Exit.NOT_ALLOWED, TOKEN_FILE + ": " + file + " does not hold one token");
            }
            return text;
        } catch (IOException e) {
            throw new CommandFailure(
                    Exit.NOT_ALLOWED,
                    TOKEN_FILE + ": cannot read " + file + ": "
                            + switch (e) {
                                case AccessDeniedException denied -> "permission denied";
                                case NoSuchFileException missing -> "no such file";
                                default -> ErrorMessages.words(e);
                            });
        }
    }

    /** The TLS context, made once for all hosts. */
    private synchronized SSLContext trusted() {
        if (trusted != null) {
            return trusted;
        }
        try {
            if (caFile == null) {
                trusted = SSLContext.getDefault();
            } else {
                var context = SSLContext.getInstance("TLS");
                context.init(null, CertificateAuthorities.trust(caFile), null);
                trusted = context;
            }
            return trusted;
        } catch (IOException e) {
            throw new CommandFailure(Exit.MISUSE, "--ca-file: " + e.getMessage());
        } catch (GeneralSecurityException e) {
            throw new CommandFailure("cannot use TLS: " + e.getMessage());
        }
    }
}
