package io.wunderproxy.cli.host;

import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.api.Status;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.client.ManagerClient;
import io.wunderproxy.client.ManagerException;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.History;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.Promotions;
import io.wunderproxy.launchconfig.Promotions.LostRaceException;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.store.StoreException;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Brings a configuration to one host and makes it the current one: store, launch, switch, promote. When a step fails, the host
 * serves what it served before, or what somebody else has promoted meanwhile.
 *
 * <p>It may be killed after any step. After the store: nothing refers to the configuration. After the launch: the next switch
 * removes its container. After the switch: the host serves what is not promoted, which its status shows as drift; the same
 * deployment again finds its container serving, and promotes it. Between the two writes of the promotion: the next deployment
 * completes it.
 */
final class HostRollout {

    /** As often does it follow others who promote something else before it has put the host right. */
    private static final int ATTEMPTS = 3;

    private final ManagerClient manager;
    private final LaunchConfigStore store;
    private final Promotions promotions;
    private final Supplier<String> deployedBy;

    HostRollout(ManagerClient manager, LaunchConfigStore store, Promotions promotions, Supplier<String> deployedBy) {
        this.manager = manager;
        this.store = store;
        this.promotions = promotions;
        this.deployedBy = deployedBy;
    }

    /**
     * @param launched the manager's word on the container
     * @param deployedBy who is in the history
     * @param changed false if the same container serves as before, and its configuration was promoted before
     */
    record Result(String launched, String deployedBy, boolean changed) {}

    /** @param base what was promoted when the configuration was made: it is replaced, nothing else */
    Result run(Snapshot base, LaunchConfig config, Progress progress)
            throws StoreException, InvalidLaunchConfigException {
        var hash = config.hash();
        var status = manager.status();
        var before = HostDeployments.active(status);
        manager.checkToken();
        store.put(config);
        store.checkConditions(config);
        progress.done("stored revision " + config.revision() + " as " + store.locate(hash));
        var launched = launchAndSwitch(base, config, before, progress);
        var by = deployedBy.get();
        try {
            promotions.promote(base, config, by);
        } catch (LostRaceException e) {
            throw new CommandFailure(
                    Exit.CONFLICT, e.getMessage() + "; yours is not promoted, and " + followPromotion(progress));
        } catch (StoreException e) {
            if (!isPromotedAfterAll(base, hash, e)) {
                throw failure(e, "it is not promoted, and " + goBack(before, hash));
            }
        }
        if (!base.promoted(hash)) {
            progress.done("promoted revision " + config.revision() + " to " + store.locateCurrent());
        }
        // Another deployment may have switched the host between our switch and our promotion, and lost.
        followPromotion(progress);
        var changed = !base.promoted(hash) || !container(manager.status()).equals(container(status));
        return new Result(launched, by, changed);
    }

    private static String container(Status status) {
        return status.active().flatMap(DeploymentSummary::container).orElse("");
    }

    private boolean isPromotedAfterAll(Snapshot base, ConfigHash hash, StoreException cause) {
        try {
            return promotions.settle(base, hash);
        } catch (StoreException | InvalidLaunchConfigException e) {
            throw failure(
                    cause,
                    "the host serves it, and whether it is promoted can't be told now: see 'wunderproxy history' later; the "
                            + "next deployment completes or replaces it");
        }
    }

    private static CommandFailure failure(StoreException cause, String consequence) {
        return new CommandFailure(Exit.of(cause), cause.getMessage() + "; " + consequence);
    }

    /** A switch of somebody else removes what was launched before and not switched to: that is launched once more. */
    private String launchAndSwitch(Snapshot base, LaunchConfig config, Optional<ConfigHash> before, Progress progress)
            throws StoreException, InvalidLaunchConfigException {
        for (var attempt = 1; ; attempt++) {
            var launched = post("/launch", config.hash(), progress);
            try {
                promotions.check(base, config);
            } catch (LostRaceException e) {
                throw new CommandFailure(
                        Exit.CONFLICT,
                        e.getMessage() + "; yours is neither switched to nor promoted: look at it, then deploy again");
            }
            try {
                post("/switch", config.hash(), progress);
                return launched;
            } catch (ManagerException e) {
                var serving = HostDeployments.active(manager.status());
                if (attempt == ATTEMPTS || serving.equals(before)) {
                    throw e;
                }
            }
        }
    }

    private String post(String path, ConfigHash hash, Progress progress) {
        var answer =
                manager.post(path, hash.value(), ManagerClient.Form.TEXT).body().strip();
        progress.done(answer);
        return answer;
    }

    /** Lets the host serve what is promoted; says what came of it, in words that follow "and". */
    private String followPromotion(Progress progress) {
        try {
            for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
                var now = promotions.read();
                var serving = HostDeployments.active(manager.status());
                var wanted = now.interrupted() ? now.history().last().map(History.Entry::hash) : now.currentHash();
                if (wanted.isEmpty() || serving.equals(wanted) || isCurrent(now, serving)) {
                    return "the host serves what is promoted";
                }
                post("/launch", wanted.get(), progress);
                post("/switch", wanted.get(), progress);
            }
            return "others go on promoting: see 'wunderproxy status' for what the host serves";
        } catch (ManagerException | StoreException | InvalidLaunchConfigException e) {
            var problem = "the host could not be put on what is promoted: " + e.getMessage();
            progress.warn(problem);
            return problem;
        }
    }

    /** The host may know it by another digest of the same bytes. */
    private static boolean isCurrent(Snapshot now, Optional<ConfigHash> serving) {
        return !now.interrupted()
                && serving.isPresent()
                && now.current().filter(serving.get()::matches).isPresent();
    }

    private String goBack(Optional<ConfigHash> before, ConfigHash hash) {
        if (before.isEmpty() || before.get().equals(hash)) {
            return "the host serves it all the same; deploy it again when that is mended";
        }
        try {
            manager.post("/launch", before.get().value(), ManagerClient.Form.TEXT);
            manager.post("/switch", before.get().value(), ManagerClient.Form.TEXT);
            return "the host serves again what it served before";
        } catch (ManagerException e) {
            return "the host could not be switched back: " + e.getMessage();
        }
    }
}
