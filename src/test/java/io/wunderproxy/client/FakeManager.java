package io.wunderproxy.client;

import io.wunderproxy.api.AgentView;
import io.wunderproxy.api.BackendTraffic;
import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.api.DeploymentView;
import io.wunderproxy.api.Drift;
import io.wunderproxy.api.EventView;
import io.wunderproxy.api.GateView;
import io.wunderproxy.api.Identity;
import io.wunderproxy.api.IdentityProof;
import io.wunderproxy.api.RegistryView;
import io.wunderproxy.api.Status;
import io.wunderproxy.api.TimesView;
import io.wunderproxy.api.TrafficCounters;
import io.wunderproxy.api.TrafficView;
import io.wunderproxy.client.ManagerException.Kind;
import io.wunderproxy.launchconfig.ConfigFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A manager in memory. It launches, switches and serves as a real one does, as far as its callers can see; tests say what goes wrong.
 * Each time that it is asked for its status, it has served some more requests.
 */
public final class FakeManager implements ManagerCalls {

    /** What the clients of a configuration see between two looks at the status, and how long their requests take. */
    public record Behaviour(long requests, long errors, double p90, double p99) {
        public static final Behaviour QUIET = new Behaviour(0, 0, 0, 0);
    }

    private static final String TIME = "2026-01-31T12:00:00Z";

    /** A configuration on this host. */
    private static final class Deployed {
        private String state;
        private final String container;
        private int looksUntilHealthy;

        private Deployed(String state, String container, int looksUntilHealthy) {
            this.state = state;
            this.container = container;
            this.looksUntilHealthy = looksUntilHealthy;
        }
    }

    private final ManagerAddress address;
    private final List<String> calls = new ArrayList<>();
    private final Map<String, Deployed> deployments = new LinkedHashMap<>();
    private final Map<String, String> failures = new HashMap<>();
    private final Map<String, String> unhealthy = new HashMap<>();
    private final Map<String, Behaviour> behaviours = new HashMap<>();
    private final Map<String, List<String>> logs = new HashMap<>();
    private final Map<String, Integer> looksUntilHealthy = new HashMap<>();
    private final Map<String, Runnable> hooks = new HashMap<>();
    private final Set<String> lost = new HashSet<>();
    private final Map<String, ManagerException> refused = new HashMap<>();
    private String active = "";
    private boolean reachable = true;
    private boolean tokenRefused;
    private Optional<String> token = Optional.empty();
    private GateView gate = GateView.open(0);
    private String docker = "Ok";
    private Optional<String> problem = Optional.empty();
    private Optional<Drift> drift = Optional.empty();
    private Optional<RegistryView> registry = Optional.empty();
    private Optional<AgentView> agent = Optional.empty();
    private Identity identity =
            new Identity("", "", Optional.empty(), "1.2.3", Optional.of(List.copyOf(ConfigFields.KNOWN.paths())));
    private int containers;
    private long fence;
    private Behaviour sinceSwitch = Behaviour.QUIET;
    private Behaviour sinceStart = Behaviour.QUIET;

    public FakeManager(String host) {
        this.address = ManagerAddress.parse(host + ":8001");
    }

    // ---- what tests say ----

    /** It serves this already. */
    public synchronized FakeManager serving(String hash) {
        deployments.put(hash, new Deployed("active", newContainer(), 0));
        active = hash;
        return this;
    }

    /** A launch of this fails. */
    public synchronized void failsToLaunch(String hash, String reason) {
        failures.put(hash, reason);
    }

    /** A launch of this is under way for so many looks; a big number is forever. */
    public synchronized void isSlowToLaunch(String hash, int looks) {
        looksUntilHealthy.put(hash, looks);
    }

    /** Its container's last lines. */
    public synchronized void logs(String hash, String... lines) {
        logs.put(hash, List.of(lines));
    }

    /** Probes fail while it serves this. */
    public synchronized void isUnhealthyWith(String hash, String reason) {
        unhealthy.put(hash, reason);
    }

    public synchronized void behaves(String hash, Behaviour behaviour) {
        behaviours.put(hash, behaviour);
    }

    /** Its container is still there, and finishes what it has. */
    public synchronized void drains(String hash) {
        deployments.put(hash, new Deployed("draining", newContainer(), 0));
    }

