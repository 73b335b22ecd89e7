package io.wunderproxy.rollout;

import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.rollout.RolloutException.Kind;
import io.wunderproxy.store.StoreException;

/** Makes the configuration that is to be the current one. */
@FunctionalInterface
public interface ConfigMaker {

    /** @param base what is promoted now */
    LaunchConfig make(LaunchConfigStore store, Snapshot base) throws StoreException, InvalidLaunchConfigException;

    /** The stored configuration with this hash. */
    static ConfigMaker stored(ConfigHash hash) {
        return (store, base) -> find(store, hash);
    }

    /** The configuration that was promoted before the current one; those that were rolled back already are skipped. */
    static ConfigMaker lastGood() {
        return (store, base) -> {
            var current = base.currentHash()
                    .orElseThrow(() ->
                            new RolloutException(Kind.NOT_FOUND, "nothing was promoted yet: nothing to go back from"));
            var entry = base.history()
                    .lastGoodBefore(current)
                    .orElseThrow(() -> new RolloutException(
                            Kind.NOT_FOUND,
                            "the history has nothing before this; name a revision, see 'wunderproxy history'"));
            return find(store, entry.hash());
        };
    }

    private static LaunchConfig find(LaunchConfigStore store, ConfigHash hash)
            throws StoreException, InvalidLaunchConfigException {
        return store.find(hash)
                .orElseThrow(() -> new RolloutException(Kind.NOT_FOUND, "there is no " + store.locate(hash)));
    }
}
