package io.wunderproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A terminal takes orders from this program only. */
class TerminalTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private String shown() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void orders_of_this_program_are_given_and_those_of_others_are_shown() {
        Terminal.writer(stream)
                .println(Terminal.erasedLines(3) + "host-1: \u001b[2J\u009b31m\rgone\u0007" + Terminal.erasedLine());

        assertThat(shown()).isEqualTo("\u001b[3A\u001b[Jhost-1: ?[2J?31m?gone?\u001b[G\u001b[K\n");
    }

    @Test
    void whoever_knows_how_an_order_looked_gives_none() {
        var writer = Terminal.writer(stream);

        writer.println("\uFDD00\uFDD1[31m");

        assertThat(shown()).isEqualTo("\uFDD00\uFDD1[31m\n");
    }

    @Test
    void characters_have_what_colours_them() {
        assertThat(Terminal.characters("aé\n")).containsExactly("a", "é", "\n");
        assertThat(Terminal.characters(Terminal.OUT.paint(Terminal.Colour.GOOD, "ab")))
                .hasSize(2);
    }

    @Test
    void data_stays_as_it_is_in_a_file() {
        Terminal.OUT.dataWriter(stream).println("\u001b[31mred\tü");

        assertThat(shown()).isEqualTo("\u001b[31mred\tü\n");
    }

    @Test
    void json_keeps_its_values_without_control_characters() throws IOException {
        var node = com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.textNode("a\u0085b\u001b\u007f");

        assertThat(Printable.json(node)).isEqualTo("\"a\\u0085b\\u001B\\u007f\"");
        assertThat(new com.fasterxml.jackson.databind.ObjectMapper().readTree(Printable.json(node)))
                .isEqualTo(node);
    }

    @Test
    void a_writer_whose_reader_is_gone_says_so() {
        var broken = new PrintStream(
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("gone");
                    }
                },
                true);
        var writer = Terminal.writer(broken);

        writer.println("an event");

        assertThat(writer.checkError()).isTrue();
    }
}
