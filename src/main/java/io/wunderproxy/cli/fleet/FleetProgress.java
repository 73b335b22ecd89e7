package io.wunderproxy.cli.fleet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.cli.StepLines;
import io.wunderproxy.cli.Terminal;
import io.wunderproxy.cli.Terminal.Colour;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.rollout.RolloutListener;
import io.wunderproxy.rollout.Stage;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Shows the progress of a fleet's rollout: on a terminal in a table that is redrawn in its place, else in a line for each
 * change; for machines, each change is a line of JSON. Any thread may call it.
 */
final class FleetProgress implements RolloutListener, AutoCloseable {

    private static final int MOST_ROWS = 16;
    private static final int LONGEST_MESSAGE = 110;
    private static final int STAGE_WIDTH = 10;
    private static final long REDRAW_NANOS = 100_000_000;

    private record Row(Stage stage, String message) {}

    private final OutputOptions output;
    private final Clock clock;
    private final PrintWriter err;
    private final StepLines steps;
    private final boolean drawn;
    private final int columns;
    private final Map<String, Row> rows = new LinkedHashMap<>();
    private int lines;
    private long drawnAt;
    private boolean closed;

    FleetProgress(OutputOptions output, Clock clock) {
        this(output, clock, Terminal.ERR.isDrawable(), Terminal.ERR.columns());
    }

    /**
     * @param drawable whether the standard error is a terminal that can draw
     * @param columns how many characters a line of it has
     */
    FleetProgress(OutputOptions output, Clock clock, boolean drawable, int columns) {
        this.output = output;
        this.clock = clock;
        this.err = output.spec.commandLine().getErr();
        this.drawn = !output.json && drawable;
        this.steps = new StepLines(err, drawn);
        this.columns = columns;
    }

    @Override
    public synchronized void host(String name, Stage stage, String message) {
        var row = new Row(stage, message);
        var former = rows.put(name, row);
        if (row.equals(former)) {
            return;
        }
        if (output.json) {
            print(event().put("Host", name).put("State", stage.label()).put("Message", message));
        } else if (drawn) {
            if (former == null || former.stage() != stage || System.nanoTime() - drawnAt > REDRAW_NANOS) {
                draw();
            }
        } else if (former == null || former.stage() != stage || stage == Stage.LAUNCHING) {
            err.println(name + ": " + stage.label() + (message.isEmpty() ? "" : ": " + message));
            err.flush();
        }
    }

    @Override
    public synchronized void step(String text) {
        tell("Step", text, steps::step);
    }

    @Override
    public synchronized void warn(String text) {
        tell("Warning", text, steps::warn);
    }

    /** @param name the name of the JSON field, for machines */
    private void tell(String name, String text, Consumer<String> forPeople) {
        if (output.json) {
            print(event().put(name, text));
            return;
        }
        erase();
        forPeople.accept(text);
        if (drawn) {
            draw();
        }
    }

    private ObjectNode event() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("Time", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
    }

    private void print(ObjectNode event) {
        output.printLine(event);
    }

    private void draw() {
        drawnAt = System.nanoTime();
        erase();
        var shown = rows.entrySet().stream()
                .sorted(Comparator.comparing(
                        entry -> rows.size() > MOST_ROWS ? entry.getValue().stage() : Stage.FAILED))
                .limit(MOST_ROWS)
                .toList();
        // A row wider than the terminal would take two lines, and the next one be drawn at the wrong place.
        var width = Math.min(
                shown.stream().mapToInt(e -> e.getKey().length()).max().orElse(0),
                Math.max(1, columns / 2 - STAGE_WIDTH));
        for (var entry : shown) {
            var row = entry.getValue();
            var stage = Terminal.ERR.paint(
                    colour(row.stage()),
                    String.format("%-" + STAGE_WIDTH + "s", row.stage().label()));
            var name = StepLines.shortened(entry.getKey(), width);
            err.println("  " + name + " ".repeat(width - name.length()) + "  " + stage + "  "
                    + StepLines.shortened(row.message(), Math.min(LONGEST_MESSAGE, columns - width - STAGE_WIDTH - 7)));
        }
        lines = shown.size();
        if (rows.size() > shown.size()) {
            err.println(Terminal.ERR.paint(
                    Colour.FAINT, StepLines.shortened("  of " + rows.size() + " hosts: " + counts(), columns - 1)));
            lines++;
        }
        err.flush();
    }

    private static Colour colour(Stage stage) {
        return switch (stage) {
            case FAILED, WORSE -> Colour.BAD;
            case LAUNCHING, SWITCHING, GOING_BACK -> Colour.UNSURE;
            case WAITING -> Colour.FAINT;
            case CONFIRMED, SWITCHED, BACK -> Colour.GOOD;
        };
    }

    private String counts() {
        return rows.values().stream()
                .collect(Collectors.groupingBy(Row::stage, TreeMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .map(e -> e.getValue() + " " + e.getKey().label())
                .collect(Collectors.joining(", "));
    }

    private void erase() {
        if (lines > 0) {
            err.print(Terminal.erasedLines(lines));
            lines = 0;
        }
    }

    /** Leaves the table as it is. */
    @Override
    public synchronized void close() {
        if (drawn && !closed) {
            draw();
        }
        closed = true;
        lines = 0;
    }
}
