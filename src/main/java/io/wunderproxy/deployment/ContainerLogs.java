package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.deployment.Failure.Kind;
import io.wunderproxy.launchconfig.StaticEnvironment;
import java.util.List;
import java.util.Optional;

/** The logs of the containers of deployments, without the values of their environment. */
final class ContainerLogs {

    private final ContainerRuntime runtime;
    private final Application application;
    private final StaticEnvironment environment;
    private final Journal journal;

    ContainerLogs(ContainerRuntime runtime, Application application, StaticEnvironment environment, Journal journal) {
        this.runtime = runtime;
        this.application = application;
        this.environment = environment;
        this.journal = journal;
    }

    /** The log of this deployment's container; for a failed launch, its last lines. */
    ContainerLog of(Deployment deployment) throws DeploymentException {
        if (deployment.state() instanceof DeploymentState.Failed(var reason, var output)) {
            return lastLines(output);
        }
        var container = containerOf(deployment);
        var kept = journal.bake()
                .filter(bake ->
                        bake.hash().equals(deployment.hash()) && !bake.output().isEmpty());
        if (container.isEmpty() && kept.isPresent()) {
            return lastLines(kept.get().output());
        }
        if (container.isEmpty()) {
            throw new DeploymentException(
                    Kind.UNKNOWN,
                    deployment + " has no container (" + deployment.state().label() + "), so no log");
        }
        var mask = SecretMask.of(deployment, environment);
        return (tail, follow, lines) -> {
            try {
                runtime.logs(container.get().id(), tail, follow, line -> lines.accept(mask.applyToOutput(line)));
            } catch (EngineException e) {
                throw new DeploymentException(e);
            }
        };
    }

    private static ContainerLog lastLines(List<String> output) {
        return (tail, follow, lines) ->
                output.stream().skip(Math.max(0, output.size() - tail)).forEach(lines);
    }

    private Optional<Container> containerOf(Deployment deployment) throws DeploymentException {
        if (deployment.state().ended()) {
            return Optional.empty();
        }
        try {
            var known = deployment.state().running();
            if (known.isPresent()) {
                return runtime.find(known.get().containerId());
            }
            // It is still launching.
            return application.containers(runtime).stream()
                    .filter(c -> c.label(Application.HASH_LABEL)
                            .equals(Optional.of(deployment.hash().value())))
                    .findFirst();
        } catch (EngineException e) {
            throw new DeploymentException(e);
        }
    }
}