    /** It wants this token, and proves that it knows it. */
    public synchronized void wantsToken(String token) {
        this.token = Optional.of(token);
    }

    public synchronized void isPaused(long waiting) {
        gate = GateView.paused(30, 1000, waiting);
    }

    public synchronized void isInMaintenance() {
        gate = GateView.maintenance("sorry", 0);
    }

    /** What it says of the Docker Engine. */
    public synchronized void docker(String state) {
        docker = state;
    }

    public synchronized void hasProblem(String text) {
        problem = Optional.of(text);
    }

    /** Another configuration than what it serves is promoted. */
    public synchronized void driftsFrom(String hash) {
        drift = Optional.of(new Drift(active, hash, Optional.of("active is another than that of current.json")));
    }

    public synchronized void registry(RegistryView view) {
        registry = Optional.of(view);
    }

    public synchronized void agent(AgentView view) {
        agent = Optional.of(view);
    }

    public synchronized void refusesToken() {
        tokenRefused = true;
    }

    /** Its agent has this version, and knows these fields of launch configurations. */
    public synchronized void knows(String version, String... fields) {
        identity = new Identity("", "", Optional.empty(), version, Optional.of(List.of(fields)));
    }

    /** Its agent is too old to say who it is and what it knows. */
    public synchronized void saysNothingOfItself() {
        identity = Identity.UNKNOWN;
    }

    public synchronized void isReachable(boolean now) {
        reachable = now;
    }

    /** It is restarting, and serves nothing. */
    public synchronized void servesNothing() {
        active = "";
    }

    /** The next call of this name is made, but what it responds gets lost. */
    public synchronized void losesResponseOf(String call) {
        lost.add(call);
    }

    /** The next call of this name fails. */
    public synchronized void refuses(String call, Kind kind, String message) {
        refused.put(call, new ManagerException(kind, message));
    }

    /** Before the next call of this name is made, this happens. */
    public synchronized void before(String call, Runnable action) {
        hooks.put(call, action);
    }

    /** The calls that change something, in their order: {@code switch <hash>}. */
    public synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    public synchronized String active() {
        return active;
    }

    public synchronized Set<String> deployed() {
        return Set.copyOf(deployments.keySet());
    }

    public synchronized long fence() {
        return fence;
    }

    // ---- what its callers ask ----

    @Override
    public ManagerAddress address() {
        return address;
    }

    private synchronized void begin(String call) {
        var action = hooks.remove(call);
        if (action != null) {
            action.run();
        }
        if (!reachable) {
            throw new ManagerException(Kind.UNAVAILABLE, "cannot reach the manager at " + address);
        }
        var refusal = refused.remove(call);
        if (refusal != null) {
            throw refusal;
        }
    }

    private void end(String call) {
        if (lost.remove(call)) {
            throw new ManagerException(Kind.UNAVAILABLE, "the connection broke");
        }
    }

    @Override
    public synchronized void checkToken() {
        begin("token");
        if (tokenRefused) {
            throw new ManagerException(Kind.NOT_ALLOWED, "the manager does not accept this token");
        }
    }

    @Override
    public synchronized Identity identity() {
        begin("identity");
        return identity;
    }

    /** Its response to this challenge. */
    synchronized Identity identity(String challenge) {
        var known = identity();
        return new Identity(
                known.member(),
                known.manager(),
                token.map(secret -> IdentityProof.of(secret, challenge, known.member(), known.manager())),
                known.version(),
                known.launchConfigFields());
    }

    @Override
    public synchronized void fenced(long number) {
        fence = number;
    }

    @Override
    public synchronized Status status() {
        begin("status");
        if (!active.isEmpty()) {
            var more = behaviours.getOrDefault(active, Behaviour.QUIET);
            sinceSwitch = sum(sinceSwitch, more);
            sinceStart = sum(sinceStart, more);
        }
        return new Status(
                0,
                0,
                sinceSwitch.requests(),
                Map.of("active", 1L),
                gate,
                traffic(),
                Optional.empty(),
                docker,
                registry,
                agent,
                Optional.of(active).filter(deployments::containsKey).map(this::summary),
                drift,
                problem,
                deployments.keySet().stream().map(this::summary).toList());
    }

