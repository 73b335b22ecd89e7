package io.wunderproxy.cli.host;

import com.fasterxml.jackson.databind.JsonNode;
import io.wunderproxy.api.AgentView;
import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.api.FleetView;
import io.wunderproxy.api.GateView;
import io.wunderproxy.api.PeerView;
import io.wunderproxy.api.RegistryView;
import io.wunderproxy.api.SettingView;
import io.wunderproxy.api.Status;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Table;
import io.wunderproxy.cli.Terminal;
import io.wunderproxy.cli.Terminal.Colour;
import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.client.ManagerClient;
import io.wunderproxy.names.ShortId;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what one host does now. */
@Command(
        name = "status",
        description = "Show what a host serves, its health, and what it has launched.",
        footer = {
            "",
            "Examples:",
            "  wunderproxy status",
            "  wunderproxy status -H unix:/run/wunderproxy/api.sock",
            "  wunderproxy status --settings",
            "  wunderproxy status --json | jq .Active.Revision"
        })
public final class StatusCommand implements Runnable {

    @Mixin
    ManagerOptions options;

    @Mixin
    OutputOptions output;

    @Option(
            names = "--settings",
            description =
                    "Show the options that are in force, and where each came from: the command line, a variable, a"
                            + " line of the settings file, or the default. With --json they are always there.")
    boolean settings;

    @Override
    public void run() {
        JsonNode json;
        try (var manager = options.manager()) {
            json = manager.get("/status", ManagerClient.Form.JSON).json();
        }
        if (output.json) {
            output.print(json);
            return;
        }
        var status = Status.of(json);
        var out = output.out();
        if (settings) {
            settings(out, status.agent().map(AgentView::settings).orElse(List.of()));
            return;
        }
        var fields = new ArrayList<List<String>>();
        status.active()
                .ifPresentOrElse(
                        active -> {
                            fields.add(List.of(
                                    "serving", "revision " + revision(active) + " since " + time(active.since())));
                            fields.add(List.of(
                                    "container",
                                    active.name().orElse("") + " ("
                                            + active.container()
                                                    .map(ShortId::of)
                                                    .orElse("") + ") at "
                                            + active.address().orElse("")));
                            fields.add(List.of("health", health(active)));
                        },
                        () -> fields.add(List.of("serving", Terminal.OUT.paint(Colour.UNSURE, "nothing"))));
        fields.add(List.of("traffic", gate(status.gate())));
        fields.add(List.of(
                "requests",
                status.requests() + " since the switch"
                        + (status.requests() == 0
                                ? ""
                                : String.format(
                                        Locale.ROOT,
                                        ", %.1f ms on average",
                                        status.totalTime() * 1000 / status.requests()))));
        fields.add(List.of(
                "connections",
                status.states().entrySet().stream()
                        .map(state -> state.getValue() + " " + state.getKey())
                        .collect(Collectors.joining(", "))));
        fields.add(List.of(
                "docker", Terminal.OUT.paint(status.isDockerOk() ? Colour.GOOD : Colour.BAD, status.dockerState())));
        status.fleet().ifPresent(fleet -> fields.add(List.of("fleet", fleet(fleet))));
        status.registry().ifPresent(registry -> fields.add(List.of("registry", registry(registry))));
        status.drift()
                .ifPresent(drift -> fields.add(List.of(
                        "drift",
                        Terminal.OUT.paint(
                                Colour.UNSURE,
                                drift.message().orElse("current.json names " + ShortId.of(drift.current()))))));
        status.problem().ifPresent(problem -> fields.add(List.of("problem", Terminal.OUT.paint(Colour.BAD, problem))));
        Table.printFields(out, fields);
        if (!status.deployments().isEmpty()) {
            out.println();
            deployments(out, status.deployments());
        }
        out.flush();
    }

    private static void settings(PrintWriter out, List<SettingView> settings) {
        if (settings.isEmpty()) {
            throw new CommandFailure("the agent is too old to say its settings");
        }
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("OPTION", "VALUE", "FROM"));
        for (var setting : settings) {
            rows.add(List.of(
                    setting.option(),
                    setting.value().orElse(""),
                    setting.isDefault()
                            ? setting.from()
                            : Terminal.OUT.paint(Colour.STRONG, setting.place().orElse(setting.from()))));
        }
        Table.print(out, rows);
        out.flush();
    }

    private static String fleet(FleetView fleet) {
        var alive = fleet.peers().stream().filter(PeerView::alive).count();
        return fleet.member() + ", " + (alive == 1 ? "1 peer" : alive + " peers")
                + (fleet.state().equals("ok") ? "" : ": " + Terminal.OUT.paint(Colour.BAD, fleet.state()));
    }

    /** The registry's state: a missing one is wrong only if it is the agent's own, as images may come from elsewhere. */
    private static String registry(RegistryView registry) {
        return registry.kind() + " on port " + registry.port()
                + registry.imageBucket().map(bucket -> " from " + bucket).orElse("") + ": "
                + Terminal.OUT.paint(
                        registry.isOk() ? Colour.GOOD : registry.isEmbedded() ? Colour.BAD : Colour.UNSURE,
                        registry.state());
    }

    private static String revision(DeploymentSummary deployment) {
        return Terminal.OUT.paint(Colour.STRONG, deployment.revision()) + " (" + hash(deployment) + ")";
    }

    private static String hash(DeploymentSummary deployment) {
        return ShortId.of(deployment.hash());
    }

    private static String time(String instant) {
        return instant.replaceFirst("\\.\\d+Z$", "Z");
    }

    private static String health(DeploymentSummary active) {
        long restarts = active.restarts().orElse(0L);
        var reason = active.healthReason().orElse("");
        return Terminal.OUT.paint(
                        active.isHealthy() ? Colour.GOOD : active.isUnhealthy() ? Colour.BAD : Colour.UNSURE,
                        active.health().orElse("not probed yet"))
                + (active.isUnhealthy() && !reason.isEmpty() ? ": " + reason : "")
                + (restarts == 0 ? "" : ", started again " + (restarts == 1 ? "once" : restarts + " times"));
    }

    private static String gate(GateView gate) {
        return switch (gate.state()) {
            case "paused" ->
                Terminal.OUT.paint(Colour.UNSURE, "paused") + ", "
                        + (gate.waiting() == 1 ? "1 request waits" : gate.waiting() + " requests wait");
            case "maintenance" -> Terminal.OUT.paint(Colour.UNSURE, "in maintenance");
            case String other -> other;
        };
    }

    private static void deployments(PrintWriter out, List<DeploymentSummary> deployments) {
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("REVISION", "HASH", "STATE", "SINCE", ""));
        for (var d : deployments) {
            rows.add(List.of(
                    d.revision(),
                    hash(d),
                    d.state(),
                    time(d.since()),
                    d.reason().orElse("").lines().findFirst().orElse("")));
        }
        Table.print(out, rows, "SINCE", "HASH");
    }
}
