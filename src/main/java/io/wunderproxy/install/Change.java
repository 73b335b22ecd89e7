package io.wunderproxy.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/** Something that an installation has replaced, as the journal has it, and how it is restored. Doing that twice does no harm. */
sealed interface Change {

    /** Puts back what was. */
    void undo(Machine machine) throws IOException, InstallException;

    /** Removes the old file that was kept: it will not be restored any more. */
    default void settle(Machine machine) throws IOException {}

    /** How it stands in the journal. */
    String line();

    /** Reads a line of the journal; empty if the power went while it was written, as then nothing was replaced yet. */
    static Optional<Change> of(String line) {
        var words = line.split(" ", 2);
        if (words.length < 2 || !words[1].startsWith("/")) {
            return Optional.empty();
        }
        var path = Path.of(words[1]);
        return switch (words[0]) {
            case "kept" -> Optional.of(new Kept(path));
            case "added" -> Optional.of(new Added(path));
            case "token" -> Optional.of(new Token(path));
            default -> Optional.empty();
        };
    }

    /** A file or directory was replaced or removed, and is kept beside its place. */
    record Kept(Path path) implements Change {

        @Override
        public void undo(Machine machine) throws IOException {
            var before = Places.before(path);
            if (!Added.isRoots(machine, path) || !machine.files().isThere(before)) {
                return;
            }
            if (Files.isDirectory(before, LinkOption.NOFOLLOW_LINKS)
                    || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                machine.files().removeTree(path);
            }
            machine.files().rename(before, path);
        }

        @Override
        public void settle(Machine machine) throws IOException {
            machine.files().removeTree(Places.before(path));
        }

        @Override
        public String line() {
            return "kept " + path;
        }
    }

    /** A file or directory is there that was not. */
    record Added(Path path) implements Change {

        @Override
        public void undo(Machine machine) throws IOException {
            if (isRoots(machine, path)) {
                machine.files().removeTree(path);
            }
        }

        /** Former installers have replaced files as root where others may write, and could be led elsewhere there. */
        static boolean isRoots(Machine machine, Path path) throws IOException {
            return machine.files()
                    .belongToRoot(path.getParent(), machine.places().root());
        }

        @Override
        public String line() {
            return "added " + path;
        }
    }

    /** The token was replaced; what it was is kept beside the journal, if there was one. */
    record Token(Path place) implements Change {

        static Path before(Machine machine) {
            return machine.places().journal().resolveSibling("token");
        }

        @Override
        public void undo(Machine machine) throws IOException, InstallException {
            var now = new TokenPlace(machine, place);
            var before = machine.files().text(before(machine));
            if (before.isPresent()) {
                now.write(before.get());
            } else {
                now.remove();
            }
        }

        @Override
        public String line() {
            return "token " + place;
        }
    }
}
