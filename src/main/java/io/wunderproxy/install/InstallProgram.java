package io.wunderproxy.install;

import io.wunderproxy.install.HostFiles.Access;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Puts the program where it belongs, also if that is the one that runs now, and what belongs to it. */
final class InstallProgram implements Step {

    private final Machine machine;
    private final Path source;
    private final String name;
    private final Optional<String> sha256;

    /**
     * @param source the file
     * @param name what it is called in messages
     * @param sha256 what its SHA-256 must be, if that is known
     */
    InstallProgram(Machine machine, Path source, String name, Optional<String> sha256) {
        this.machine = machine;
        this.source = source;
        this.name = name;
        this.sha256 = sha256;
    }

    @Override
    public void preview(Voice voice) throws IOException, InstallException {
        check(source);
        voice.say("would install: " + name + " as " + machine.places().program());
    }

    private void check(Path file) throws IOException, InstallException {
        if (sha256.isEmpty()) {
            return;
        }
        var actual = machine.files().sha256(file);
        if (!actual.equals(sha256.get())) {
            throw new InstallException(
                    name + " has the SHA-256 " + actual + ", not " + sha256.get() + ": it was altered or cut short");
        }
    }

    /** Installs the bytes that were checked: the copy, which then takes the place of the old one in one step. */
    @Override
    public void apply(Changes changes, Voice voice) throws IOException, InstallException {
        var places = machine.places();
        var program = places.program();
        var next = Places.next(program);
        String version;
        machine.files().makeDirectories(program.getParent());
        try {
            machine.files().copy(source, next, Access.EXECUTABLE);
            check(next);
            version = version(next);
            if (!machine.files().areSame(next, program)) {
                changes.replace(program);
            }
        } finally {
            machine.files().removeTree(next);
        }
        if (machine.files().isThere(places.jvmUnit())) {
            changes.remove(places.jvmUnit());
            if (machine.files().isThere(places.library())) {
                changes.remove(places.library());
            }
        }
        voice.say("program:   " + program + ", " + version);
        if (!new Manual(machine).write()) {
            voice.say("manual:    could not be written to " + places.manual() + "; 'wunderproxy man' shows it");
        }
    }

    private String version(Path program) throws InstallException {
        var says = machine.commands().run(program.toString(), "--version");
        if (says.succeeded()) {
            return says.out().strip();
        }
        var library = machine.commands().run("getconf", "GNU_LIBC_VERSION");
        throw new InstallException(name + " does not run on this machine: " + says.words()
                + " (it needs glibc 2.34 or later, and here is "
                + (library.succeeded() ? library.out().strip() : "another libc") + ")");
    }
}
