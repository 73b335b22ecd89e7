package io.wunderproxy.install;

import io.wunderproxy.install.HostFiles.Access;
import java.io.IOException;

/** Writes the settings, for root and the service alone. */
final class WriteSettings implements Step {

    private final Machine machine;
    private final Settings settings;

    WriteSettings(Machine machine, Settings settings) {
        this.machine = machine;
        this.settings = settings;
    }

    @Override
    public void preview(Voice voice) throws IOException {
        WriteFile.preview(machine, machine.places().settings(), settings.text(), voice);
        WriteFile.preview(machine, machine.places().options(), settings.optionsText(), voice);
    }

    @Override
    public void apply(Changes changes, Voice voice) throws IOException, InstallException {
        var places = machine.places();
        var group = ServiceUser.of(machine).group();
        machine.files().makeDirectories(places.configuration().getParent());
        machine.files().makeDirectories(places.configuration(), Access.GROUP_DIRECTORY);
        changes.put(places.settings(), settings.text(), Access.GROUP);
        changes.put(places.options(), settings.optionsText(), Access.GROUP);
        machine.files().protect(places.configuration(), machine.files().rootUser(), group, Access.GROUP_DIRECTORY);
        machine.files().protect(places.settings(), machine.files().rootUser(), group, Access.GROUP);
        machine.files().protect(places.options(), machine.files().rootUser(), group, Access.GROUP);
        voice.say("settings:  " + places.settings() + " (environment), " + places.options() + " (options)");
    }
}
