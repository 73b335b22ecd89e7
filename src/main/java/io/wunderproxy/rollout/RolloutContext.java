package io.wunderproxy.rollout;

import io.wunderproxy.launchconfig.ConfigHash;

/** What the steps of one rollout share. */
record RolloutContext(
        ConfigHash hash,
        HostAttempts attempts,
        RolloutLedger ledger,
        RolloutListener listener,
        RolloutPolicy policy,
        Parallel parallel,
        Pauses pauses) {}
