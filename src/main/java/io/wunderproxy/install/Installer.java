package io.wunderproxy.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Installs the program as a service, or brings an installed one up to date: settings, token and state stay as they are, and if the
 * service does not start as it is now, or does not serve again as it did before, everything is restored.
 */
public final class Installer {

    private static final String ARCHITECTURE = "x86_64";
    private static final String DOCKER_GROUP = "docker";

    private final Machine machine;
    private final InstallOptions options;
    private final Voice voice;

    public Installer(Machine machine, InstallOptions options, Voice voice) {
        this.machine = machine;
        this.options = options;
        this.voice = voice;
    }

    /**
     * Does it.
     *
     * @throws InstallException if it was not done; what was before is there then, unless the message says otherwise
     */
    public void run() throws IOException, InstallException {
        check();
        if (options.dryRun()) {
            preview();
            return;
        }
        if (machine.isImage()) {
            install(new Changes(machine));
            return;
        }
        var lock = Lock.take(machine);
        try {
            // Whoever started this may lose the connection: what is begun is ended.
            machine.process().finishWhatIsBegun();
            var changes = new Changes(machine);
            if (changes.recover()) {
                voice.say("earlier:   an installation was killed; what it had replaced is restored");
            }
            install(changes);
        } finally {
            lock.close();
        }
    }

    // ---- before anything is changed ----

    private void check() throws IOException, InstallException {
        machine.check(options.dryRun());
        Settings.check(options.settings());
        if (options.tokenFile().filter(file -> !Files.isReadable(file)).isPresent()) {
            throw new InstallException.Misuse(
                    "--token-file " + options.tokenFile().get() + ": cannot be read");
        }
        settings().checkStaticEnvironment(machine.places());
        program();
        checkDocker();
    }

    private Settings settings() throws IOException, InstallException {
        return Settings.read(machine).with(options.settings());
    }

    private void checkDocker() throws IOException, InstallException {
        if (machine.isImage() || settings().nameEngine()) {
            return;
        }
        var socket = machine.places().dockerSocket();
        // Neither a file nor a directory nor nothing.
        if (!Files.exists(socket)
                || !Files.readAttributes(socket, PosixFileAttributes.class).isOther()) {
            throw new InstallException(
                    "no Docker Engine here: install it (docker.io on Debian and Ubuntu, docker on Amazon Linux)"
                            + " and run systemctl enable --now docker");
        }
        var group =
                Files.readAttributes(socket, PosixFileAttributes.class).group().getName();
        if (!group.equals(DOCKER_GROUP)) {
            throw new InstallException(socket + " belongs to group " + group
                    + ": let it belong to group docker, whose member the agent will be");
        }
    }

    /** How the program gets there; empty if only settings are to change, of what is installed already. */
    private Optional<Step> program() throws IOException, InstallException {
        if (options.jvmBuild().isPresent()) {
            if (options.binary().isPresent()) {
                throw new InstallException.Misuse("--binary and --jar: one of them, please");
            }
            if (options.sha256().isPresent()) {
                throw new InstallException.Misuse("--sha256 is for --binary");
            }
            return Optional.of(new InstallJvmBuild(machine, options.jvmBuild().get()));
        }
        if (keepsProgram()) {
            return Optional.empty();
        }
        if (!machine.process().architecture().equals(ARCHITECTURE)) {
            throw new InstallException("the program is for " + ARCHITECTURE + ", this is "
                    + machine.process().architecture() + ": use --jar with a Java 25");
        }
        var file = options.binary()
                .or(machine.process()::program)
                .orElseThrow(() ->
                        new InstallException("no program found: give it with --binary, or the JVM build with --jar"));
        if (!Files.isRegularFile(file)) {
            throw new InstallException("--binary " + file + ": no such file");
        }
        var name = options.binary().isPresent() || !Files.isSymbolicLink(file) ? file : Files.readSymbolicLink(file);
        return Optional.of(new InstallProgram(machine, file, name.toString(), options.sha256()));
    }

    private boolean keepsProgram() {
        var places = machine.places();
        return options.binary().isEmpty()
                && options.sha256().isEmpty()
                && !options.settings().isEmpty()
                && Files.exists(places.unit())
                && (Files.exists(places.program()) || Files.exists(places.jvmUnit()));
    }

    private void tellWhatStays() throws IOException {
        var program = machine.places().program();
        var running = machine.process().program();
        if (running.isPresent() && !machine.files().areSame(running.get(), program)) {
            voice.say("program:   what is installed stays; without settings, or with --binary, another program replaces"
                    + " it");
        }
    }

    private Plan plan() throws IOException, InstallException {
        var settings = settings();
        var steps = new ArrayList<Step>();
        program().ifPresent(steps::add);
        steps.add(new MakeUser(machine));
        steps.add(new WriteSettings(machine, settings));
        steps.add(new WriteFile(machine, machine.places().unit(), Template.UNIT.text()));
        if (options.tokenFile().isPresent() && settings.areComplete()) {
            steps.add(new GiveToken(
                    machine,
                    settings.tokenPlace(machine.places()),
                    options.tokenFile().get()));
        }
        return new Plan(List.copyOf(steps));
    }

