package io.wunderproxy.rollout;

import io.wunderproxy.launchconfig.ConfigHash;
import java.util.Optional;

/** The configuration that a host goes back to if the rollout fails. */
@FunctionalInterface
interface RevertTarget {

    /** Each host goes back to what it serves when the rollout begins. */
    RevertTarget AS_IT_IS = (host, serving) -> serving;

    /** @param serving what it serves now */
    Optional<ConfigHash> of(String host, Optional<ConfigHash> serving);
}
