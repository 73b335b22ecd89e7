package io.wunderproxy.cli;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The exit codes that a command declares in its {@code exitCodeList}, each with its meaning. A group of options declares those of
 * the failures that come with it. Help, manual and the page of commands show them.
 */
public final class ExitCodes {

    public static final String OK = "0:done";
    public static final String FAILED =
            "1:failed for a reason without a number of its own, or the result could not be written";
    public static final String MISUSE = "2:the command line or the settings file is wrong";
    public static final String NOT_FOUND =
            "3:there is no such configuration, revision, deployment, image, file, table or item";
    public static final String NOT_ALLOWED = "4:the token or the credentials do not allow it";
    public static final String UNAVAILABLE =
            "5:the host, its manager, the store, the registry or the table can't be reached or used now";
    public static final String CONFLICT = "6:somebody else was faster, or deploys to the fleet now";
    public static final String INVALID =
            "7:the configuration can't be run, or the table of the fleet can't take what it was given";
    public static final String NOT_HEALTHY = "8:not healthy, or not launched; what served continues to serve";
    public static final String NOTHING_CHANGED = "10:nothing changed: this is served already, and it is promoted";
    public static final String READER_GONE =
            "141:whoever read the output has closed it, as head does; no message is written";

    private ExitCodes() {}

    /** All exit codes with which a command may end, with their meaning; of a group of commands, those of all of them. */
    public static Map<Integer, String> of(CommandSpec command) {
        var codes = new TreeMap<Integer, String>();
        collect(command, codes);
        for (var each : new Exit[] {Exit.OK, Exit.FAILED, Exit.MISUSE, Exit.READER_GONE}) {
            codes.putIfAbsent(each.code(), each.meaning());
        }
        return codes;
    }

    private static void collect(CommandSpec command, Map<Integer, String> codes) {
        command.usageMessage()
                .exitCodeList()
                .forEach((code, meaning) -> codes.putIfAbsent(Integer.valueOf(code.strip()), meaning));
        command.mixins().values().forEach(mixin -> collect(mixin, codes));
        command.subcommands().values().forEach(sub -> collect(sub.getCommandSpec(), codes));
    }

    /** Has the help of a command list them. */
    static void show(CommandSpec command) {
        command.usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(of(command).entrySet().stream()
                        .collect(Collectors.toMap(
                                code -> "%3d".formatted(code.getKey()),
                                Map.Entry::getValue,
                                (one, other) -> one,
                                TreeMap::new)));
    }
}
