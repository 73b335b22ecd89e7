package io.wunderproxy.install;

import io.wunderproxy.install.HostFiles.Access;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Gives the agent the token that was chosen for it. */
final class GiveToken implements Step {

    private final Machine machine;
    private final Path place;
    private final Path token;

    /**
     * @param place where the agent looks for it
     * @param token the file that it is in now
     */
    GiveToken(Machine machine, Path place, Path token) {
        this.machine = machine;
        this.place = place;
        this.token = token;
    }

    @Override
    public void preview(Voice voice) {
        voice.say("would write: " + place);
    }

    @Override
    public void apply(Changes changes, Voice voice) throws IOException, InstallException {
        var state = machine.places().state();
        if (!machine.files().isThere(state)) {
            var owner = ServiceUser.of(machine);
            machine.files().makeDirectories(state.getParent());
            machine.files().makeDirectories(state, Access.GROUP_DIRECTORY);
            machine.files().give(state, owner.user(), owner.group());
        }
        var now = new TokenPlace(machine, place);
        now.makeDirectory();
        var wanted = machine.files().text(token).orElse("");
        if (!now.read().equals(Optional.of(wanted))) {
            changes.replaceToken(place, now, wanted);
        }
    }
}
