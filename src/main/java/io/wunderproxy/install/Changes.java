package io.wunderproxy.install;

import io.wunderproxy.install.HostFiles.Access;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The changes of one installation. Every replacement goes through here: the old file is noted and kept, until the service runs
 * with the new one, or the old one is restored. In an image nothing is kept.
 */
final class Changes {

    private final Machine machine;
    private final UndoLog journal;
    private final List<Change> made = new ArrayList<>();
    private boolean killedBefore;
    private boolean different;

    Changes(Machine machine) {
        this.machine = machine;
        this.journal = new UndoLog(machine);
    }

    /**
     * Puts back what an installation has left that was killed.
     *
     * @return whether there was one
     */
    boolean recover() throws IOException, InstallException {
        if (machine.isImage()) {
            return false;
        }
        // What it replaced may run, or not.
        killedBefore = journal.isThere();
        different = killedBefore;
        if (killedBefore) {
            made.addAll(journal.read());
            undo();
        }
        for (var place : places()) {
            machine.files().removeTree(Places.before(place));
            machine.files().removeTree(Places.next(place));
        }
        return killedBefore;
    }

    /** Beside these an installation puts what they were and what they are to become. */
    private List<Path> places() {
        var places = machine.places();
        return List.of(
                places.program(),
                places.library(),
                places.settings(),
                places.options(),
                places.unit(),
                places.jvmUnit(),
                places.users());
    }

    /** Whether what is there may differ from what the service runs with. */
    boolean areDifferent() {
        return different;
    }

    void setDifferent() {
        different = true;
    }

    /**
     * Whether they are complete only when the service is started anew: by its unit, its environment or its user, or since files were
     * replaced that the running agent may still open.
     */
    boolean needRestart() {
        var places = machine.places();
        var ofProcess = List.of(places.unit(), places.jvmUnit(), places.settings(), places.users(), places.library());
        return killedBefore
                || made.stream().anyMatch(change -> switch (change) {
                    case Change.Kept(var path) -> ofProcess.contains(path);
                    case Change.Added(var path) -> ofProcess.contains(path);
                    case Change.Token token -> false;
                });
    }

    /** Whether there is nothing to restore. */
    boolean areNone() {
        return made.isEmpty();
    }

    /** Whether a file says this already. */
    private boolean isSo(Path file, String content) throws IOException {
        return machine.files().text(file).filter(content::equals).isPresent();
    }

    /** Makes a file say this, if it does not already. */
    void put(Path file, String content, Access access) throws IOException {
        if (isSo(file, content)) {
            return;
        }
        machine.files().makeDirectories(file.getParent());
        machine.files().write(Places.next(file), content + "\n", access);
        replace(file);
    }

    /** Puts what is beside a place already, complete and on the disk, into it. */
    void replace(Path place) throws IOException {
        different = true;
        keep(place);
        if (Files.isDirectory(place)) {
            machine.files().removeTree(place);
        }
        machine.files().rename(Places.next(place), place);
    }

    /** Removes what is at a place. */
    void remove(Path place) throws IOException {
        different = true;
        keep(place);
        machine.files().removeTree(place);
    }

    /** Replaces the token. */
    void replaceToken(Path place, TokenPlace now, String token) throws IOException, InstallException {
        different = true;
        if (!machine.isImage()) {
            journal.keepToken(now);
            note(new Change.Token(place));
        }
        now.write(token);
    }

    private void keep(Path place) throws IOException {
        if (machine.isImage()) {
            return;
        }
        if (!machine.files().isThere(place)) {
            note(new Change.Added(place));
            return;
        }
        machine.files().link(place, Places.before(place));
        note(new Change.Kept(place));
    }

    private void note(Change change) throws IOException {
        journal.note(change);
        made.add(change);
    }

    /**
     * Puts back what was, all that can be.
     *
     * @throws InstallException if something could not be; the next installation tries again
     */
    void undo() throws IOException, InstallException {
        var problems = new ArrayList<String>();
        for (var change : made.reversed()) {
            try {
                change.undo(machine);
            } catch (IOException | InstallException e) {
                problems.add(change.line().replaceFirst("^\\w+ ", "") + ": " + e.getMessage());
            }
        }
        if (!problems.isEmpty()) {
            throw new InstallException("not everything could be restored; the next installation tries again: "
                    + String.join("; ", problems));
        }
        if (!made.isEmpty()) {
            new Manual(machine).write();
        }
        made.clear();
        if (killedBefore) {
            journal.empty();
        } else {
            forget();
        }
    }

    /**
     * Keeps the new files.
     *
     * @param started whether the service runs with it, or was never to; else the next installation starts it anew
     */
    void settle(boolean started) throws IOException {
        if (machine.isImage()) {
            return;
        }
        if (started || !killedBefore) {
            forget();
        } else {
            journal.empty();
        }
        for (var change : made) {
            change.settle(machine);
        }
        made.clear();
    }

    private void forget() throws IOException {
        if (!machine.isImage()) {
            journal.forget();
        }
    }
}
