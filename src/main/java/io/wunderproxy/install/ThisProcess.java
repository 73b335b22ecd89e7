package io.wunderproxy.install;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The process that installs: who runs it, and with which program. */
public interface ThisProcess {

    boolean isRoot();

    /** As {@code uname -m} says it: {@code x86_64}. */
    String architecture();

    /** A variable of the environment that is set and not empty. */
    Optional<String> variable(String name);

    /** The file of the program that runs, which can be read even if that was replaced meanwhile; empty for the JVM build. */
    Optional<Path> program();

    /** From now on neither Ctrl-C nor the end of the connection nor a closed output ends this process or what it starts. */
    void finishWhatIsBegun();

    void pause(Duration time);
}
