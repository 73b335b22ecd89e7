package io.wunderproxy.install;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The options of an installation.
 *
 * @param binary the program; by default the one that runs, or, where only settings are to change, the one that is there
 * @param sha256 what its SHA-256 must be, in hex digits
 * @param jvmBuild folder of the JVM build, which is installed instead
 * @param settings {@code KEY=value}, for the file of settings; of those with the same name the last one holds
 * @param tokenFile the token that the agent is to have; by default the one that it has, else it makes one
 * @param serveWithin how long an agent that served may take to serve again
 * @param start whether the service is started, and everything restored if it does not come up
 * @param dryRun only says what would be done
 */
public record InstallOptions(
        Optional<Path> binary,
        Optional<String> sha256,
        Optional<Path> jvmBuild,
        List<String> settings,
        Optional<Path> tokenFile,
        Duration serveWithin,
        boolean start,
        boolean dryRun) {}
