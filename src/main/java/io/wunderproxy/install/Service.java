package io.wunderproxy.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** The service, as its manager knows it. */
final class Service {

    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final String SERVING = "serving ";
    private static final String STARTING = ": starting";

    /** The suffix of the name of a program that was replaced since it was started. */
    private static final String REPLACED = " (deleted)";

    /** How the command of a reload ended, and which process it was. */
    private static final Pattern COMMAND = Pattern.compile("pid=(\\d+).*status=(\\d+)");

    /** The words with which that command ends. */
    private static final Pattern REASON = Pattern.compile("(?ms)^reload: (.*?)\\.?\\s*\\z");

    /** The exit codes of that command for an agent that knows nothing of it, and of a program that does not. */
    private static final List<String> UNKNOWN = List.of("3", "2");

    /** The end of a reload. */
    sealed interface Reload {
        /** Another agent has taken the place of the one that ran. */
        record Done() implements Reload {}

        /** The one that runs is too old for that. */
        record Unknown() implements Reload {}

        /** The one that runs continues. */
        record Refused(String why) implements Reload {}
    }

    private final Machine machine;
    private final Duration serveWithin;

    /** @param serveWithin how long an agent that served may take to serve again */
    Service(Machine machine, Duration serveWithin) {
        this.machine = machine;
        this.serveWithin = serveWithin;
    }

    private String property(String name) {
        return machine.commands()
                .run("systemctl", "show", "--property", name, "--value", Places.UNIT_NAME)
                .out()
                .strip();
    }

    /** The status that the service reports. */
    String statusText() {
        return property("StatusText");
    }

    boolean isActive() {
        return is("is-active");
    }

    boolean serves() {
        return statusText().contains(SERVING);
    }

    private boolean is(String what) {
        return machine.commands()
                .run("systemctl", "--quiet", what, Places.UNIT_NAME)
                .succeeded();
    }

    /**
     * Whether there is something to go back to: one that has failed, or was never set up, is as good as new, and what is changed of it
     * shall stay until it is right.
     */
    boolean isGood(Settings settings) {
        if (!machine.files().isThere(machine.places().unit()) || !settings.areComplete()) {
            return false;
        }
        return !property("ActiveState").equals("failed")
                && !property("SubState").contains("auto-restart");
    }

    /** Whether what runs is another program than the one that is installed: that may have been replaced, and not started. */
    boolean runsAnother(Path program) throws IOException {
        var running = machine.places().of("proc/" + property("MainPID") + "/exe");
        if (!Files.isSymbolicLink(running)) {
            return false;
        }
        var name = Files.readSymbolicLink(running).toString();
        return List.of(program.toString(), program + REPLACED).contains(name)
                && !machine.files().areSame(running, program);
    }

    void readUnits() throws InstallException {
        machine.commands().must("systemctl", "daemon-reload");
    }

    void enable() throws InstallException {
        machine.commands().must("systemctl", "--quiet", "enable", Places.UNIT_NAME);
    }

    void disableAndStop() throws InstallException {
        machine.commands().must("systemctl", "--quiet", "disable", "--now", Places.UNIT_NAME);
    }

    void stopAsItWas() throws InstallException {
        readUnits();
        machine.commands().must("systemctl", "stop", Places.UNIT_NAME);
        machine.commands().run("systemctl", "reset-failed", Places.UNIT_NAME);
    }

    /** Its last words. */
    String lastWords() {
        return machine.commands()
                .run("journalctl", "--unit", Places.UNIT_NAME, "--lines", "10", "--no-pager", "--output", "cat")
                .out()
                .strip();
    }

    /** Replaces the agent that runs by what is installed, without a gap. */
    Reload reload() {
        if (!property("CanReload").equals("yes")) {
            return new Reload.Unknown();
        }
        var asked = machine.commands().run("systemctl", "reload", Places.UNIT_NAME);
        if (asked.succeeded()) {
            return new Reload.Done();
        }
        var command = COMMAND.matcher(property("ExecReload"));
        if (!command.find()) {
            return new Reload.Refused(asked.words());
        }
        if (UNKNOWN.contains(command.group(2))) {
            return new Reload.Unknown();
        }
        machine.commands().run("journalctl", "--sync");
        var said = machine.commands()
                .run("journalctl", "_PID=" + command.group(1), "--lines", "30", "--no-pager", "--output", "cat")
                .out()
                .strip();
        var reason = REASON.matcher(said);
        return new Reload.Refused(reason.find() ? reason.group(1).replace("\n", "; ") : asked.words());
    }

    /**
     * Starts it anew, and waits until it says that it is ready, and how it gets on.
     *
     * @param mustServe whether it has to serve the application again; else it is enough that it has found out that it can't
     * @return whether it did
     */
    boolean restart(boolean mustServe) throws InstallException {
        readUnits();
        return machine.commands().run("systemctl", "restart", Places.UNIT_NAME).succeeded() && awaitStatus(mustServe);
    }

    /** Waits for the status; an image that it pulls may take longer. */
    boolean awaitStatus(boolean mustServe) {
        for (var left = serveWithin.dividedBy(PAUSE); left >= 0; left--) {
            var status = statusText();
            if (status.contains(SERVING) || !mustServe && !status.endsWith(STARTING)) {
                return true;
            }
            if (is("is-failed")) {
                return false;
            }
            machine.process().pause(PAUSE);
        }
        return !mustServe;
    }
}
