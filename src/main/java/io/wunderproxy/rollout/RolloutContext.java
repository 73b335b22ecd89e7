package io.wunderproxy.rollout;

import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.time.MonotonicTime;

/** The objects that the steps of one rollout share. */
record RolloutContext(
        ConfigHash hash,
        HostAttempts attempts,
        RolloutLedger ledger,
        RolloutListener listener,
        RolloutPolicy policy,
        Parallel parallel,
        MonotonicTime time) {}
