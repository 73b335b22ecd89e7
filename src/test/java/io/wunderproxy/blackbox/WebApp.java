package io.wunderproxy.blackbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The application under deployment: build/webapp/webapp.c, compiled once for all tests of a process. */
final class WebApp {
    private static final class Compiled {
        static final Path BINARY = compile();
    }

    private WebApp() {}

    /** A tar archive with the one file of its image. */
    static Path archive() {
        return Compiled.BINARY.resolveSibling("webapp.tar");
    }

    /** The same with as many random bytes beside it, which no compression makes less. */
    static Path largeArchive(Path directory, int megabytes) {
        var archive = directory.resolve("large.tar");
        Command.run("cp", archive().toString(), archive.toString());
        Command.run("dd", "if=/dev/urandom", "of=" + directory.resolve("ballast"), "bs=1M", "count=" + megabytes);
        Command.run("tar", "-C", directory.toString(), "-rf", archive.toString(), "ballast");
        return archive;
    }

    /** An image of a program whose head names another kind of processor: no kernel of this one runs it. */
    static Path archiveForAnotherProcessor(Path directory) throws IOException {
        var program = Files.readAllBytes(binary());
        // e_machine of elf(5): 2 is SPARC.
        program[18] = 2;
        program[19] = 0;
        var foreign = directory.resolve("webapp");
        Files.write(foreign, program);
        Command.run("chmod", "+x", foreign.toString());
        var archive = directory.resolve("foreign.tar");
        Command.run("tar", "-C", directory.toString(), "-cf", archive.toString(), "webapp");
        return archive;
    }

    static Path binary() {
        return Compiled.BINARY;
    }

    private static Path compile() {
        Path directory;
        try {
            // Several processes run tests at the same time: each has a directory of its own.
            directory = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "webapp-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var binary = directory.resolve("webapp");
        var source = Path.of("build", "webapp", "webapp.c").toAbsolutePath().toString();
        Command.run("cc", "-std=gnu17", "-O2", "-static", "-pthread", "-s", "-o", binary.toString(), source);
        Command.run(
                "tar",
                "-C",
                directory.toString(),
                "-cf",
                directory.resolve("webapp.tar").toString(),
                "webapp");
        return binary;
    }
}
