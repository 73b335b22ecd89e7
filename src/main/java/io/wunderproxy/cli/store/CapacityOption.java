package io.wunderproxy.cli.store;

import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.fleet.ConsumedUnits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Whether a command reports how much of DynamoDB's capacity it used. */
@Command(exitCodeList = {ExitCodes.NOT_FOUND, ExitCodes.NOT_ALLOWED, ExitCodes.UNAVAILABLE, ExitCodes.INVALID})
public final class CapacityOption {

    @Option(
            names = "--show-capacity",
            description = "Report on standard error how many read and write units of DynamoDB the command took.")
    boolean show;

    public void tell(OutputOptions output, ConsumedUnits consumed) {
        if (show) {
            output.note("consumed %.1f read units and %.1f write units".formatted(consumed.reads(), consumed.writes()));
        }
    }
}
