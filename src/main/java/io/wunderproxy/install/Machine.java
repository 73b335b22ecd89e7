package io.wunderproxy.install;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The machine on which the program is installed.
 *
 * @param places where everything goes
 * @param isImage whether it is the file system of a machine that does not run: nobody else is at work there, and nothing is started
 */
public record Machine(Places places, boolean isImage, HostFiles files, Commands commands, ThisProcess process) {

    /** The machine that this program runs on, or the image of another one. */
    public static Machine of(Optional<Path> image) {
        return new Machine(
                new Places(image.orElse(Path.of("/")).toAbsolutePath().normalize()),
                image.isPresent(),
                new HostFiles(),
                new SystemCommands(),
                new SystemProcess());
    }

    /** Whether there is a service manager to talk to. */
    boolean isManaged() {
        return !isImage && Files.isDirectory(places.serviceManager());
    }

    /** Checks the conditions for installing or removing anything. */
    void check(boolean dryRun) throws InstallException {
        if (!dryRun && !process.isRoot()) {
            throw new InstallException("must run as root; use sudo");
        }
        if (isImage && !Files.isDirectory(places.of("etc"))) {
            throw new InstallException("--root " + places.root() + ": there is no file system below it");
        }
        if (!isImage && !isManaged()) {
            throw new InstallException(
                    "systemd does not run here; run the container image instead, see docs/install.md,"
                            + " or give --root to make an image");
        }
        // The package has a unit and a program of its own, which would be hidden by these.
        if (Files.exists(places.packagedUnit(), LinkOption.NOFOLLOW_LINKS)) {
            throw new InstallException(
                    "the Debian package of wunderproxy is installed here: upgrade and remove it with apt-get,"
                            + " and change settings in " + places.settings()
                            + ", then: systemctl restart wunderproxy. To use this installer instead, first: apt-get remove wunderproxy,"
                            + " which leaves settings, token and state as they are");
        }
    }
}
