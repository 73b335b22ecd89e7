package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import java.io.IOException;
import java.time.Clock;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * The only owner of this host's deployments. A change is written to the disk before anybody sees it, so that the agent finds
 * after a crash what it acted upon.
 */
public final class Journal {

    private static final Logger LOG = Logger.getLogger(Journal.class);
    static final String FILE = "journal.json";

    /** How many of the deployments that ended last are kept for people to look at. */
    private static final int ENDED_KEPT = 10;

    private final StateDirectory directory;
    private final Clock clock;
    private final String bootId;
    private final String previousBootId;
    private final AtomicReference<State> state;

    /** Held during each change of the journal. No other class can take it: see {@link #replace}. */
    private final Object lock = new Object();

    /** Fields that a later version noted; this one only keeps them. */
    private final UnknownFields unknown;

    /** The whole state of the journal. */
    private record State(
            Map<ConfigHash, Deployment> deployments, Optional<JournalDocument.Served> served, Optional<Bake> bake) {}

    /**
     * Reads what an earlier process wrote, of whatever version.
     *
     * @param bootId identifies the present run of the machine, see random(4)
     * @throws IOException if it can't be read or understood; it is left as it is, since containers that it names may serve; the
     *     message says what to do
     */
    public static Journal open(StateDirectory directory, Clock clock, String bootId) throws IOException {
        var content = directory.read(FILE);
        if (content.isEmpty()) {
            return new Journal(directory, clock, bootId, JournalDocument.Content.NOTHING);
        }
        try {
            return new Journal(directory, clock, bootId, JournalDocument.read(content.get()));
        } catch (JournalDocument.UnreadableException e) {
            throw new IOException(
                    "cannot understand the journal " + directory.path().resolve(FILE) + ": " + e.getMessage()
                            + "; nothing was changed: start the version of wunderproxy that wrote it, or move that file away,"
                            + " then current.json decides what is served",
                    e);
        }
    }

    private Journal(StateDirectory directory, Clock clock, String bootId, JournalDocument.Content content) {
        this.directory = directory;
        this.clock = clock;
        this.bootId = bootId;
        this.previousBootId = content.bootId();
        this.unknown = content.unknown();
        var initial = new LinkedHashMap<ConfigHash, Deployment>();
        content.deployments().forEach(d -> initial.put(d.hash(), d));
        this.state = new AtomicReference<>(new State(Map.copyOf(initial), content.served(), content.bake()));
        content.deployments().stream()
                .filter(d -> d.state() instanceof DeploymentState.Unknown)
                .forEach(d -> LOG.warnf(
                        "%s is in state '%s', which this version of wunderproxy does not know: it is left as it is; launch it"
                                + " again, or DELETE /deployments/%s if nobody needs it",
                        d, d.state().label(), d.hash().value()));
    }

    /** The changes of the journal, and of the containers that it knows. */
    Changes changes() {
        return directory.changes();
    }

    /** Whether the machine was started anew since the journal was last written. */
    public boolean machineRestarted() {
        return !previousBootId.isEmpty() && !previousBootId.equals(bootId);
    }

    /** All deployments, in the order in which they were launched. */
    public List<Deployment> all() {
        return inOrder(state.get().deployments());
    }

    public Optional<Deployment> find(ConfigHash hash) {
        return Optional.ofNullable(state.get().deployments().get(hash));
    }

    public Optional<Deployment> active() {
        return first(d -> d.state() instanceof DeploymentState.Active);
    }

    /** The deployment whose container this is, or was made to be. */
    Optional<Deployment> of(Container container) {
        return first(d -> d.state()
                        .running()
                        .map(instance -> instance.containerId().equals(container.id()))
                        .orElse(false))
                .or(() -> container
                        .label(Application.HASH_LABEL)
                        .flatMap(hash -> first(d -> d.hash().value().equals(hash))));
    }

    /** Whether a deployment has this container. */
    boolean isRunning(String containerId) {
        return first(d -> d.state()
                        .running()
                        .map(instance -> instance.containerId().equals(containerId))
                        .orElse(false))
                .isPresent();
    }

    Optional<Deployment> first(Predicate<Deployment> wanted) {
        return all().stream().filter(wanted).findFirst();
    }

    /** Whether nothing has happened to this deployment since somebody looked at it. */
    boolean isStill(Deployment seen) {
        return find(seen.hash()).equals(Optional.of(seen));
    }

    /** Deployments to be recorded together, and whatever else the maker of the change wants to know of them. */
    interface Change {
        List<Deployment> deployments();

        /** The last bake after this change. */
        default Optional<Bake> bake(Optional<Bake> last) {
            return last;
        }
    }

