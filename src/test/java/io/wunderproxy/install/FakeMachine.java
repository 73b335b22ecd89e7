package io.wunderproxy.install;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A machine below a directory, whose commands are recorded. A program on it is a text: {@code program 1} starts and serves, one that
 * {@code idles} starts and serves nothing, one that is {@code broken} does not start, one that is {@code foreign} can't be run, one
 * that is {@code ancient} can't be replaced while it runs.
 */
final class FakeMachine implements Commands, Voice {

    /** The power is gone: nothing is done any more. */
    static final class Killed extends Error {}

    final List<String> commands = new ArrayList<>();
    final List<String> said = new ArrayList<>();
    final Places places;
    boolean isImage;
    boolean isRoot = true;
    boolean finishes;
    Optional<Path> program = Optional.empty();
    Map<String, String> variables = Map.of();

    /** How many more changes and commands there are until the power goes. */
    int left = Integer.MAX_VALUE;

    /** What the service runs; empty if it does not. */
    Optional<String> runs = Optional.empty();

    private int reloadStatus;
    private String state = "inactive";
    private String status = "";

    FakeMachine(Path root) throws IOException {
        places = new Places(root);
        for (var directory : List.of("etc", "run/systemd/system", "var/lib", "usr/local/bin", "proc")) {
            Files.createDirectories(root.resolve(directory));
        }
        if (!Files.exists(places.of("etc/passwd"))) {
            Files.writeString(places.of("etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
        }
    }

    /** The same after the power came back: what is enabled runs, and what is only in memory is gone. */
    FakeMachine rebooted() throws IOException {
        Files.deleteIfExists(places.lock());
        Files.deleteIfExists(places.formerJournal());
        var machine = new FakeMachine(places.root());
        if (Files.exists(places.enabled())) {
            machine.restart();
        }
        return machine;
    }

    Machine machine() {
        return new Machine(
                places,
                isImage,
                new HostFiles() {
                    @Override
                    protected void aboutToChange(Path path) {
                        step();
                    }

                    @Override
                    protected int rootUser() {
                        return user();
                    }
                },
                this,
                new ThisProcess() {
                    @Override
                    public boolean isRoot() {
                        return isRoot;
                    }

                    @Override
                    public String architecture() {
                        return "x86_64";
                    }

                    @Override
                    public Optional<String> variable(String name) {
                        return Optional.ofNullable(variables.get(name));
                    }

                    @Override
                    public Optional<Path> program() {
                        return program;
                    }

                    @Override
                    public void finishWhatIsBegun() {
                        finishes = true;
                    }

                    @Override
                    public void pause(Duration time) {}
                });
    }

    private void step() {
        if (left-- <= 0) {
            left = 0;
            throw new Killed();
        }
    }

    /** The user who runs the tests is root on this machine, and the service's user too. */
    private int user() {
        return attribute("unix:uid");
    }

    private int attribute(String name) {
        try {
            return (int) Files.getAttribute(places.root(), name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void say(String line) {
        said.add(line);
    }

    @Override
    public void quote(String text) {
        said.add(text);
    }

    // ---- commands ----

    @Override
    public Result run(String input, List<String> words) {
        step();
        commands.add(String.join(" ", words).replace(places.root().toString(), ""));
        try {
            return switch (words.getFirst()) {
                case "setpriv" -> new SystemCommands().run(input, words.subList(4, words.size()));
                case "systemd-sysusers" -> makeUser();
                case "systemctl" -> systemctl(words);
                case "journalctl" ->
                    ok(words.contains("_PID=77") ? "WARNING: of a JVM\nreload: line 1 is wrong\n" : "last words");
                case "getconf" -> ok("glibc 2.31\n");
                case "userdel" -> ok("");
                default -> program(words);
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Result ok(String out) {
        return new Result(0, out, "");
    }

    private static Result failed(String err) {
        return new Result(1, "", err);
    }

    private Result makeUser() throws IOException {
        if (!ServiceUser.isThere(machine())) {
            Files.writeString(
                    places.of("etc/passwd"),
                    "wunderproxy:x:" + user() + ":" + attribute("unix:gid") + "::/:/\n",
                    StandardOpenOption.APPEND);
        }
        return ok("");
    }

    private Result program(List<String> words) throws IOException {
        var isJvm = words.get(1).equals("-jar");
        var content = Files.readString(Path.of(words.get(isJvm ? 2 : 0))).strip();
        if (content.contains("foreign")) {
            return failed("no such library");
        }
        return switch (words.get(isJvm ? 3 : 1)) {
            case "--version" -> ok(content + "\n");
            case "man" -> {
                Files.writeString(Path.of(words.get(3)).resolve("wunderproxy.1"), "manual of " + content);
                yield ok("");
            }
            default -> ok("completion of " + content);
        };
    }

    private Result systemctl(List<String> words) throws IOException {
        if (words.contains("show")) {
            return ok(
                    switch (words.get(3)) {
                        case "StatusText" -> status;
                        case "ActiveState" -> state;
                        case "MainPID" -> "1";
                        case "CanReload" -> "yes";
                        case "ExecReload" ->
                            "{ path=/x ; argv[]=x reload ; pid=77 ; code=exited ; status=" + reloadStatus + " }";
                        default -> "dead";
                    });
        }
        var what = words.get(words.get(1).startsWith("--quiet") ? 2 : 1);
        switch (what.startsWith("--root") ? "enable" : what) {
            case "is-active" -> {
                return state.equals("active") ? ok("") : failed("");
            }
            case "is-failed" -> {
                return state.equals("failed") ? ok("") : failed("");
            }
            case "restart" -> {
                return restart();
            }
            case "reload" -> {
                return reload();
            }
            case "stop", "disable" -> {
                state = "inactive";
                runs = Optional.empty();
                if (what.equals("disable")) {
                    Files.deleteIfExists(places.enabled());
                }
            }
            case "enable" -> {
                Files.createDirectories(places.enabled().getParent());
                if (!Files.exists(places.enabled(), LinkOption.NOFOLLOW_LINKS)) {
                    Files.createSymbolicLink(places.enabled(), places.unit());
                }
            }
            default -> {}
        }
        return ok("");
    }

    /** What the service would run: program, unit and settings. */
    String installed() throws IOException {
        var program = Files.exists(places.jvmUnit()) ? places.library().resolve("quarkus-run.jar") : places.program();
        var text = new StringBuilder();
        for (var file : List.of(program, places.unit(), places.settings(), places.options())) {
            text.append(Files.exists(file) ? Files.readString(file) : "nothing").append('\n');
        }
        return text.toString();
    }

    /** An agent that can be replaced is, unless what is installed does not start; an older one can't. */
    private Result reload() throws IOException {
        if (runs.orElse("").startsWith("ancient")) {
            reloadStatus = 3;
            return failed("Job for wunderproxy.service failed.");
        }
        if (installed().contains("broken")) {
            reloadStatus = 1;
            return failed("Job for wunderproxy.service failed.");
        }
        return restart();
    }

    private Result restart() throws IOException {
        runs = Optional.of(installed());
        if (runs.get().contains("broken")) {
            state = "failed";
            status = "";
            return failed("Job for wunderproxy.service failed");
        }
        state = "active";
        status = runs.get().contains("idles") ? "shop: waits for a configuration" : "serving shop revision 1";
        return ok("");
    }

    // ---- files ----

    /** Writes a file of the machine, and all of its directories. */
    Path file(String path, String content) throws IOException {
        var file = places.of(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    /** The token of the application, as the agent has written it. */
    Path token(String token) throws IOException {
        var file = file("var/lib/wunderproxy/shop/api-token", token + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    String text(Path file) throws IOException {
        return Files.readString(file).strip();
    }

    String access(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    /** All files below the places where something is installed, with what is in them. */
    Map<String, String> files() throws IOException {
        var files = new TreeMap<String, String>();
        for (var directory : List.of("etc", "usr", "var")) {
            try (Stream<Path> paths = Files.walk(places.of(directory))) {
                for (var path : (Iterable<Path>) paths.filter(p -> !Files.isDirectory(p))::iterator) {
                    files.put(places.onMachine(path), access(path) + " " + Files.readString(path));
                }
            } catch (NoSuchFileException e) {
                // There is none yet.
            }
        }
        return files;
    }
}
