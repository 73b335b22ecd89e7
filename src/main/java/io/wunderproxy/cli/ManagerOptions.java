package io.wunderproxy.cli;

import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which host a command is for. */
final class ManagerOptions {

    @Spec(Spec.Target.MIXEE)
    CommandSpec spec;

    @Option(
            names = {"-H", "--host"},
            paramLabel = "<address>",
            defaultValue = "http://127.0.0.1:8001",
            description = "The manager: host:port, https://host:port or unix:/path. Default: ${DEFAULT-VALUE}")
    String host;

    @Mixin
    ConnectionOptions connection;

    /** The manager, with the time that a launch may take. */
    Manager manager() {
        return manager(connection.timeout);
    }

    Manager manager(Duration within) {
        return connection.manager(address(), within);
    }

    ManagerAddress address() {
        try {
            return ManagerAddress.parse(host);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--host: " + e.getMessage());
        }
    }

    /** Whether the manager is reached over SSH. */
    boolean isTunnelled() {
        return connection.isTunnelled();
    }

    Optional<String> token() {
        return connection.token();
    }

    Duration timeout() {
        return connection.timeout;
    }
}
