package io.wunderproxy.rollout;

import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.client.ManagerCalls;
import io.wunderproxy.client.ManagerException;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.History;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.Promotions;
import io.wunderproxy.launchconfig.Promotions.LostRaceException;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.rollout.RolloutException.Kind;
import io.wunderproxy.store.StoreException;
import io.wunderproxy.time.MonotonicTime;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Brings a configuration to one host and makes it the current one: store, launch, switch, promote. When a step fails, the host
 * serves what it served before, or what another deployment has promoted meanwhile.
 *
 * <p>It may be killed after any step. After the store: nothing refers to the configuration. After the launch: the next switch
 * removes its container. After the switch: the host serves what is not promoted, which its status shows as drift; the same
 * deployment again finds its container serving, and promotes it. Between the two writes of the promotion: the next deployment
 * completes it.
 *
 * <p>Failures of its own are {@link RolloutException}s, those of the host {@link ManagerException}s.
 */
public final class HostRollout {

    /** How many times it follows others who promote something else before the host serves the right configuration. */
    private static final int ATTEMPTS = 3;

    /** The states of old containers that finish what they have. */
    private static final Set<String> ENDING = Set.of("draining", "retiring");

    private static final Duration STATUS_PAUSE = Duration.ofMillis(300);

    private final ManagerCalls manager;
    private final LaunchConfigStore store;
    private final Promotions promotions;
    private final Supplier<String> deployedBy;
    private final RolloutListener listener;
    private final MonotonicTime time;

    public HostRollout(
            ManagerCalls manager,
            LaunchConfigStore store,
            Promotions promotions,
            Supplier<String> deployedBy,
            RolloutListener listener,
            MonotonicTime time) {
        this.manager = manager;
        this.store = store;
        this.promotions = promotions;
        this.deployedBy = deployedBy;
        this.listener = listener;
        this.time = time;
    }

    /**
     * @param launched the manager's message about the container
     * @param deployedBy the user's name in the history
     * @param changed false if the same container serves as before, and its configuration was promoted before
     */
    public record Result(String launched, String deployedBy, boolean changed) {}

    /**
     * Deploys.
     *
     * @param base what was promoted when the configuration was made: it is replaced, nothing else
     * @throws RolloutException if it failed; of kind {@code INVALID}, before anything was stored, if the host does not know all fields
     *     of the configuration
     */
    public Result run(Snapshot base, LaunchConfig config) throws StoreException, InvalidLaunchConfigException {
        var hash = config.hash();
        var before = Serving.of(manager.status());
        manager.checkToken();
        FieldCheck.check(config, Map.of(manager.address().toString(), manager.identity()));
        store.put(config);
        store.checkConditions(config);
        listener.step("stored revision " + config.revision() + " as " + store.locate(hash));
        var launched = launchAndSwitch(base, config, before);
        var by = deployedBy.get();
        try {
            promotions.promote(base, config, by);
        } catch (LostRaceException e) {
            throw new RolloutException(
                    Kind.CONFLICT, e.getMessage() + "; yours is not promoted, and " + followPromotion());
        } catch (StoreException e) {
            if (!isPromotedAfterAll(base, hash, e)) {
                throw failure(e, "it is not promoted, and " + goBack(before.hash(), hash));
            }
        }
        if (!base.promoted(hash)) {
            listener.step("promoted revision " + config.revision() + " to " + store.locateCurrent());
        }
        // Another deployment may have switched the host between our switch and our promotion, and lost.
        followPromotion();
        var changed = !base.promoted(hash)
                || !Serving.of(manager.status()).container().equals(before.container());
        return new Result(launched, by, changed);
    }

    private boolean isPromotedAfterAll(Snapshot base, ConfigHash hash, StoreException cause) {
        try {
            return promotions.settle(base, hash);
        } catch (StoreException | InvalidLaunchConfigException e) {
            throw failure(
                    cause,
                    "the host serves it, and whether it is promoted is unknown: see 'wunderproxy history'"
                            + " later; the next deployment completes or replaces it");
        }
    }

    private static RolloutException failure(StoreException cause, String consequence) {
        return RolloutException.store(cause, cause.getMessage() + "; " + consequence);
    }

    /** Launches once more if somebody else's switch has removed the container that was launched and not switched to. */
    private String launchAndSwitch(Snapshot base, LaunchConfig config, Serving before)
            throws StoreException, InvalidLaunchConfigException {
        for (var attempt = 1; ; attempt++) {
            var launched = shown(manager.launch(config.hash().value()));
            try {
                promotions.check(base, config);
            } catch (LostRaceException e) {
                throw new RolloutException(
                        Kind.CONFLICT,
                        e.getMessage() + "; yours is neither switched to nor promoted: look at it, then deploy again");
            }
            try {
                shown(manager.switchTo(config.hash().value()));
                return launched;
            } catch (ManagerException e) {
                var serving = Serving.of(manager.status()).hash();
                if (attempt == ATTEMPTS || serving.equals(before.hash())) {
                    throw e;
                }
            }
        }
    }

    private String shown(String said) {
        listener.step(said);
        return said;
    }

    /** Launches a configuration on the host and switches to it. */
    private void serve(ConfigHash hash, Consumer<String> hears) {
        hears.accept(manager.launch(hash.value()));
        hears.accept(manager.switchTo(hash.value()));
    }

    /** Makes the host serve what is promoted; returns the result, in words that follow "and". */
    private String followPromotion() {
        try {
            for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
                var now = promotions.read();
                var serving = Serving.of(manager.status()).hash();
                var wanted = now.interrupted() ? now.history().last().map(History.Entry::hash) : now.currentHash();
                if (wanted.isEmpty() || serving.equals(wanted) || isCurrent(now, serving)) {
                    return "the host serves what is promoted";
                }
                serve(wanted.get(), listener::step);
            }
            return "others keep promoting: see 'wunderproxy status' for what the host serves";
        } catch (ManagerException | StoreException | InvalidLaunchConfigException e) {
            var problem = "the host could not be put on what is promoted: " + e.getMessage();
            listener.warn(problem);
            return problem;
        }
    }

    /** Whether the host serves what is promoted, which it may know by another digest of the same bytes. */
    private static boolean isCurrent(Snapshot now, Optional<ConfigHash> serving) {
        return !now.interrupted()
                && serving.isPresent()
                && now.current().filter(serving.get()::matches).isPresent();
    }

    private String goBack(Optional<ConfigHash> before, ConfigHash hash) {
        if (before.isEmpty() || before.get().equals(hash)) {
            return "the host still serves it; deploy it again once that is fixed";
        }
        try {
            serve(before.get(), said -> {});
            return "the host serves again what it served before";
        } catch (ManagerException e) {
            return "the host could not be switched back: " + e.getMessage();
        }
    }

    /**
     * Returns when old containers have finished what they have, and are gone: the agent bounds the time of that.
     *
     * @throws RolloutException if they are not within this time
     */
    public void awaitDrained(Duration within) {
        new Patience(time, within, STATUS_PAUSE)
                .until(() -> Optional.of(manager.status()).filter(status -> status.deployments().stream()
                        .map(DeploymentSummary::state)
                        .noneMatch(ENDING::contains)))
                .orElseThrow(() -> new RolloutException(
                        Kind.FAILED, "deployed, but the old container is not gone within --timeout"));
    }
}
