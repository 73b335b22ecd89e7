package io.wunderproxy.cli.store;

import io.wunderproxy.rollout.ConfigMaker;
import picocli.CommandLine.Parameters;

/** The configuration to roll back to. */
public final class RollbackTarget {

    @Parameters(
            arity = "0..1",
            paramLabel = "<revision>",
            description = "A revision or hash of the history. Default: the last good one")
    String name;

    /** Whether the user has named it. */
    public boolean isNamed() {
        return name != null;
    }

    /** Makes the configuration with the name; without one, the last good one. */
    public ConfigMaker maker(StoreOptions options) {
        return isNamed() ? (store, base) -> StoreOptions.find(store, options.hash(name)) : ConfigMaker.lastGood();
    }
}
