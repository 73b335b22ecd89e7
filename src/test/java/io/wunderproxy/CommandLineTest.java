package io.wunderproxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.wunderproxy.cli.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What commands say that need neither a manager nor a store. */
class CommandLineTest {

    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... words) {
        return Wunderproxy.commandLine()
                .setOut(Terminal.writer(new PrintStream(out, true)))
                .setErr(Terminal.writer(new PrintStream(err, true)))
                .execute(Wunderproxy.readable(words));
    }

    @ParameterizedTest
    @CsvSource({"rn, run", "stats, status", "deplyo, deploy", "histroy, history"})
    void a_slip_in_a_command_gets_a_suggestion(String word, String command) {
        assertThat(run(word)).isEqualTo(2);
        assertThat(err.toString()).contains("Did you mean").contains(command);
    }

    @Test
    void two_files_are_compared_without_a_store() throws IOException {
        var one = Files.writeString(directory.resolve("one.json"), "{\"Revision\":\"a\"}");
        var other = Files.writeString(directory.resolve("other.json"), "{\"Revision\":\"b\"}");

        assertThat(run("config", "diff", one.toString(), other.toString())).isZero();
        assertThat(out.toString()).contains("- Revision: a").contains("+ Revision: b");
        assertThat(run("config", "diff", one.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("which store? Give --s3bucket");
    }

    @Test
    void an_invalid_file_is_named() throws IOException {
        var file = Files.writeString(directory.resolve("next.json"), "{");

        assertThat(run("config", "push", "-s", "file:" + directory, "-p", "shop", file.toString()))
                .isEqualTo(7);
        assertThat(err.toString()).contains("next.json: ");
    }

    @ParameterizedTest
    @CsvSource({"localhost:99999", "127.0.0.1:0"})
    void a_port_that_does_not_exist_is_misuse(String host) {
        assertThat(run("status", "-H", host)).isEqualTo(2);
        assertThat(err.toString()).contains("--host").contains("the port must be 1 to 65535");
    }

    @Test
    void an_empty_argument_is_a_mistake_like_another() {
        assertThat(run("")).isEqualTo(2);
        assertThat(err.toString()).contains("See 'wunderproxy --help'");
    }

    @Test
    void what_a_message_quotes_gives_a_terminal_no_orders() {
        assertThat(run("status", "-H", "a\u001b[31mb")).isEqualTo(2);
        assertThat(err.toString()).doesNotContain("\u001b").contains("a?[31mb");
    }

    @Test
    void doctor_looks_for_no_directory_of_another_host_on_this_one() throws IOException {
        var address = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress())
                .findFirst()
                .orElseThrow();
        var manager = HttpServer.create(new InetSocketAddress(address, 0), 0);
        manager.createContext("/status", exchange -> {
            var status = "{\"DockerState\":\"Ok\",\"Agent\":{\"Bucket\":\"file:" + directory
                    + "/elsewhere\",\"Prefix\":\"p\"}}";
            exchange.sendResponseHeaders(200, status.length());
            exchange.getResponseBody().write(status.getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        manager.start();
        try {
            run(
                    "doctor",
                    "-H",
                    address.getHostAddress() + ":" + manager.getAddress().getPort());
        } finally {
            manager.stop(0);
        }

        assertThat(out.toString())
                .contains("store: not looked at: file:" + directory + "/elsewhere is a directory of the agent's host")
                .contains("run doctor there");
    }
}
