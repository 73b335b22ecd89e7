package io.wunderproxy.cli.host;

import com.fasterxml.jackson.databind.JsonNode;
import io.wunderproxy.cli.Table;
import io.wunderproxy.cli.Terminal;
import io.wunderproxy.cli.Terminal.Colour;
import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.names.ShortId;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What one host does now. */
@Command(
        name = "status",
        description = "Show what a host serves, how it feels, and what it has launched.",
        footer = {
            "",
            "Examples:",
            "  wunderproxy status",
            "  wunderproxy status -H unix:/run/wunderproxy/api.sock",
            "  wunderproxy status --json | jq .Active.Revision"
        })
public final class StatusCommand implements Runnable {

    @Mixin
    ManagerOptions options;

    @Mixin
    OutputOptions output;

    @Override
    public void run() {
        JsonNode status;
        try (var manager = options.manager()) {
            status = manager.status();
        }
        if (output.json) {
            output.print(status);
            return;
        }
        var out = output.out();
        var fields = new ArrayList<List<String>>();
        var active = status.path("Active");
        if (active.isObject()) {
            fields.add(List.of("serving", "revision " + revision(active) + " since " + time(active.path("Since"))));
            fields.add(List.of(
                    "container",
                    active.path("Name").asText() + " at "
                            + active.path("Address").asText()));
            fields.add(List.of("health", health(active)));
        } else {
            fields.add(List.of("serving", Terminal.OUT.paint(Colour.UNSURE, "nothing")));
        }
        fields.add(List.of("traffic", gate(status.path("Gate"))));
        var requests = status.path("Requests").asLong();
        fields.add(List.of(
                "requests",
                requests + " since the switch"
                        + (requests == 0
                                ? ""
                                : String.format(
                                        Locale.ROOT,
                                        ", %.1f ms on average",
                                        status.path("TotalTime").asDouble() * 1000 / requests))));
        fields.add(List.of(
                "clients",
                status.path("States").properties().stream()
                        .map(state -> state.getValue().asLong() + " " + state.getKey())
                        .collect(Collectors.joining(", "))));
        var docker = status.path("DockerState").asText();
        fields.add(List.of("docker", Terminal.OUT.paint(docker.equals("Ok") ? Colour.GOOD : Colour.BAD, docker)));
        if (status.path("Registry").isObject()) {
            fields.add(List.of("registry", registry(status.path("Registry"))));
        }
        if (status.path("Drift").isObject()) {
            fields.add(List.of(
                    "drift",
                    Terminal.OUT.paint(
                            Colour.UNSURE,
                            "current.json is "
                                    + status.path("Drift").path("Current").asText() + ", which is not what serves")));
        }
        if (status.path("Problem").isTextual()) {
            fields.add(List.of(
                    "problem",
                    Terminal.OUT.paint(Colour.BAD, status.path("Problem").asText())));
        }
        Table.printFields(out, fields);
        if (!status.path("Deployments").isEmpty()) {
            out.println();
            deployments(out, status.path("Deployments"));
        }
        out.flush();
    }

    /** Images may come from elsewhere: a registry that is not there is wrong only if it is the agent's own. */
    private static String registry(JsonNode registry) {
        var state = registry.path("State").asText();
        var embedded = registry.path("Kind").asText().equals("embedded");
        return registry.path("Kind").asText() + " on port "
                + registry.path("Port").asInt()
                + (registry.path("ImageBucket").isTextual()
                        ? " from " + registry.path("ImageBucket").asText()
                        : "")
                + ": "
                + Terminal.OUT.paint(state.equals("Ok") ? Colour.GOOD : embedded ? Colour.BAD : Colour.UNSURE, state);
    }

    private static String revision(JsonNode deployment) {
        return Terminal.OUT.paint(Colour.STRONG, deployment.path("Revision").asText()) + " (" + hash(deployment) + ")";
    }

    private static String hash(JsonNode deployment) {
        return ShortId.of(deployment.path("Hash").asText());
    }

    private static String time(JsonNode instant) {
        return instant.asText().replaceFirst("\\.\\d+Z$", "Z");
    }

    private static String health(JsonNode active) {
        var health = active.path("Health").asText("not known yet");
        var restarts = active.path("Restarts").asInt();
        var reason = active.path("HealthReason").asText();
        return Terminal.OUT.paint(
                        health.equals("healthy")
                                ? Colour.GOOD
                                : health.equals("unhealthy") ? Colour.BAD : Colour.UNSURE,
                        health)
                + (health.equals("unhealthy") && !reason.isEmpty() ? ": " + reason : "")
                + (restarts == 0 ? "" : ", started again " + restarts + " times");
    }

    private static String gate(JsonNode gate) {
        var waiting = gate.path("Waiting").asLong();
        return switch (gate.path("State").asText()) {
            case "open" -> "open";
            case "paused" -> Terminal.OUT.paint(Colour.UNSURE, "paused") + ", " + waiting + " requests wait";
            case "maintenance" -> Terminal.OUT.paint(Colour.UNSURE, "in maintenance");
            case String other -> other;
        };
    }

    private static void deployments(PrintWriter out, JsonNode deployments) {
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("REVISION", "HASH", "STATE", "SINCE", ""));
        for (var d : deployments) {
            rows.add(List.of(
                    d.path("Revision").asText(),
                    hash(d),
                    d.path("State").asText(),
                    time(d.path("Since")),
                    d.path("Reason").asText().lines().findFirst().orElse("")));
        }
        Table.print(out, rows, "SINCE", "HASH");
    }
}
