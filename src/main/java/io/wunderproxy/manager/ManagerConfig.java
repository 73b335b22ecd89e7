package io.wunderproxy.manager;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;

/** What the operator said about the manager; set from the command line of {@code wunderproxy run}. */
@ConfigMapping(prefix = "agent.manager")
public interface ManagerConfig {

    /** Who may make calls that change state. */
    Authentication authentication();

    /** The file with the bearer token. */
    Path tokenFile();

    /** How a caller proves that it may change state. */
    enum Authentication {
        /** By a bearer token. */
        TOKEN,
        /** Not at all, as with the original tool. */
        NONE
    }
}