    private void preview() throws IOException, InstallException {
        plan().preview(voice);
        if (!settings().areComplete()) {
            voice.say(next());
        } else if (machine.isImage()) {
            voice.say("would run: " + String.join(" ", enableInImage()));
        } else if (options.start()) {
            voice.say("would run: systemctl daemon-reload, enable and reload or restart " + Places.UNIT_NAME);
        }
    }

    // ---- what changes something ----

    private void install(Changes changes) throws IOException, InstallException {
        var service = new Service(machine, options.serveWithin());
        var before = Settings.read(machine);
        var canGoBack = !machine.isImage() && service.isGood(before);
        if (program().isEmpty()) {
            tellWhatStays();
        }
        try {
            plan().apply(changes, voice);
            finish(changes, service, canGoBack);
        } catch (IOException | InstallException | RuntimeException e) {
            takeBack(changes, e);
            throw e;
        }
    }

    private static void takeBack(Changes changes, Exception why) throws IOException, InstallException {
        if (changes.areNone()) {
            return;
        }
        try {
            changes.undo();
        } catch (InstallException e) {
            throw new InstallException(why.getMessage() + "; " + e.getMessage());
        }
    }

    private void finish(Changes changes, Service service, boolean canGoBack) throws IOException, InstallException {
        var settings = Settings.read(machine);
        if (!settings.areComplete()) {
            changes.settle(false);
            voice.say(next());
        } else if (machine.isImage()) {
            machine.commands().must(enableInImage());
            voice.say("next:      it starts when the machine does");
        } else if (!options.start()) {
            changes.settle(false);
            voice.say("next:      systemctl enable --now wunderproxy");
        } else {
            start(changes, service, canGoBack);
            voice.say("token:     " + settings.tokenPlace() + " (what calls that change state need)");
            voice.say(
                    "next:      systemctl status wunderproxy; journalctl -u wunderproxy -f; docs/deploying.md says how"
                            + " to deploy");
        }
    }

    private String next() {
        return "next:      set WUNDERPROXY_BUCKET, _PREFIX and _APP in "
                + machine.places().settings() + ", then: systemctl enable --now wunderproxy";
    }

    private String[] enableInImage() {
        return new String[] {
            "systemctl", "--quiet", "--root=" + machine.places().root(), "enable", Places.UNIT_NAME
        };
    }

    private void start(Changes changes, Service service, boolean canGoBack) throws IOException, InstallException {
        var ran = service.isActive();
        var served = ran && service.serves();
        if (ran && service.runsAnother(machine.places().program())) {
            changes.setDifferent();
        }
        service.readUnits();
        if (ran && !changes.areDifferent()) {
            changes.settle(true);
            service.enable();
            voice.say("service:   runs already, and nothing has changed");
            return;
        }
        var restarts = changes.needRestart();
        var how = bringUp(changes, service, ran, served);
        if (how.isPresent()) {
            changes.settle(true);
            service.enable();
            voice.say("service:   " + how.get() + ": " + service.statusText());
            return;
        }
        var words = service.lastWords();
        if (!words.isEmpty()) {
            voice.quote(words);
        }
        if (!canGoBack || changes.areNone()) {
            changes.settle(true);
            service.enable();
            throw new InstallException(
                    "the service does not start; its last words are above, all of them in: journalctl -u wunderproxy");
        }
        changes.undo();
        if (!ran) {
            service.stopAsItWas();
            throw new InstallException(
                    "the service does not start; its last words are above. The previous one is restored, and stopped "
                            + "as it was");
        }
        var back = !restarts && service.reload() instanceof Service.Reload.Done && service.awaitStatus(served);
        if (!back && !service.restart(served)) {
            throw new InstallException(
                    "the service does not start, and the previous one does not either: journalctl -u wunderproxy");
        }
        throw new InstallException("the service does not start, or does not serve as it did; its last words are above."
                + " The previous one is restored and runs: " + service.statusText());
    }

    /**
     * Makes what is installed run: without a gap if that is possible.
     *
     * @return in which way; empty if it does not get on
     * @throws InstallException if the agent that ran continues, since it can't be replaced by what is installed
     */
    private Optional<String> bringUp(Changes changes, Service service, boolean ran, boolean served)
            throws IOException, InstallException {
        if (ran && !changes.needRestart()) {
            var reload = service.reload();
            if (reload instanceof Service.Reload.Done) {
                return service.awaitStatus(served) ? Optional.of("replaced without a gap") : Optional.empty();
            }
            if (reload instanceof Service.Reload.Refused(var why)) {
                changes.undo();
                throw new InstallException(
                        why + ". The previous one is restored, and was never stopped: " + service.statusText());
            }
            voice.say("restart:   the agent that runs is of a version that can't be replaced without a gap");
        } else if (ran) {
            voice.say(
                    "restart:   unit, environment, user or JVM build are others, which a replaced agent does not get");
        }
        return service.restart(served) ? Optional.of(ran ? "restarted" : "started") : Optional.empty();
    }
}
