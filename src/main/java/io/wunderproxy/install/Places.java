package io.wunderproxy.install;

import java.nio.file.Path;

/**
 * Where everything is that is installed.
 *
 * @param root {@code /}, or the directory with an image's file system
 */
public record Places(Path root) {

    static final String UNIT_NAME = "wunderproxy.service";
    static final String USERS_NAME = "wunderproxy.conf";

    Path of(String path) {
        return root.resolve(path);
    }

    /** As the machine itself names a place, without the directory of its image. */
    String onMachine(Path place) {
        return "/" + root.relativize(place);
    }

    /** The place that the machine itself names so. */
    Path ofMachine(String absolute) {
        return root.resolve(absolute.replaceFirst("^/+", ""));
    }

    Path program() {
        return of("usr/local/bin/wunderproxy");
    }

    /** The JVM build. */
    Path library() {
        return of("usr/local/lib/wunderproxy");
    }

    Path manual() {
        return of("usr/local/share/man/man1");
    }

    Path completion() {
        return of("usr/local/share/bash-completion/completions/wunderproxy");
    }

    Path configuration() {
        return of("etc/wunderproxy");
    }

    /** The environment of the service. */
    Path settings() {
        return configuration().resolve("environment");
    }

    /** The options of the agent, which it reads itself. */
    Path options() {
        return configuration().resolve("settings");
    }

    /** Where the service may write. */
    Path state() {
        return of("var/lib/wunderproxy");
    }

    Path users() {
        return of("etc/sysusers.d").resolve(USERS_NAME);
    }

    Path unit() {
        return of("etc/systemd/system").resolve(UNIT_NAME);
    }

    /** The directory of this host's changes to the unit. */
    Path unitAdditions() {
        return unit().resolveSibling(UNIT_NAME + ".d");
    }

    Path jvmUnit() {
        return unitAdditions().resolve("50-jvm.conf");
    }

    /** The link that makes it start with the machine. */
    Path enabled() {
        return unit().resolveSibling("multi-user.target.wants").resolve(UNIT_NAME);
    }

    /** The unit of the Debian package. */
    Path packagedUnit() {
        return of("usr/lib/systemd/system").resolve(UNIT_NAME);
    }

    /** On the disk, since the power may go as well, and not where the service may write. */
    Path journal() {
        return of("var/lib/wunderproxy-install/journal");
    }

    /** Where former installers have had it, of the same form. */
    Path formerJournal() {
        return of("run/wunderproxy-install.journal");
    }

    /** The mark of the first installers: that something was replaced, without saying what. */
    Path formerMark() {
        return of("run/wunderproxy-install.begun");
    }

    Path lock() {
        return of("run/wunderproxy-install.lock");
    }

    Path serviceManager() {
        return of("run/systemd/system");
    }

    Path dockerSocket() {
        return of("var/run/docker.sock");
    }

    /** Beside a place: what it is to become. */
    static Path next(Path place) {
        return place.resolveSibling(place.getFileName() + ".new");
    }

    /** Beside a place: what it was. */
    static Path before(Path place) {
        return place.resolveSibling(place.getFileName() + ".before");
    }
}
