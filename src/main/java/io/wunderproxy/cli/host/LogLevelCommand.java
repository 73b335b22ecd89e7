package io.wunderproxy.cli.host;

import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.options.Amounts;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Shows or sets how much the agent logs. */
@Command(
        name = "log-level",
        description = {
            "Show how much the running agent logs, or change it.",
            "",
            "A change ends with the agent at the latest. Libraries of the agent keep their levels."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy log-level",
            "  wunderproxy log-level debug --category proxy --for 5m",
            "  wunderproxy log-level default --category proxy"
        })
public final class LogLevelCommand implements Runnable {

    /** A level of the agent's log. */
    enum Level {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        DEFAULT
    }

    @Mixin
    ManagerOptions options;

    @Mixin
    OutputOptions output;

    @Parameters(
            arity = "0..1",
            paramLabel = "<level>",
            description = "error, warn, info or debug; default: as it was when the agent started.")
    Level level;

    @Option(
            names = {"-c", "--category"},
            paramLabel = "<name>",
            description = "What the level is for: a part of the agent, such as proxy or deployment, or all of it. "
                    + "Default: all")
    String category;

    @Option(
            names = "--for",
            paramLabel = "<time>",
            converter = DurationConverter.class,
            description = "How long, at most 24h; then it is as it was when the agent started. Default: 15m for debug, "
                    + "else until the agent ends")
    Duration time;

    @Override
    public void run() {
        if (level == null && (category != null || time != null)) {
            throw new ParameterException(
                    output.spec.commandLine(), "which level? --category and --for say what a new one is for");
        }
        try (var manager = options.manager()) {
            output.print(
                    level == null
                            ? manager.get("/log-level", output.form())
                            : manager.put(path(), level.name().toLowerCase(Locale.ROOT), output.form()));
        }
    }

    private String path() {
        return "/log-level?category="
                + URLEncoder.encode(category == null ? "all" : category, StandardCharsets.UTF_8)
                + (time == null ? "" : "&for=" + Amounts.time(time));
    }
}
