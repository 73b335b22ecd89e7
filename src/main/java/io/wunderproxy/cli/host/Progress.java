package io.wunderproxy.cli.host;

import io.wunderproxy.api.EventView;
import io.wunderproxy.cli.StepLines;
import io.wunderproxy.cli.Terminal;
import io.wunderproxy.cli.Terminal.Colour;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.client.EventStream;
import io.wunderproxy.client.ManagerClient;
import io.wunderproxy.rollout.RolloutListener;
import java.io.PrintWriter;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Shows the progress of a deployment on standard error, from the host's events: on a terminal in a line that changes, else in a
 * line each. Nothing is shown when the result is for a machine. A manager without events is fine: the steps are shown anyway.
 */
public final class Progress implements RolloutListener, AutoCloseable {

    /** Events that the command itself reports when their calls return. */
    private static final Set<String> REPORTED_BY_COMMAND = Set.of("confirmed", "switched", "failed");

    /** Events of the old containers, whichever they are. */
    private static final Set<String> ENDINGS = Set.of("draining", "stopped", "removed");

    private static final long OPENING_MILLIS = 1000;
    private static final int LONGEST = 100;

    private final boolean silent;
    private final boolean interactive;
    private final int width;
    private final PrintWriter err;
    private final StepLines lines;
    private final String hash;
    private Thread listener;
    private String last = "";
    private boolean lineIsOpen;
    private boolean closed;

    /**
     * @param drawable whether the standard error is a terminal that can draw
     * @param columns how many characters a line of it has
     */
    Progress(String hash, OutputOptions output, boolean drawable, int columns) {
        this.hash = hash;
        this.silent = output.json;
        this.interactive = drawable;
        this.width = Math.min(LONGEST, columns - 3);
        this.err = output.spec.commandLine().getErr();
        this.lines = new StepLines(err, interactive);
    }

    /** Listens to the events of this deployment from now on. */
    static Progress of(ManagerClient manager, String hash, OutputOptions output) {
        var progress = new Progress(hash, output, Terminal.ERR.isDrawable(), Terminal.ERR.columns());
        if (!progress.silent) {
            progress.listen(manager);
        }
        return progress;
    }

    private void listen(ManagerClient manager) {
        var opened = new CountDownLatch(1);
        // Not a virtual thread: in a native binary these can't be the first to read a system property.
        listener = Thread.ofPlatform().daemon().start(() -> {
            try {
                new EventStream(manager).follow(0, opened::countDown, event -> tell(EventView.of(event)));
            } catch (RuntimeException e) {
                // Events are only shown; the calls themselves say what is wrong.
                opened.countDown();
            }
        });
        try {
            opened.await(OPENING_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void tell(EventView event) {
        var type = event.type();
        var ours = event.hash().filter(hash::equals).isPresent();
        if (ours && !REPORTED_BY_COMMAND.contains(type) || ENDINGS.contains(type)) {
            tell(type, text(type, event));
        }
    }

    private static String text(String type, EventView event) {
        long total = event.totalBytes().orElse(0L);
        if (type.equals("pulling") && total > 0) {
            long bytes = event.bytes().orElse(0L);
            return "pulling " + megabytes(bytes) + " of " + megabytes(total) + " MB (" + 100 * bytes / total + " %)";
        }
        var message = event.message();
        return message.isBlank() ? type : message;
    }

    private static String megabytes(long bytes) {
        return String.format(java.util.Locale.ROOT, "%.1f", bytes / 1e6);
    }

    private synchronized void tell(String type, String text) {
        if (closed) {
            // An event that comes late must not stand below what the command says at its end.
            return;
        }
        if (interactive) {
            err.print(
                    Terminal.erasedLine() + Terminal.ERR.paint(Colour.FAINT, "  " + StepLines.shortened(text, width)));
            lineIsOpen = true;
        } else if (!text.equals(last) && !(type.equals("pulling") && last.startsWith("pulling"))) {
            err.println(text);
        }
        last = text;
        err.flush();
    }

    @Override
    public synchronized void step(String text) {
        if (silent) {
            return;
        }
        end();
        lines.step(text);
    }

    @Override
    public synchronized void warn(String text) {
        end();
        lines.warn(text);
    }

    /** Removes the line that changes. */
    private void end() {
        if (lineIsOpen) {
            err.print(Terminal.erasedLine());
            err.flush();
            lineIsOpen = false;
        }
    }

    /** Prints the command's result, with no line that changes before it: an event that comes now is shown after it. */
    synchronized void result(Runnable print) {
        end();
        print.run();
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (listener != null) {
            listener.interrupt();
        }
        end();
    }
}
