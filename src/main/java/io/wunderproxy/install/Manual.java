package io.wunderproxy.install;

import io.wunderproxy.install.HostFiles.Access;
import java.io.IOException;

/** Manual pages and completion: what people need who work on the host, and the service does not. */
final class Manual {

    private final Machine machine;

    Manual(Machine machine) {
        this.machine = machine;
    }

    /**
     * Makes them those of the program that is installed.
     *
     * @return whether they could be written
     */
    boolean write() throws IOException {
        remove();
        var places = machine.places();
        var program = places.program();
        if (!machine.files().isThere(program)) {
            return true;
        }
        machine.files().makeDirectories(places.manual());
        var pages = machine.commands()
                .run(program.toString(), "man", "--dir", places.manual().toString());
        var completion = machine.commands().run(program.toString(), "completion", "bash");
        if (!pages.succeeded() || !completion.succeeded()) {
            return false;
        }
        machine.files().makeDirectories(places.completion().getParent());
        machine.files().write(places.completion(), completion.out(), Access.READABLE);
        return true;
    }

    void remove() throws IOException {
        var places = machine.places();
        machine.files().removeTree(places.manual().resolve("wunderproxy.1"));
        for (var page : machine.files().list(places.manual(), "wunderproxy-", ".1")) {
            machine.files().removeTree(page);
        }
        machine.files().removeTree(places.completion());
    }
}
