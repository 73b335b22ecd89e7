package io.wunderproxy.cli.host;

import io.wunderproxy.api.PauseRequest;
import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.cli.store.StoreOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that hold traffic back and let it go. */
public final class TrafficCommands {

    private TrafficCommands() {}

    /** Holds requests back. */
    @Command(
            name = "pause",
            description = {"Let requests wait until 'resume'.", "", "A pause outlives a restart of the agent."},
            footer = {"", "Examples:", "  wunderproxy pause", "  wunderproxy pause --max-wait 2m --max-requests 500"})
    public static final class Pause implements Runnable {

        @Mixin
        ManagerOptions options;

        @Mixin
        OutputOptions output;

        @Option(
                names = "--max-wait",
                paramLabel = "<time>",
                converter = DurationConverter.class,
                description = "How long a request waits before it gets 503. Default: what the agent takes, 30s")
        Duration maxWait;

        @Option(
                names = "--max-requests",
                paramLabel = "<number>",
                description = "How many wait; others get 503. Default: what the agent takes, 1000")
        Integer maxRequests;

        @Override
        public void run() {
            var wishes = new PauseRequest(
                            Optional.ofNullable(maxWait).map(wait -> wait.toMillis() + "ms"),
                            Optional.ofNullable(maxRequests).map(Integer::longValue))
                    .toJson();
            try (var manager = options.manager()) {
                output.print(manager.post("/pause", wishes.isEmpty() ? "" : wishes.toString(), output.form()));
            }
        }
    }

    /** Ends a pause and a maintenance. */
    @Command(
            name = "resume",
            description = "End a pause or a maintenance: waiting requests are forwarded.",
            footer = {"", "Example:", "  wunderproxy resume"})
    public static final class Resume implements Runnable {

        @Mixin
        ManagerOptions options;

        @Mixin
        OutputOptions output;

        @Override
        public void run() {
            try (var manager = options.manager()) {
                output.print(manager.post("/resume", "", output.form()));
            }
        }
    }

    /** Responds to every request with 503. */
    @Command(
            name = "maintenance",
            description = {
                "Respond to every request with 503 and a page until 'resume'.",
                "",
                "It outlives a restart of the agent."
            },
            footer = {
                "",
                "Examples:",
                "  wunderproxy maintenance",
                "  wunderproxy maintenance 'Back at 14:00 UTC'",
                "  wunderproxy maintenance --page sorry.html"
            })
    public static final class Maintenance implements Runnable {

        @Mixin
        ManagerOptions options;

        @Mixin
        OutputOptions output;

        @Parameters(arity = "0..1", paramLabel = "<text>", description = "The text that clients get.")
        String text = "";

        @Option(
                names = "--page",
                paramLabel = "<file>",
                description = "File with an HTML page for them; - is standard input.")
        String page;

        @Override
        public void run() {
            var body = page == null ? text : new String(StoreOptions.readFile(page), StandardCharsets.UTF_8);
            try (var manager = options.manager()) {
                output.print(manager.post("/maintenance", body, output.form()));
            }
        }
    }
}
