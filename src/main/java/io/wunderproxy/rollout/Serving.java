package io.wunderproxy.rollout;

import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.api.Status;
import io.wunderproxy.launchconfig.ConfigHash;
import java.util.Optional;

/**
 * The container that new requests of a host go to.
 *
 * @param hash empty when nothing serves
 * @param container its id; empty when nothing serves
 */
record Serving(Optional<ConfigHash> hash, String container) {

    static final Serving NOTHING = new Serving(Optional.empty(), "");

    static Serving of(Status status) {
        return new Serving(
                status.active().map(active -> new ConfigHash(active.hash())),
                status.active().flatMap(DeploymentSummary::container).orElse(""));
    }

    boolean is(ConfigHash wanted) {
        return hash.filter(wanted::equals).isPresent();
    }
}
