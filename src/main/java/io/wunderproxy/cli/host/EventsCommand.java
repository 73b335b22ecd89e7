package io.wunderproxy.cli.host;

import com.fasterxml.jackson.databind.JsonNode;
import io.wunderproxy.api.EventView;
import io.wunderproxy.cli.OutputClosed;
import io.wunderproxy.cli.Printable;
import io.wunderproxy.cli.Terminal;
import io.wunderproxy.cli.Terminal.Colour;
import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.client.EventStream;
import io.wunderproxy.client.ManagerClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what happens on one host. */
@Command(
        name = "events",
        description = "Show the events of a host's deployments; with --follow, new ones as well.",
        footer = {
            "",
            "Examples:",
            "  wunderproxy events",
            "  wunderproxy events --follow",
            "  wunderproxy events -f --json | jq --unbuffered 'select(.Type == \"failed\")'"
        })
public final class EventsCommand implements Runnable {

    @Mixin
    ManagerOptions options;

    @Mixin
    OutputOptions output;

    @Option(
            names = {"-f", "--follow"},
            description = "Follow until Ctrl-C, through restarts of the agent. With --json, an event is one line.")
    boolean follow;

    @Option(
            names = {"-n", "--recent"},
            paramLabel = "<number>",
            defaultValue = "20",
            description = "How many of the last events are shown first. Default: ${DEFAULT-VALUE}")
    int recent;

    @Override
    public void run() {
        try (var manager = options.manager()) {
            if (follow) {
                new EventStream(manager).follow(recent, () -> {}, this::print);
                return;
            }
            var events = manager.get("/events?recent=" + recent, ManagerClient.Form.JSON)
                    .json();
            if (output.json) {
                output.print(events);
            } else {
                events.forEach(this::print);
            }
        }
    }

    private void print(JsonNode event) {
        output.out().println(output.json ? Printable.json(event) : line(EventView.of(event)));
        if (output.out().checkError()) {
            throw new OutputClosed();
        }
    }

    private static String line(EventView event) {
        var type = event.type();
        var revision = event.revision().orElse("");
        var padded = String.format("%-11s", type);
        return Terminal.OUT.paint(Colour.FAINT, event.time().replaceFirst("\\.\\d+Z$", "Z"))
                + " "
                + switch (event.tone().orElse("")) {
                    case "good" -> Terminal.OUT.paint(Colour.GOOD, padded);
                    case "warn" -> Terminal.OUT.paint(Colour.UNSURE, padded);
                    case "bad" -> Terminal.OUT.paint(Colour.BAD, padded);
                    default -> padded;
                }
                + " "
                + (revision.isEmpty() ? "" : revision + ": ")
                + event.message();
    }
}
