package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.testkit.CodeBlock;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the pages tell people to type does what they say: the blocks that are marked so run in their order, in one shell, in a
 * directory of their own. Only names that others on this machine may use too are replaced: ports, directories, the application,
 * its revisions, and its image, which is the sample application.
 */
class DocumentationIT {

    private static final List<String> REVISIONS = List.of("3b09aa", "4f2c1d", "5a90cc", "1.27", "1.28");

    /** The file that pages speak of when they have no example of it. */
    private static final String CONFIG = """
            {
              "ContainerConfig": { "Image": "localhost:8080/shop:%1$s", "ExposedPorts": {"9292/tcp": {}} },
              "HealthCheckPath": "up",
              "Revision": "%1$s"
            }
            """;

    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    private final Map<String, String> replaced = new LinkedHashMap<>();
    private int proxyPort;
    private int apiPort;

    static Stream<Path> pages() {
        return CodeBlock.pages().filter(page -> CodeBlock.of(page).stream().anyMatch(CodeBlock::runs));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void every_block_of_a_page_that_is_marked_so_runs(Path page) throws IOException {
        var blocks = CodeBlock.of(page);
        var home = host.directory();
        if (blocks.stream().anyMatch(CodeBlock::needsHost)) {
            var agent = host.startAgent();
            proxyPort = agent.proxyPort();
            apiPort = agent.apiPort();
            Files.writeString(
                    Files.createDirectories(home.resolve(".config/wunderproxy")).resolve("config"),
                    """
                    host=127.0.0.1:%d
                    token-file=%s/api-token
                    s3bucket=%s
                    s3prefix=%s
                    """.formatted(apiPort, host.stateDirectory(), host.bucket(), Host.PREFIX));
        } else {
            proxyPort = Ports.free();
            apiPort = Ports.free();
        }
        replaceNames();
        makeImages(blocks);
        host.file(
                "config.json",
                here(CONFIG.formatted(revisions(blocks).findFirst().orElse("4f2c1d"))));
        for (var block : blocks) {
            block.file().ifPresent(name -> host.file(name, here(block.text())));
        }

        try (var shell = new Shell(home, environment())) {
            for (var i = 0; i < blocks.size(); i++) {
                if (blocks.get(i).runs()) {
                    var output = i + 1 < blocks.size() && blocks.get(i + 1).isOutput() ? blocks.get(i + 1) : null;
                    shell.run(blocks.get(i), here(blocks.get(i).text()), output == null ? "" : here(output.text()));
                }
            }
        }
    }

    private void replaceNames() {
        var image = "localhost:" + host.registryPort() + "/" + host.app();
        replaced.put("/var/lib/wunderproxy/shop", host.stateDirectory().toString());
        replaced.put("/tmp/wunderproxy", host.stateDirectory().toString());
        replaced.put("/usr/local/share", host.directory().resolve("share").toString());
        replaced.put("/srv/store", host.directory().resolve("store").toString());
        replaced.put("my-bucket", host.bucket());
        replaced.put("production", Host.PREFIX);
        replaced.put("my-images", "file:" + host.directory().resolve("images"));
        replaced.put("localhost:8080/shop", image);
        replaced.put("nginx", image);
        replaced.put("shop", host.app());
        replaced.put("demo web", "demo " + host.app());
        replaced.put("8000", String.valueOf(proxyPort));
        replaced.put("8001", String.valueOf(apiPort));
        REVISIONS.forEach(revision -> replaced.put(revision, host.unique(revision)));
    }

    /** The text with the names that are used here. */
    private String here(String text) {
        var names = replaced.keySet().stream().map(Pattern::quote).collect(Collectors.joining("|"));
        return Pattern.compile("(?<![\\w.-])(" + names + ")(?![\\w-]|\\.\\w)")
                .matcher(text)
                .replaceAll(name -> replaced.get(name.group(1)));
    }

    /**
     * Those of the revisions that the page names. They are in a registry too, from which a rollback gets them back, unless the page
     * is about the registry in the agent and pushes them itself.
     */
    private void makeImages(List<CodeBlock> blocks) {
        var text = text(blocks);
        var embedded = text.contains("--registry embedded");
        var port = text.contains("80/tcp") ? "80" : "9292";
        if (embedded) {
            host.directory().resolve("images").toFile().mkdir();
        } else {
            host.registry();
        }
        revisions(blocks).forEach(revision -> {
            var image = here((embedded ? "shop" : "localhost:8080/shop") + ":" + revision);
            host.engine().buildImage(image, WebApp.archive(), "PORT=" + port);
            if (!embedded) {
                host.engine().push(image);
            }
        });
    }

    private static Stream<String> revisions(List<CodeBlock> blocks) {
        var text = text(blocks);
        return REVISIONS.stream().filter(text::contains);
    }

    private static String text(List<CodeBlock> blocks) {
        return blocks.stream().map(CodeBlock::text).collect(Collectors.joining());
    }

    /** Where an agent that a page starts finds what pages leave out, since it is the default. */
    private Map<String, String> environment() {
        return Map.of(
                "WUNDERPROXY_API",
                "127.0.0.1:" + apiPort,
                "WUNDERPROXY_PROXY",
                "127.0.0.1:" + proxyPort,
                "WUNDERPROXY_HOST",
                "127.0.0.1:" + apiPort,
                "WUNDERPROXY_REGISTRY_PORT",
                String.valueOf(host.registryPort()),
                "WUNDERPROXY_STATE_DIR",
                host.stateDirectory().toString(),
                "WUNDERPROXY_TOKEN_FILE",
                host.stateDirectory().resolve("api-token").toString());
    }

    /** One bash for all blocks of a page, in the directory that is its home, with the program on its PATH. */
    private static final class Shell implements AutoCloseable {

        private final Path directory;
        private final Process bash;
        private final Writer input;

        Shell(Path directory, Map<String, String> environment) throws IOException {
            this.directory = directory;
            var program = Files.createDirectories(directory.resolve("bin")).resolve("wunderproxy");
            Files.writeString(
                    program,
                    "#!/bin/sh\nexec "
                            + Host.command().stream()
                                    .map(word -> Files.exists(Path.of(word))
                                            ? Path.of(word).toAbsolutePath().toString()
                                            : word)
                                    .collect(Collectors.joining(" "))
                            + " \"$@\"\n");
            program.toFile().setExecutable(true);
            var builder = new ProcessBuilder("bash", "--norc")
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("bash.out").toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("WUNDERPROXY_") || name.startsWith("AWS_"));
            builder.environment().putAll(environment);
            builder.environment().put("HOME", directory.toString());
            builder.environment().put("PATH", directory.resolve("bin") + ":" + System.getenv("PATH"));
            bash = builder.start();
            input = new OutputStreamWriter(bash.getOutputStream(), StandardCharsets.UTF_8);
            input.write("set -eo pipefail\n");
        }

        /** Runs a block until it has ended, or has printed what it should if it has a terminal of its own. */
        void run(CodeBlock block, String commands, String expected) throws IOException {
            var script = Files.writeString(directory.resolve("block-" + block.line()), commands);
            var output = Files.createFile(directory.resolve("block-" + block.line() + ".out"));
            var ended = directory.resolve("block-" + block.line() + ".ended");
            var redirected = " >" + output + " 2>&1 </dev/null";
            if (block.isInTerminalOfItsOwn()) {
                input.write("(. " + script + ")" + redirected + " &\n");
            } else {
                input.write(". " + script + redirected + "\ntouch " + ended + "\n");
            }
            input.flush();
            await(block + " to be done")
                    .atMost(LONG)
                    .until(() -> block.isInTerminalOfItsOwn()
                            ? prints(output, expected)
                            : Files.exists(ended) || !bash.isAlive());
            assertThat(bash.isAlive()).as(() -> story(block, commands, output)).isTrue();
            assertThat(read(output)).satisfies(printed -> assertThat(matches(printed, expected))
                    .as(() -> story(block, commands, output) + "\nexpected:\n" + expected)
                    .isTrue());
        }

        private static String story(CodeBlock block, String commands, Path output) {
            return block + " failed:\n" + commands + "it printed:\n" + read(output);
        }

        private static boolean prints(Path output, String expected) {
            return matches(read(output), expected);
        }

        /** Whether all expected lines are there in their order, other numbers and hashes apart. */
        private static boolean matches(String printed, String expected) {
            var lines = printed.lines().map(Shell::general).iterator();
            return expected.lines().map(Shell::general).allMatch(line -> {
                var pattern = Pattern.compile(Stream.of(line.split("\\.\\.\\.", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*")));
                while (lines.hasNext()) {
                    if (pattern.matcher(lines.next()).matches()) {
                        return true;
                    }
                }
                return false;
            });
        }

        private static String general(String line) {
            return line.strip()
                    .replaceAll("\\b[0-9a-f]{8,}\\b", "HASH")
                    .replaceAll("\\d+", "0")
                    .replaceAll(" {2,}", " ");
        }

        private static String read(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Ends what still runs in terminals of their own. */
        @Override
        public void close() {
            var children = bash.descendants().toList();
            children.forEach(ProcessHandle::destroy);
            await("the agents to end").atMost(LONG).until(() -> children.stream()
                    .noneMatch(ProcessHandle::isAlive));
            bash.destroyForcibly();
        }
    }
}
