package io.wunderproxy.install;

import io.wunderproxy.install.HostFiles.Access;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A list of the files that an installation replaces, each noted before it is replaced. A later installation restores them if this one
 * is killed before the service runs with the new ones. It is there as long as something may have been replaced that the service was
 * not started with.
 */
final class UndoLog {

    private final Machine machine;
    private final Path file;

    UndoLog(Machine machine) {
        this.machine = machine;
        this.file = machine.places().journal();
    }

    /** Whether an installation was killed, or has failed after one that was killed. */
    boolean isThere() {
        return machine.files().isThere(file)
                || machine.files().isThere(machine.places().formerJournal())
                || machine.files().isThere(machine.places().formerMark());
    }

    /** The changes to undo, in the order in which they were made. */
    List<Change> read() throws IOException {
        var changes = new ArrayList<Change>();
        for (var journal : List.of(machine.places().formerJournal(), file)) {
            machine.files().text(journal).orElse("").lines().forEach(line -> Change.of(line)
                    .ifPresent(changes::add));
        }
        return changes;
    }

    /** Writes down what is about to be replaced. */
    void note(Change change) throws IOException {
        makeDirectory();
        machine.files().append(file, change.line());
    }

    /** Keeps the token that is about to be replaced. */
    void keepToken(TokenPlace place) throws IOException {
        makeDirectory();
        var kept = Change.Token.before(machine);
        machine.files().removeTree(kept);
        var token = place.read();
        if (token.isPresent()) {
            machine.files().write(kept, token.get(), Access.SECRET);
        }
    }

    /** Nothing of it is to be restored any more, but the service was not started since. */
    void empty() throws IOException {
        makeDirectory();
        machine.files().empty(file);
        machine.files().removeTree(Change.Token.before(machine));
        removeFormer();
    }

    /** Nothing of it is to be restored any more, and the service runs with what is there. */
    void forget() throws IOException {
        // First the journal: by half of what it says, half of what is new would be taken away.
        machine.files().removeTree(file);
        removeFormer();
        machine.files().removeTree(file.getParent());
    }

    private void removeFormer() throws IOException {
        machine.files().removeTree(machine.places().formerJournal());
        machine.files().removeTree(machine.places().formerMark());
    }

    private void makeDirectory() throws IOException {
        if (!Files.isDirectory(file.getParent())) {
            machine.files().makeDirectories(file.getParent().getParent());
            machine.files().makeDirectories(file.getParent(), Access.SECRET_DIRECTORY);
        }
    }
}
