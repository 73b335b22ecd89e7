package io.wunderproxy.cli.install;

import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.ErrorMessages;
import io.wunderproxy.cli.Printable;
import io.wunderproxy.install.InstallException;
import io.wunderproxy.install.Machine;
import io.wunderproxy.install.Voice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The host that this program runs on, or an image of another one, and whether anything is changed there. */
final class LocalMachine {

    @Spec(Spec.Target.MIXEE)
    CommandSpec spec;

    @Option(
            names = "--root",
            paramLabel = "<dir>",
            description = "Work in the file system below this directory, for an image; nothing is started or stopped.")
    Path root;

    @Option(names = "--dry-run", description = "Show what would be done, and do nothing.")
    boolean dryRun;

    /** Work on the machine. */
    interface Work {
        void run() throws IOException, InstallException;
    }

    Machine open() {
        return Machine.of(Optional.ofNullable(root));
    }

    /** @throws CommandFailure if the work can't be done; a {@link ParameterException} if it makes no sense */
    void run(Work work) {
        try {
            work.run();
        } catch (InstallException.Misuse e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        } catch (InstallException e) {
            throw new CommandFailure(e.getMessage());
        } catch (IOException e) {
            throw new CommandFailure(ErrorMessages.words(e));
        }
    }

    Voice voice() {
        return new Voice() {
            @Override
            public void say(String line) {
                spec.commandLine().getOut().println(Printable.text(line));
                spec.commandLine().getOut().flush();
            }

            @Override
            public void quote(String text) {
                spec.commandLine().getErr().println(Printable.text(text));
                spec.commandLine().getErr().flush();
            }
        };
    }
}
