package io.wunderproxy.cli.reach;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.wunderproxy.cli.Printable;
import io.wunderproxy.cli.Terminal;
import io.wunderproxy.client.ManagerClient;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The form of a command's result. */
public final class OutputOptions {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec(Spec.Target.MIXEE)
    public CommandSpec spec;

    @Option(
            names = {"-j", "--json"},
            description = "Print the result as JSON, for machines. A failure is {\"Error\", \"ExitCode\"}.")
    public boolean json;

    /** The writer of results that people read. */
    public PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** The writer of a result that others have written and a file or program takes as it is. */
    public PrintWriter data() {
        return Terminal.OUT.dataWriter(System.out);
    }

    /** Prints a document on one line. */
    public void printLine(JsonNode node) {
        out().println(Printable.json(node));
        out().flush();
    }

    /** Prints JSON in a form that people can read as well. */
    public void print(JsonNode node) {
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

    public ManagerClient.Form form() {
        return json ? ManagerClient.Form.JSON : ManagerClient.Form.TEXT;
    }

    /** Prints a response of the manager as it is, or as JSON. */
    public void print(ManagerClient.Response response) {
        if (json) {
            print(response.json());
        } else {
            out().println(response.body().strip());
            out().flush();
        }
    }

    /** Prints something that is not part of the result. */
    public void note(String text) {
        spec.commandLine().getErr().println(text);
        spec.commandLine().getErr().flush();
    }
}