    /**
     * Records a change if the deployment of this hash is still the expected one, and does the step that goes with it before
     * anybody sees the change or makes another one. The change is on the disk then: an agent that dies before the step finds it
     * there.
     *
     * @param expected the deployment seen with this hash; empty: none
     * @param next makes the change out of the journal's state at that moment
     * @param thenInside must not wait for anybody
     * @return the change; empty if another was faster, then nothing has changed
     * @throws IOException if the change can't be written; then nothing has changed
     */
    <C extends Change> Optional<C> replace(
            ConfigHash hash, Optional<Deployment> expected, Supplier<C> next, Consumer<C> thenInside)
            throws IOException {
        synchronized (lock) {
            if (!find(hash).equals(expected)) {
                return Optional.empty();
            }
            var change = next.get();
            var after = with(change.deployments(), change.bake(bake()));
            write(after);
            try {
                thenInside.accept(change);
            } finally {
                state.set(after);
            }
            return Optional.of(change);
        }
    }

    /**
     * Records the next state of a deployment that is still the expected one, as {@link #replace} does. The state is true even if
     * it can't be written; it is written with the next change then.
     *
     * @return the deployment in its next state; empty if another was faster, then nothing has changed
     */
    Optional<Deployment> replaceAsFact(Deployment expected, DeploymentState next, Runnable thenInside) {
        synchronized (lock) {
            if (!isStill(expected)) {
                return Optional.empty();
            }
            var moved = expected.in(next, clock.instant());
            recordFact(List.of(moved), thenInside);
            return Optional.of(moved);
        }
    }

    /**
     * Records deployments in place of those with the same hash.
     *
     * @throws IOException if that can't be written; then nothing has changed
     */
    void record(Deployment... changed) throws IOException {
        synchronized (lock) {
            var next = with(List.of(changed));
            write(next);
            state.set(next);
        }
    }

    /** Records a fact: it is true even if it can't be written; it is written with the next change then. */
    void recordFact(Deployment... changed) {
        recordFact(List.of(changed), () -> {});
    }

    private void recordFact(List<Deployment> changed, Runnable thenInside) {
        synchronized (lock) {
            setAsFact(with(changed), thenInside);
        }
    }

    private void setAsFact(State next, Runnable thenInside) {
        try {
            write(next);
        } catch (IOException e) {
            LOG.errorf("%s; free some space: until then a restart of the agent repeats its last steps", e.getMessage());
        }
        try {
            thenInside.run();
        } finally {
            state.set(next);
        }
    }

    /** Marks a deployment's next state as {@link #record} does. */
    Deployment move(ConfigHash hash, DeploymentState next) throws IOException {
        synchronized (lock) {
            var moved = find(hash).orElseThrow().in(next, clock.instant());
            record(moved);
            return moved;
        }
    }

    /** Marks a deployment's next state as {@link #recordFact} does. */
    Deployment moveAsFact(ConfigHash hash, DeploymentState next) {
        synchronized (lock) {
            var moved = find(hash).orElseThrow().in(next, clock.instant());
            recordFact(moved);
            return moved;
        }
    }

    /** A launch that begins now, with the next number; it is not recorded yet. */
    Deployment launching(LaunchConfig config) {
        var last = state.get().deployments().values().stream()
                .mapToLong(Deployment::number)
                .max()
                .orElse(0);
        return Deployment.launching(last + 1, config, clock.instant());
    }

    /**
     * The configuration that last served on this host since the machine was started, whatever has become of its deployment: an
     * agent that could not bring it back continues to try.
     */
    Optional<LaunchConfig> served() {
        return state.get().served().filter(s -> s.bootId().equals(bootId)).map(JournalDocument.Served::config);
    }

    /** The last bake, whether it is under way or has ended. */
    public Optional<Bake> bake() {
        return state.get().bake();
    }

    /**
     * Records the end of a bake, unless another was faster. It is true even if it can't be written.
     *
     * @param ended the same bake at its end
     */
    boolean endBake(Bake expected, Bake ended) {
        synchronized (lock) {
            if (!bake().equals(Optional.of(expected))) {
                return false;
            }
            setAsFact(with(List.of(), Optional.of(ended)), () -> {});
            return true;
        }
    }

    private void write(State value) throws IOException {
        directory.write(
                FILE,
                JournalDocument.write(new JournalDocument.Content(
                        bootId, inOrder(value.deployments()), value.served(), value.bake(), unknown)));
    }

    private State with(List<Deployment> changed) {
        return with(changed, bake());
    }

    private State with(List<Deployment> changed, Optional<Bake> bake) {
        var next = new LinkedHashMap<>(state.get().deployments());
        var served = state.get().served();
        for (var deployment : changed) {
            next.put(deployment.hash(), deployment);
            if (deployment.state() instanceof DeploymentState.Active) {
                served = deployment.config().map(config -> new JournalDocument.Served(config, bootId));
            }
        }
        // People look for one that served for long and has just ended, however many launches have failed meanwhile.
        var ended = inOrder(next).stream()
                .filter(d -> d.state().ended())
                .sorted(Comparator.comparing(Deployment::since))
                .toList();
        ended.stream().limit(Math.max(0, ended.size() - ENDED_KEPT)).forEach(d -> next.remove(d.hash()));
        return new State(Map.copyOf(next), served, bake);
    }

    private static List<Deployment> inOrder(Map<ConfigHash, Deployment> deployments) {
        return deployments.values().stream()
                .sorted(Comparator.comparingLong(Deployment::number))
                .toList();
    }
}
