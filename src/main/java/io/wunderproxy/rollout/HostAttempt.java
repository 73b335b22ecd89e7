package io.wunderproxy.rollout;

import io.wunderproxy.api.Status;
import io.wunderproxy.judgement.Traffic;
import io.wunderproxy.launchconfig.ConfigHash;
import java.util.Optional;

/**
 * The state of a rollout on one host. Each step replaces it as a whole.
 *
 * @param before what the host is to go back to; empty if it served nothing
 * @param launchAsked whether the host may have been asked to launch the new configuration
 * @param switchAsked whether the host may have been asked to switch to it, by this rollout or by one that it continues
 * @param problem why its stage is a bad one
 * @param containerBefore the container that served when the host was first looked at
 * @param containerNow the one that served when it was last looked at
 * @param atStart the host's traffic when it was first looked at
 */
record HostAttempt(
        FleetHost host,
        Optional<ConfigHash> before,
        Stage stage,
        boolean launchAsked,
        boolean switchAsked,
        String problem,
        String containerBefore,
        String containerNow,
        Traffic atStart) {

    /** A host that could not be asked what it serves. */
    static HostAttempt unseen(FleetHost host, Optional<ConfigHash> before) {
        return new HostAttempt(host, before, Stage.WAITING, false, false, "", "", "", Traffic.NONE);
    }

    /**
     * A host that was asked what it serves.
     *
     * @param hash the new configuration: a host that serves it and is to go back to another was switched before
     */
    static HostAttempt seen(FleetHost host, Optional<ConfigHash> before, Status status, ConfigHash hash) {
        var serving = Serving.of(status);
        return new HostAttempt(
                host,
                before,
                Stage.WAITING,
                false,
                serving.is(hash) && !before.equals(serving.hash()),
                "",
                serving.container(),
                "",
                HostTraffic.sinceStart(status));
    }

    String name() {
        return host.name();
    }

    boolean isAt(Stage some) {
        return stage == some;
    }

    /** Whether another container serves than before, as far as that was seen. */
    boolean hasChanged() {
        return !containerNow.equals(containerBefore);
    }

    HostAttempt moved(Stage next, String message) {
        return new HostAttempt(
                host,
                before,
                next,
                launchAsked,
                switchAsked,
                next.isBad() ? message : problem,
                containerBefore,
                containerNow,
                atStart);
    }

    HostAttempt askedToLaunch() {
        return new HostAttempt(host, before, stage, true, switchAsked, problem, containerBefore, containerNow, atStart);
    }

    HostAttempt askedToSwitch() {
        return new HostAttempt(host, before, stage, launchAsked, true, problem, containerBefore, containerNow, atStart);
    }

    HostAttempt servedBy(String container) {
        return new HostAttempt(
                host, before, stage, launchAsked, switchAsked, problem, containerBefore, container, atStart);
    }
}
