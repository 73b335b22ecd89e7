package io.wunderproxy.deployment;

import java.util.List;
import java.util.Optional;

/** The state of a deployment. A deployment goes down this list, except that it may go back from draining to active. */
public sealed interface DeploymentState {

    /** Its image is pulled, its container created, started and probed. */
    record Launching() implements DeploymentState {}

    /** Its container was confirmed healthy and waits for the switch. */
    record Healthy(Instance instance) implements DeploymentState {}

    /** New requests go to it. */
    record Active(Instance instance) implements DeploymentState {}

    /** It finishes the requests that it has. */
    record Draining(Instance instance) implements DeploymentState {}

    /** Its container is stopped and removed. */
    record Retiring(Instance instance) implements DeploymentState {}

    /** Its container is gone. */
    record Gone() implements DeploymentState {}

    /**
     * It never became healthy; its container is gone.
     *
     * @param output the last lines that its container wrote
     */
    record Failed(String reason, List<String> output) implements DeploymentState {
        Failed(String reason) {
            this(reason, List.of());
        }
    }

    /**
     * A state that a later version of this program has. Nothing is done to the deployment or its container unless a person asks
     * for it.
     *
     * @param word that version's word for it
     * @param instance its container, if the journal says which one
     */
    record Unknown(String word, Optional<Instance> instance) implements DeploymentState {}

    /** The word for it in the journal, the status and the log. */
    default String label() {
        return switch (this) {
            case Launching() -> "launching";
            case Healthy(var instance) -> "healthy";
            case Active(var instance) -> "active";
            case Draining(var instance) -> "draining";
            case Retiring(var instance) -> "retiring";
            case Gone() -> "gone";
            case Failed failed -> "failed";
            case Unknown(var word, var instance) -> word;
        };
    }

    /** Its container; empty before there is one and after it is gone. */
    default Optional<Instance> running() {
        return switch (this) {
            case Healthy(var instance) -> Optional.of(instance);
            case Active(var instance) -> Optional.of(instance);
            case Draining(var instance) -> Optional.of(instance);
            case Retiring(var instance) -> Optional.of(instance);
            case Launching launching -> Optional.empty();
            case Gone gone -> Optional.empty();
            case Failed failed -> Optional.empty();
            case Unknown(var word, var instance) -> instance;
        };
    }

    /** Whether nothing of it is left on this host. */
    default boolean ended() {
        return this instanceof Gone || this instanceof Failed;
    }
}
