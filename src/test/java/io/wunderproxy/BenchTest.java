package io.wunderproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of the benchmarks are compiled only when one runs; what they use of the agent changes more often. */
class BenchTest {

    @TempDir
    Path classes;

    @Test
    void every_program_of_the_benchmarks_compiles() throws Exception {
        List<Path> sources;
        try (var files = Files.list(Path.of("bench"))) {
            sources = files.filter(file -> file.toString().endsWith(".java")).toList();
        }
        var problems = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var options = List.of(
                    "-proc:none",
                    "-nowarn",
                    "-XDignore.symbol.file",
                    "-d",
                    classes.toString(),
                    "-classpath",
                    System.getProperty("java.class.path"));
            var compiled = compiler.getTask(
                            problems, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
                    .call();

            assertThat(sources).hasSizeGreaterThan(3);
            assertThat(compiled).as(problems.toString()).isTrue();
        }
    }
}
