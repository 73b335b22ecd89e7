package io.wunderproxy.deployment;

import io.wunderproxy.deployment.Failure.Kind;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.time.MonotonicTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** The operations on one application's deployments on this host. Calls block; make them on a virtual thread. */
public final class Deployments {

    /** How long a call waits for a starting agent to find out what runs. */
    private static final Duration RECOVERY_WAIT = Duration.ofSeconds(10);

    private final Journal journal;
    private final AppBackends backends;
    private final Launches launches;
    private final Switch switches;
    private final Serving serving;
    private final Retirement retirement;
    private final ContainerLogs logs;
    private final Baking baking;
    private final MonotonicTime time;
    private final CompletableFuture<Void> recovered = new CompletableFuture<>();

    Deployments(
            Journal journal,
            AppBackends backends,
            Launches launches,
            Switch switches,
            Serving serving,
            Retirement retirement,
            ContainerLogs logs,
            Baking baking,
            MonotonicTime time) {
        this.journal = journal;
        this.backends = backends;
        this.launches = launches;
        this.switches = switches;
        this.serving = serving;
        this.retirement = retirement;
        this.logs = logs;
        this.baking = baking;
        this.time = time;
    }

    /** All deployments known on this host, in the order in which they were launched. */
    public List<Deployment> all() {
        return journal.all();
    }

    /** The deployment of this configuration. */
    public Deployment find(ConfigHash hash) throws DeploymentException {
        return journal.find(hash)
                .orElseThrow(() -> new DeploymentException(
                        Kind.UNKNOWN,
                        "this host knows no deployment of configuration " + hash.abbreviated()
                                + "; see GET /deployments"));
    }

    /** The deployment that new requests go to. */
    public Optional<Deployment> active() {
        return serving.active();
    }

    /** Lets calls make changes: from now on the journal says which deployment serves. */
    void recovered() {
        recovered.complete(null);
        baking.watch();
    }

    private void awaitRecovery() throws DeploymentException, InterruptedException {
        try {
            time.await(recovered, RECOVERY_WAIT);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a recovery ends without a result", e);
        } catch (TimeoutException e) {
            throw new DeploymentException(
                    Kind.ENGINE_UNAVAILABLE,
                    "the agent has just started and waits for Docker to tell what runs here; see /status, then try again");
        }
    }

    /**
     * Brings the configuration with this hash to a container that is confirmed healthy. A container that already runs it is
     * used as it is; a launch of it that is under way is joined.
     */
    public Deployment launch(ConfigHash hash) throws DeploymentException, InterruptedException {
        awaitRecovery();
        return launches.launch(hash);
    }

    /** Begins a launch, and returns when the configuration is known and its deployment is listed. */
    public Deployment beginLaunch(ConfigHash hash) throws DeploymentException, InterruptedException {
        awaitRecovery();
        return launches.begin(hash);
    }

    /**
     * Sends all new requests to this deployment, if it passes one more probe now. Returns when that is done; the former one
     * drains and is removed in the background.
     *
     * @param permit checked when it is the turn of this switch
     */
    public Deployment switchTo(ConfigHash hash, Permit permit) throws DeploymentException, InterruptedException {
        return switchTo(hash, permit, Duration.ZERO, "somebody");
    }

    /**
     * Switches, and keeps the former deployment warm for some time, in which the new one is compared with it. If it is worse, the
     * former one serves again.
     *
     * @param bake how long; zero: not at all
     * @param by who asks, for the events
     */
    public Deployment switchTo(ConfigHash hash, Permit permit, Duration bake, String by)
            throws DeploymentException, InterruptedException {
        awaitRecovery();
        var active = switches.to(hash, permit, new Switch.Order(bake, by));
        baking.watch();
        return active;
    }

    /** The last bake of this deployment. */
    public Optional<Bake> bake(Deployment deployment) {
        return journal.bake().filter(bake -> bake.hash().equals(deployment.hash()));
    }

    /**
     * Removes the container of a deployment that was launched and not switched to, in the background. A deployment that already
     * leaves continues to do so.
     */
    public Deployment discard(ConfigHash hash) throws DeploymentException, InterruptedException {
        awaitRecovery();
        try (var _ = journal.changes().asked()) {
            return discardNow(hash);
        }
    }

    private Deployment discardNow(ConfigHash hash) throws DeploymentException {
        var deployment = find(hash);
        if (journal.bake().filter(bake -> bake.keepsWarm(deployment)).isPresent()) {
            throw new DeploymentException(
                    Kind.NOT_CONFIRMED,
                    deployment + " is kept warm while another one bakes; it is removed when that has ended");
        }
        switch (deployment.state()) {
            case DeploymentState.Healthy healthy -> retirement.now(deployment);
            case DeploymentState.Unknown unknown when unknown.instance().isPresent() -> retirement.now(deployment);
            case DeploymentState.Unknown unknown -> journal.moveAsFact(hash, new DeploymentState.Gone());
            case DeploymentState.Active active ->
                throw new DeploymentException(
                        Kind.NOT_CONFIRMED, deployment + " serves; switch to another first, which removes it");
            case DeploymentState.Launching launching ->
                throw new DeploymentException(
                        Kind.NOT_CONFIRMED, deployment + " is still launching; try again when that has ended");
            default -> {}
        }
        return deployment;
    }

    /** The number of requests and upgraded connections that this deployment is serving now. */
    public long leases(Deployment deployment) {
        return deployment
                .state()
                .running()
                .map(instance -> backends.leases(deployment.backend(instance)))
                .orElse(0L);
    }

    /** The log of this deployment's container; for a failed launch, its last lines. */
    public ContainerLog log(ConfigHash hash) throws DeploymentException {
        return logs.of(find(hash));
    }
}
