package io.wunderproxy.rollout;

import io.wunderproxy.fleet.HostOutcome.State;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The attempts of a rollout on all of its hosts, ordered by their names. The listener and the ledger get how far each is. Called
 * from any thread.
 */
final class HostAttempts {

    private final ConcurrentSkipListMap<String, HostAttempt> attempts = new ConcurrentSkipListMap<>();
    private final RolloutListener listener;
    private final RolloutLedger ledger;

    HostAttempts(RolloutListener listener, RolloutLedger ledger) {
        this.listener = listener;
        this.ledger = ledger;
    }

    void begin(HostAttempt attempt) {
        attempts.put(attempt.name(), attempt);
    }

    /** The attempt on this host, which must have begun. */
    HostAttempt of(FleetHost host) {
        return attempts.get(host.name());
    }

    boolean isKnown(FleetHost host) {
        return attempts.containsKey(host.name());
    }

    HostAttempt change(FleetHost host, UnaryOperator<HostAttempt> change) {
        return attempts.computeIfPresent(host.name(), (name, attempt) -> change.apply(attempt));
    }

    /**
     * Moves a host to a stage.
     *
     * @param message why, or empty
     */
    HostAttempt move(FleetHost host, Stage stage, String message) {
        var attempt = change(host, then -> then.moved(stage, message));
        listener.host(host.name(), stage, message);
        switch (stage) {
            case LAUNCHING -> ledger.host(attempt, State.LAUNCHING, message);
            case CONFIRMED -> ledger.host(attempt, State.CONFIRMED, message);
            case SWITCHED -> ledger.host(attempt, State.SWITCHED, message);
            case FAILED, WORSE -> ledger.host(attempt, State.FAILED, message);
            case BACK -> ledger.host(attempt, State.ROLLED_BACK, message);
            case WAITING, SWITCHING, GOING_BACK -> {}
        }
        return attempt;
    }

    int size() {
        return attempts.size();
    }

    List<HostAttempt> that(Predicate<HostAttempt> condition) {
        return attempts.values().stream().filter(condition).toList();
    }

    List<HostAttempt> at(Stage stage) {
        return that(attempt -> attempt.isAt(stage));
    }

    /** The names of the hosts of these attempts, for people. */
    static String names(List<HostAttempt> some) {
        return some.stream().map(HostAttempt::name).sorted().collect(Collectors.joining(", "));
    }

    /** The problem of each attempt, for people. */
    static String problems(List<HostAttempt> some) {
        return some.stream()
                .map(attempt -> attempt.name() + ": " + attempt.problem())
                .sorted()
                .collect(Collectors.joining("; "));
    }
}