    private static Behaviour sum(Behaviour one, Behaviour more) {
        return new Behaviour(one.requests() + more.requests(), one.errors() + more.errors(), more.p90(), more.p99());
    }

    private TrafficView traffic() {
        return new TrafficView(
                0,
                counters(sinceSwitch),
                counters(sinceStart),
                Map.of(),
                Map.of(),
                Map.of(),
                Map.of("switch", times(sinceSwitch), "1m", times(sinceStart)),
                new BackendTraffic(Map.of(), Map.of(), Map.of()),
                0);
    }

    private static TrafficCounters counters(Behaviour all) {
        return new TrafficCounters(
                all.requests(), 0, 0, 0, 0, 0, 0, Map.of("2xx", all.requests() - all.errors(), "5xx", all.errors()));
    }

    private static TimesView times(Behaviour all) {
        return new TimesView(all.requests(), all.p90() / 2, all.p90(), all.p99(), all.p99());
    }

    private DeploymentSummary summary(String hash) {
        var deployed = deployments.get(hash);
        var summary = new DeploymentSummary(
                hash,
                "revision-" + hash.substring(0, 4),
                deployed.state,
                TIME,
                Optional.of(deployed.container),
                Optional.empty(),
                Optional.of("127.0.0.1:9292"),
                Optional.of(9292L),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        return hash.equals(active)
                ? summary.withHealth(!unhealthy.containsKey(hash), unhealthy.getOrDefault(hash, "200"), 0)
                : summary;
    }

    @Override
    public synchronized DeploymentView deployment(String hash) {
        begin("deployment");
        var deployed = known(hash);
        if (deployed.state.equals("launching") && deployed.looksUntilHealthy-- == 0) {
            deployed.state = "healthy";
        }
        var event = new EventView(
                "1",
                TIME,
                "probed",
                Optional.empty(),
                Optional.of(hash),
                Optional.empty(),
                Optional.empty(),
                "probed " + hash.substring(0, 4),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        return new DeploymentView(
                hash,
                "revision-" + hash.substring(0, 4),
                Optional.empty(),
                deployed.state,
                hash.equals(active),
                Optional.of(deployed.container),
                Optional.empty(),
                TIME,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.ofNullable(failures.get(hash)),
                Optional.empty(),
                Optional.of(List.of(event)));
    }

    private Deployed known(String hash) {
        return Optional.ofNullable(deployments.get(hash))
                .orElseThrow(() -> new ManagerException(Kind.NOT_FOUND, "no deployment " + hash));
    }

    @Override
    public synchronized void beginLaunch(String hash) {
        begin("launch");
        calls.add("launch " + hash);
        if (failures.containsKey(hash)) {
            deployments.put(hash, new Deployed("failed", newContainer(), 0));
        } else if (!deployments.containsKey(hash)) {
            deployments.put(hash, new Deployed("launching", newContainer(), looksUntilHealthy.getOrDefault(hash, 0)));
        }
        end("launch");
    }

    private String newContainer() {
        containers++;
        return "container-" + containers;
    }

    @Override
    public synchronized String launch(String hash) {
        beginLaunch(hash);
        var deployed = known(hash);
        if (deployed.state.equals("failed")) {
            throw new ManagerException(Kind.NOT_HEALTHY, failures.get(hash));
        }
        if (deployed.state.equals("launching")) {
            deployed.state = "healthy";
        }
        return "started " + deployed.container;
    }

    @Override
    public synchronized String switchTo(String hash) {
        begin("switch");
        calls.add("switch " + hash);
        var deployed = deployments.get(hash);
        if (deployed == null || !Set.of("healthy", "active").contains(deployed.state)) {
            throw new ManagerException(Kind.NOT_HEALTHY, hash + " is not launched");
        }
        if (!hash.equals(active)) {
            deployments.keySet().removeIf(other -> !other.equals(hash));
            deployed.state = "active";
            active = hash;
            sinceSwitch = Behaviour.QUIET;
        }
        end("switch");
        return "switched to " + deployed.container;
    }

    @Override
    public synchronized void discard(String hash) {
        begin("discard");
        calls.add("discard " + hash);
        known(hash);
        deployments.remove(hash);
    }

    @Override
    public synchronized List<String> log(String hash, int lines) {
        begin("log");
        return logs.getOrDefault(hash, List.of());
    }

    @Override
    public void close() {}
}
