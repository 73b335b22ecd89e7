package io.wunderproxy.install;

import io.wunderproxy.install.HostFiles.Access;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the agent's token is. Often that is a directory where the service's user may write, and could lead root elsewhere by a link:
 * there everything is done as that user.
 */
final class TokenPlace {

    /**
     * Writes its input into a file, by a name of its own first. What stands at that name, a link too, is never written through:
     * noclobber.
     */
    private static final String WRITE = """
            set -eu; umask 077
            next=$1.$$.new
            trap 'rm -f "$next"' EXIT
            set -C; cat >"$next"; set +C
            sync "$next"; mv -fT "$next" "$1"; sync "$(dirname "$1")"
            """;

    private final Machine machine;
    private final Path place;
    private final ServiceUser owner;

    /** The words before a command. */
    private final List<String> as;

    TokenPlace(Machine machine, Path place) throws IOException, InstallException {
        this.machine = machine;
        this.place = place;
        this.owner = ServiceUser.of(machine);
        this.as = prefix();
    }

    private List<String> prefix() throws IOException, InstallException {
        var root = machine.places().root();
        var directory = place.getParent();
        if (machine.isImage()) {
            // Nobody else is at work there.
            if (!machine.files()
                    .canonical(directory)
                    .equals(machine.files().canonical(root).resolve(root.relativize(directory)))) {
                throw new InstallException(directory + " leads elsewhere by a link");
            }
            return List.of();
        }
        return machine.files().belongToRoot(directory, root)
                ? List.of()
                : List.of("setpriv", "--reuid=" + owner.user(), "--regid=" + owner.group(), "--clear-groups");
    }

    private boolean isRoots() {
        return as.isEmpty();
    }

    private Commands.Result run(String input, String... words) {
        var command = new ArrayList<>(as);
        command.addAll(List.of(words));
        return machine.commands().run(input, command);
    }

    /** Makes its directory if there is none. */
    void makeDirectory() throws IOException, InstallException {
        var directory = place.getParent();
        if (Files.isDirectory(directory)) {
            return;
        }
        if (isRoots()) {
            machine.files().makeDirectories(directory.getParent());
            machine.files().makeDirectories(directory, Access.GROUP_DIRECTORY);
            machine.files().give(directory, owner.user(), owner.group());
        } else {
            var made = run("", "mkdir", "-p", "-m", "0750", directory.toString());
            if (!made.succeeded()) {
                throw new InstallException(directory + " can't be made: " + made.words());
            }
        }
    }

    /** The token; empty if there is none. */
    Optional<String> read() throws IOException {
        if (isRoots()) {
            return machine.files().text(place);
        }
        return Optional.of(run("", "cat", place.toString()))
                .filter(Commands.Result::succeeded)
                .map(result -> result.out().replaceFirst("\n+$", ""));
    }

    /** Replaces it. */
    void write(String token) throws IOException, InstallException {
        var text = token + "\n";
        if (isRoots()) {
            var next = Places.next(place);
            machine.files().write(next, text, Access.SECRET);
            machine.files().give(next, owner.user(), owner.group());
            machine.files().rename(next, place);
            return;
        }
        var written = run(text, "sh", "-c", WRITE, "install", place.toString());
        if (!written.succeeded()) {
            throw new InstallException("the token can't be written to " + place + ": " + written.words());
        }
    }

    void remove() throws IOException, InstallException {
        if (isRoots()) {
            machine.files().removeTree(Places.next(place));
            machine.files().removeTree(place);
            return;
        }
        var removed = run("", "rm", "-f", place.toString());
        if (!removed.succeeded()) {
            throw new InstallException(place + " can't be removed: " + removed.words());
        }
    }
}
