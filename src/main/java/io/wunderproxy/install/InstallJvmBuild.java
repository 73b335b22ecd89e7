package io.wunderproxy.install;

import io.wunderproxy.install.HostFiles.Access;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Puts the JVM build where it belongs, and makes the service run it with the Java that is here. */
final class InstallJvmBuild implements Step {

    private static final String PROGRAM = "quarkus-run.jar";

    private final Machine machine;
    private final Path build;

    InstallJvmBuild(Machine machine, Path build) throws InstallException {
        this.machine = machine;
        this.build = build;
        if (!Files.isRegularFile(build.resolve(PROGRAM))) {
            throw new InstallException(
                    "--jar " + build + ": no " + PROGRAM + " in it; it must be the folder target/quarkus-app");
        }
    }

    @Override
    public void preview(Voice voice) throws IOException, InstallException {
        java();
        voice.say("would install: " + build + " as " + machine.places().library());
    }

    @Override
    public void apply(Changes changes, Voice voice) throws IOException, InstallException {
        var library = machine.places().library();
        var java = java();
        var version = version(java);
        if (!machine.files().areSameTrees(build, library)) {
            machine.files().makeDirectories(library.getParent());
            machine.files().copyTree(build, Places.next(library));
            changes.replace(library);
        }
        changes.put(machine.places().jvmUnit(), unit(java), Access.READABLE);
        voice.say("program:   " + library + ", " + version);
    }

    /** A JVM makes its machine code while it runs. */
    private String unit(Path java) {
        var program =
                "%s -XX:+ExitOnOutOfMemoryError -Djava.io.tmpdir=/var/tmp -Dio.netty.native.workdir=/var/lib/wunderproxy -jar %s/%s"
                        .formatted(
                                java,
                                machine.places().onMachine(machine.places().library()),
                                PROGRAM);
        return """
            [Service]
            MemoryDenyWriteExecute=no
            ExecStart=
            ExecStart=%1$s run --settings %2$s ${WUNDERPROXY_BUCKET} ${WUNDERPROXY_PREFIX} ${WUNDERPROXY_APP}
            ExecReload=
            ExecReload=%1$s reload --process $MAINPID\
            """.formatted(
                        program, machine.places().onMachine(machine.places().options()));
    }

    private Path java() throws IOException, InstallException {
        var java = machine.process()
                .variable("JAVA_HOME")
                .map(home -> Path.of(home, "bin", "java"))
                .or(this::onPath)
                .orElseThrow(() -> new InstallException("no Java here: install a Java 25, or set JAVA_HOME"));
        var real = machine.files().canonical(java);
        if (real.startsWith("/root") || real.startsWith("/home")) {
            throw new InstallException(
                    java + " is in a home, which the service does not see: install a Java 25 elsewhere");
        }
        return java;
    }

    private Optional<Path> onPath() {
        return List.of(machine.process().variable("PATH").orElse("").split(":")).stream()
                .map(directory -> Path.of(directory, "java"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private String version(Path java) throws InstallException {
        var says = machine.commands()
                .run(java.toString(), "-jar", build.resolve(PROGRAM).toString(), "--version");
        if (!says.succeeded()) {
            throw new InstallException(java + " does not run it, it must be a Java 25: "
                    + says.words().split("; ")[0]);
        }
        return says.out().strip();
    }
}
