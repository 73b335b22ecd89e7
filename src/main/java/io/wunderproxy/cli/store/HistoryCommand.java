package io.wunderproxy.cli.store;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.Table;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows what was deployed, when, and by whom. */
@Command(
        name = "history",
        description = {"List the last promoted configurations, the newest first.", "", "The current one has a star."},
        footer = {
            "",
            "Examples:",
            "  wunderproxy history -s my-bucket -p production",
            "  wunderproxy history -s my-bucket -p production --json | jq '.[0].DeployedBy'"
        })
public final class HistoryCommand implements Callable<Integer> {

    @Mixin
    StoreOptions store;

    @Mixin
    OutputOptions output;

    @Override
    public Integer call() throws StoreException, InvalidLaunchConfigException {
        var snapshot = store.promotions().read();
        var current = snapshot.currentHash();
        var entries = snapshot.history().entries();
        // A configuration that was rolled back to is there twice.
        var promoted = entries.reversed().stream()
                .filter(entry -> current.filter(entry.hash()::equals).isPresent())
                .findFirst()
                .orElse(null);
        if (output.json) {
            var array = JsonNodeFactory.instance.arrayNode();
            for (var entry : entries.reversed()) {
                array.addObject()
                        .put("Revision", entry.revision())
                        .put("DeployedAt", entry.deployedAt())
                        .put("DeployedBy", entry.deployedBy())
                        .put("Hash", entry.hash().value())
                        .put("Current", entry == promoted);
            }
            output.print(array);
        } else if (entries.isEmpty()) {
            output.note("nothing was promoted yet");
        } else {
            var rows = new ArrayList<List<String>>();
            rows.add(List.of("", "REVISION", "HASH", "DEPLOYED AT", "BY"));
            for (var entry : entries.reversed()) {
                rows.add(List.of(
                        entry == promoted ? "*" : "",
                        entry.revision(),
                        entry.hash().abbreviated(),
                        entry.deployedAt(),
                        entry.deployedBy()));
            }
            Table.print(output.out(), rows, "HASH");
        }
        if (snapshot.interrupted()) {
            output.note(
                    "the last promotion was broken off before current.json was written; the next deploy or rollback "
                            + "completes it");
        } else if (current.isPresent()
                && snapshot.history()
                        .last()
                        .filter(e -> e.hash().equals(current.get()))
                        .isEmpty()) {
            output.note("current.json (" + current.get().abbreviated()
                    + ") was put there by something that keeps no history");
        }
        return Exit.OK.code();
    }
}
