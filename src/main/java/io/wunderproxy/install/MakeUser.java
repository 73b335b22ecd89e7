package io.wunderproxy.install;

import io.wunderproxy.install.HostFiles.Access;
import java.io.IOException;
import java.util.List;

/** Makes user and group of the service. */
final class MakeUser implements Step {

    private final Machine machine;

    MakeUser(Machine machine) {
        this.machine = machine;
    }

    private String[] command() {
        return machine.isImage()
                ? new String[] {"systemd-sysusers", "--root=" + machine.places().root(), Places.USERS_NAME}
                : new String[] {"systemd-sysusers", Places.USERS_NAME};
    }

    @Override
    public void preview(Voice voice) throws IOException {
        WriteFile.preview(machine, machine.places().users(), Template.USERS.text(), voice);
        voice.say("would run: " + String.join(" ", List.of(command())));
    }

    @Override
    public void apply(Changes changes, Voice voice) throws IOException, InstallException {
        changes.put(machine.places().users(), Template.USERS.text(), Access.READABLE);
        machine.commands().must(command());
    }
}
