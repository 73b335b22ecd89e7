package io.wunderproxy.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the result of a command looks like. */
final class OutputOptions {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec(Spec.Target.MIXEE)
    CommandSpec spec;

    @Option(
            names = {"-j", "--json"},
            description = "Print the result as JSON, for machines. A failure is {\"Error\", \"ExitCode\"}.")
    boolean json;

    /** Where results go that people read. */
    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Where a result goes that others have written and a file or program takes as it is. */
    PrintWriter data() {
        return Terminal.OUT.dataWriter(System.out);
    }

    /** Prints a document on one line. */
    void printLine(JsonNode node) {
        out().println(Printable.json(node));
        out().flush();
    }

    /** Prints JSON in a form that people can read as well. */
    void print(JsonNode node) {
        out().println(pretty(node));
        out().flush();
    }

    static String pretty(JsonNode node) {
        try {
            return Printable.escaped(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    Manager.Form form() {
        return json ? Manager.Form.JSON : Manager.Form.TEXT;
    }

    /** Prints an answer of the manager as it is, or as JSON. */
    void print(Manager.Answer answer) {
        if (json) {
            print(answer.json());
        } else {
            out().println(answer.body().strip());
            out().flush();
        }
    }

    /** Tells something that is not part of the result. */
    void note(String text) {
        spec.commandLine().getErr().println(text);
        spec.commandLine().getErr().flush();
    }
}
