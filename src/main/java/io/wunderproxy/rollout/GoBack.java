package io.wunderproxy.rollout;

import io.wunderproxy.client.ManagerException;
import io.wunderproxy.client.ManagerException.Kind;
import io.wunderproxy.fleet.Rollout.Phase;
import io.wunderproxy.launchconfig.ConfigHash;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

/** Undoes a rollout that has failed: each host that was switched goes back, and what was only launched is removed. */
final class GoBack {

    /** How long the rollout keeps trying to return a host to what it served. */
    static final Duration REVERT_TIMEOUT = Duration.ofMinutes(1);

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final RolloutContext rollout;
    private final Optional<ConfigHash> promoted;
    private final Patience patience;

    /** @param promoted what was promoted before the rollout */
    GoBack(RolloutContext rollout, Optional<ConfigHash> promoted) {
        this.rollout = rollout;
        this.promoted = promoted;
        this.patience = new Patience(rollout.time(), REVERT_TIMEOUT, PAUSE);
    }

    /** Brings every host back, and adds the result to the message of the failure. */
    RolloutException because(RolloutException failure) {
        var problem = failure.getMessage();
        rollout.ledger().phase(Phase.ROLLING_BACK, problem);
        rollout.listener()
                .warn(problem.lines().findFirst().orElse("").replace(HostSteps.LOG_FOLLOWS, "") + "; going back");
        var left = revert(rollout.attempts().that(HostAttempt::switchAsked));
        discard();
        rollout.ledger().phase(left.isEmpty() ? Phase.ROLLED_BACK : Phase.FAILED, problem);
        return failure.saying(problem + "\n"
                + (left.isEmpty()
                        ? "all hosts serve again what they served before; nothing was promoted"
                        : "nothing was promoted, but " + left
                                + "; 'wunderproxy fleet status' shows who drifts"
                                + promoted.map(ConfigHash::abbreviated)
                                        .map(name -> ", and once that is fixed, 'wunderproxy fleet rollback " + name
                                                + "' brings all hosts to what is promoted")
                                        .orElse("")));
    }

    /** Ends a rollout that has switched no host: launched containers are removed. */
    RolloutException beforeSwitching(RolloutException failure) {
        discard();
        rollout.ledger().phase(Phase.FAILED, failure.getMessage());
        return failure.saying("nothing was switched: " + failure.getMessage());
    }

    /** Brings hosts back, and returns which could not be; empty if all could. */
    String revert(List<HostAttempt> switched) {
        var left = new ConcurrentSkipListMap<String, String>();
        rollout.parallel().forEach(switched, attempt -> {
            try {
                patience.whileUnavailable(() -> revert(attempt.host()))
                        .ifPresent(problem -> left.put(attempt.name(), problem));
            } catch (ManagerException e) {
                left.put(attempt.name(), "could not be switched back: " + e.getMessage());
                rollout.attempts().move(attempt.host(), Stage.FAILED, e.getMessage());
            }
        });
        return left.entrySet().stream()
                .map(host -> host.getKey() + " " + host.getValue())
                .collect(Collectors.joining("; "));
    }

    /** @return why the host can't go back; empty if it has */
    private Optional<String> revert(FleetHost host) {
        var attempt = rollout.attempts().of(host);
        if (isBack(attempt)) {
            return Optional.empty();
        }
        if (attempt.before().isEmpty()) {
            return Optional.of("served nothing before and keeps serving this");
        }
        var before = attempt.before().get();
        rollout.attempts().move(host, Stage.GOING_BACK, "");
        host.launch(before, rollout.policy().timeout(), message -> rollout.listener()
                .host(host.name(), Stage.GOING_BACK, message));
        host.switchTo(before);
        rollout.attempts().move(host, Stage.BACK, "");
        return Optional.empty();
    }

    private boolean isBack(HostAttempt attempt) {
        var host = attempt.host();
        var serving = host.serving().hash();
        if (serving.isEmpty() && attempt.before().isPresent()) {
            throw new ManagerException(Kind.UNAVAILABLE, "it is starting, and serves nothing yet");
        }
        if (attempt.isAt(Stage.FAILED)
                && attempt.before().isPresent()
                && attempt.before().equals(serving)) {
            // A switch whose response was lost may still be under way: this one comes after it.
            host.switchTo(serving.get());
            serving = host.serving().hash();
        }
        return attempt.before().equals(serving) || !serving.equals(Optional.of(rollout.hash()));
    }

    /** Removes the containers that were launched and not switched to. */
    private void discard() {
        var launched = rollout.attempts()
                .that(attempt -> attempt.launchAsked()
                        && !attempt.switchAsked()
                        && !attempt.before().equals(Optional.of(rollout.hash())));
        rollout.parallel().forEach(launched, attempt -> {
            try {
                attempt.host().discard(rollout.hash());
                if (attempt.isAt(Stage.CONFIRMED)) {
                    rollout.attempts().move(attempt.host(), Stage.BACK, "what was launched is removed");
                }
            } catch (ManagerException e) {
                rollout.listener()
                        .warn(attempt.name() + ": what was launched stays until the next switch: " + e.getMessage());
            }
        });
    }
}
