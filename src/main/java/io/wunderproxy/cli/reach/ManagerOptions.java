package io.wunderproxy.cli.reach;

import io.wunderproxy.client.ManagerAddress;
import io.wunderproxy.client.ManagerClient;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The host that a command is for. */
public final class ManagerOptions {

    @Spec(Spec.Target.MIXEE)
    CommandSpec spec;

    @Option(
            names = {"-H", "--host"},
            paramLabel = "<address>",
            defaultValue = "http://127.0.0.1:8001",
            description = "The manager: host:port, https://host:port or unix:/path. Default: ${DEFAULT-VALUE}")
    public String host;

    @Mixin
    public ConnectionOptions connection;

    /** The manager, with the time that a launch may take. */
    public ManagerClient manager() {
        return manager(connection.timeout);
    }

    public ManagerClient manager(Duration within) {
        return connection.manager(address(), within);
    }

    public ManagerAddress address() {
        try {
            return ManagerAddress.parse(host);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--host: " + e.getMessage());
        }
    }

    /** Whether the manager is reached over SSH. */
    public boolean isTunnelled() {
        return connection.isTunnelled();
    }

    public Optional<String> token() {
        return connection.token();
    }

    public Duration timeout() {
        return connection.timeout;
    }
}
