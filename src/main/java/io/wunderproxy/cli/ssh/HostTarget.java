package io.wunderproxy.cli.ssh;

import io.wunderproxy.cli.reach.SshLogin;
import io.wunderproxy.remote.SshSession;
import io.wunderproxy.remote.SshTarget;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The host that a command logs in to, its first parameter. */
final class HostTarget {

    @Parameters(
            index = "0",
            paramLabel = "<target>",
            converter = Converter.class,
            description = "[user@]host[:port]; missing parts come from ~/.ssh/config.")
    SshTarget target;

    @Mixin
    SshLogin ssh;

    SshSession session() {
        return ssh.session(target);
    }

    @Override
    public String toString() {
        return target.toString();
    }

    /** Reads the host to log in to. */
    static final class Converter implements CommandLine.ITypeConverter<SshTarget> {
        @Override
        public SshTarget convert(String text) {
            try {
                return SshTarget.parse(text);
            } catch (IllegalArgumentException e) {
                throw new CommandLine.TypeConversionException(e.getMessage());
            }
        }
    }
}
