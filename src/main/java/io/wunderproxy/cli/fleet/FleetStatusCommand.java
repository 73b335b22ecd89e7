package io.wunderproxy.cli.fleet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.api.Status;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.Table;
import io.wunderproxy.cli.Terminal;
import io.wunderproxy.cli.Terminal.Colour;
import io.wunderproxy.client.ManagerException;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.FleetTable;
import io.wunderproxy.fleet.Member;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.names.ShortId;
import io.wunderproxy.store.StoreException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what all hosts of a fleet do now. */
@Command(
        name = "status",
        description = {
            "Show what the hosts of a fleet serve, and how.",
            "",
            "DRIFT is what differs from current.json. A host that does not respond is shown as the table knows it."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy fleet status --table wunderproxy -s my-bucket -p production",
            "  In place, every two seconds, until Ctrl-C:",
            "    wunderproxy fleet status --watch 2s --table wunderproxy -s my-bucket -p production",
            "  wunderproxy fleet status --hosts 10.0.0.7:8001,10.0.0.8:8001 -s my-bucket -p production --json"
        })
public final class FleetStatusCommand implements Callable<Integer> {

    private static final double MINUTE = 60;

    @Mixin
    FleetOptions fleet;

    @Option(
            names = {"-w", "--watch"},
            paramLabel = "<time>",
            converter = DurationConverter.class,
            description = "Show it again at this interval, on a terminal in the same place.")
    Duration watch;

    private final Clock clock = Clock.systemUTC();

    /** A host as it is shown. */
    private record Line(
            String host,
            String address,
            boolean reached,
            String revision,
            String hash,
            String health,
            Optional<Double> perSecond,
            Optional<Double> p99,
            String version,
            String drift,
            String problem) {}

    @Override
    public Integer call() throws StoreException, InvalidLaunchConfigException, FleetException {
        var table = fleet.openTable();
        try {
            for (var drawn = 0; ; ) {
                var current = fleet.store.promotions().read().current();
                var lines = fleet.parallel().map(fleet.find(table), host -> line(host, current));
                drawn = print(lines, drawn);
                if (watch == null) {
                    return Exit.OK.code();
                }
                Thread.sleep(watch);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Exit.OK.code();
        } finally {
            table.ifPresent(FleetTable::close);
        }
    }

    private Line line(FleetOptions.Found found, Optional<byte[]> current) {
        try (var manager = fleet.open(found)) {
            var status = manager.status();
            var active = status.active();
            var minute = status.traffic().times("1m");
            var hash = active.map(DeploymentSummary::hash).orElse("");
            return new Line(
                    found.name(),
                    found.address().toString(),
                    true,
                    active.map(DeploymentSummary::revision).orElse(""),
                    hash,
                    health(status),
                    Optional.of(minute.count() / MINUTE),
                    Optional.of(minute.p99()),
                    found.member().map(Member::version).orElse(""),
                    drift(hash, current),
                    status.problem().orElse(""));
        } catch (ManagerException | CommandFailure e) {
            var known = found.member();
            return new Line(
                    found.name(),
                    found.address().toString(),
                    false,
                    known.map(Member::revision).orElse(""),
                    known.map(Member::hash).orElse(""),
                    known.map(m -> m.isFresh(clock.instant()) ? "unreachable" : "gone")
                            .orElse("unreachable"),
                    Optional.empty(),
                    Optional.empty(),
                    known.map(Member::version).orElse(""),
                    known.map(m -> drift(m.hash(), current)).orElse(""),
                    e.getMessage().lines().findFirst().orElse("")
                            + known.map(m -> "; its agent last reported to the table " + ago(m.seen()))
                                    .orElse(""));
        }
    }

    private String ago(Instant time) {
        var seconds = Duration.between(time, clock.instant()).toSeconds();
        return seconds < 120
                ? seconds + " s ago"
                : seconds < 7200 ? seconds / 60 + " min ago" : seconds / 3600 + " h ago";
    }

    private static String health(Status status) {
        if (status.active().isEmpty()) {
            return "nothing";
        }
        return status.gate().isOpen()
                ? status.active().get().health().orElse("unknown")
                : status.gate().state();
    }

    private static String drift(String hash, Optional<byte[]> current) {
        if (current.isEmpty() || hash.isEmpty()) {
            return current.isEmpty() == hash.isEmpty() ? "" : "drift";
        }
        return new ConfigHash(hash).matches(current.get()) ? "" : "drift";
    }

    /** @return how many lines are to be drawn over the next time */
    private int print(List<Line> lines, int before) {
        if (fleet.output.json) {
            var array = JsonNodeFactory.instance.arrayNode();
            for (var line : lines) {
                array.addObject()
                        .put("Host", line.host())
                        .put("Address", line.address())
                        .put("Reached", line.reached())
                        .put("Revision", line.revision())
                        .put("Hash", line.hash())
                        .put("Health", line.health())
                        .put("RequestsPerSecond", line.perSecond().orElse(null))
                        .put("P99", line.p99().orElse(null))
                        .put("Version", line.version())
                        .put("Drift", !line.drift().isEmpty())
                        .put("Problem", line.problem().isEmpty() ? null : line.problem());
            }
            if (watch == null) {
                fleet.output.print(array);
            } else {
                fleet.output.printLine(array);
            }
            return 0;
        }
        var text = new StringWriter();
        print(new PrintWriter(text, true), lines);
        if (watch != null && Terminal.OUT.isDrawable() && before > 0) {
            fleet.output.out().print(Terminal.erasedLines(before));
        }
        fleet.output.out().print(text);
        fleet.output.out().flush();
        return (int) text.toString().lines().count();
    }

    private void print(PrintWriter out, List<Line> lines) {
        if (lines.isEmpty()) {
            out.println("no host");
            return;
        }
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("HOST", "REVISION", "HASH", "HEALTH", "REQ/S", "P99", "VERSION", "DRIFT", ""));
        for (var line : lines) {
            rows.add(List.of(
                    line.host(),
                    line.revision().isEmpty() ? "-" : line.revision(),
                    ShortId.of(line.hash()),
                    line.health(),
                    line.perSecond()
                            .map(n -> String.format(Locale.ROOT, "%.1f", n))
                            .orElse("-"),
                    line.p99()
                            .map(s -> String.format(Locale.ROOT, "%.1f ms", s * 1000))
                            .orElse("-"),
                    line.version(),
                    line.drift(),
                    line.problem()));
        }
        Table.print(out, rows, "VERSION", "P99", "HASH", "REQ/S");
        var drifting = lines.stream().filter(line -> !line.drift().isEmpty()).count();
        var unreached = lines.stream().filter(line -> !line.reached()).count();
        out.println(lines.size() + " hosts"
                + (unreached == 0 ? "" : ", " + Terminal.OUT.paint(Colour.BAD, unreached + " not reached"))
                + (drifting == 0 ? "" : ", " + Terminal.OUT.paint(Colour.UNSURE, drifting + " drifting")));
        out.flush();
    }
}
