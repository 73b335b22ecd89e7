package io.wunderproxy.install;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Stops the service and removes it; containers run on. */
public final class Uninstaller {

    private final Machine machine;
    private final boolean purge;
    private final boolean dryRun;
    private final Voice voice;

    /** @param purge also removes settings, token, state and user, which stay otherwise */
    public Uninstaller(Machine machine, boolean purge, boolean dryRun, Voice voice) {
        this.machine = machine;
        this.purge = purge;
        this.dryRun = dryRun;
        this.voice = voice;
    }

    /** Does it; what is gone already is fine. */
    public void run() throws IOException, InstallException {
        machine.check(dryRun);
        if (dryRun || machine.isImage()) {
            uninstall();
            return;
        }
        var lock = Lock.take(machine);
        try {
            machine.process().finishWhatIsBegun();
            uninstall();
        } finally {
            lock.close();
        }
    }

    private void uninstall() throws IOException, InstallException {
        var places = machine.places();
        var service = new Service(machine, Duration.ZERO);
        if (machine.isManaged() && machine.files().isThere(places.unit())) {
            if (would("run: systemctl disable --now " + Places.UNIT_NAME)) {
                service.disableAndStop();
            }
        } else {
            remove(List.of(places.enabled()));
        }
        // First restore what an installation that was killed would restore.
        if (machine.isManaged()) {
            var journal = new UndoLog(machine);
            if (journal.isThere() && would("remove: " + places.journal().getParent())) {
                journal.forget();
            }
        }
        for (var place : List.of(
                places.unit(),
                places.jvmUnit(),
                places.program(),
                places.users(),
                places.settings(),
                places.options())) {
            remove(List.of(Places.before(place), Places.next(place)));
        }
        remove(List.of(places.unit(), places.jvmUnit(), places.program()));
        removeManual();
        if (!dryRun) {
            machine.files().removeIfEmpty(places.unitAdditions());
        }
        if (machine.isManaged() && would("run: systemctl daemon-reload")) {
            service.readUnits();
        }
        if (purge) {
            remove(List.of(places.configuration(), places.state(), places.unitAdditions(), places.users()));
            removeUser();
        }
        // Last, as it may be what runs now.
        remove(List.of(Places.before(places.library()), Places.next(places.library()), places.library()));
        voice.say(
                purge
                        ? "wunderproxy is gone, with its settings, token and state; containers that it started run on"
                        : "wunderproxy is gone; " + places.configuration() + " and " + places.state()
                                + " stay, and containers run on");
    }

    private void removeManual() throws IOException {
        if (machine.files().isThere(machine.places().completion())
                && would("remove: " + machine.places().completion() + " and the manual pages")) {
            new Manual(machine).remove();
        }
    }

    private void removeUser() throws IOException, InstallException {
        if (ServiceUser.isThere(machine) && would("run: userdel " + ServiceUser.NAME)) {
            machine.commands()
                    .must(
                            machine.isImage()
                                    ? new String[] {
                                        "userdel",
                                        "--prefix",
                                        machine.places().root().toString(),
                                        ServiceUser.NAME
                                    }
                                    : new String[] {"userdel", ServiceUser.NAME});
        }
    }

    private void remove(List<Path> places) throws IOException {
        for (var place : places) {
            if (machine.files().isThere(place) && would("remove: " + place)) {
                machine.files().removeTree(place);
            }
        }
    }

    /** Whether it is to be done; a dry run only says so. */
    private boolean would(String what) {
        if (dryRun) {
            voice.say("would " + what);
        }
        return !dryRun;
    }
}
