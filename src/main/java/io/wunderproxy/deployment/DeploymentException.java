package io.wunderproxy.deployment;

import io.wunderproxy.container.EngineException;
import io.wunderproxy.store.StoreException;
import java.io.IOException;

/** A step of a deployment was not done; nothing that serves was changed. */
public class DeploymentException extends Exception {

    private final transient Failure failure;

    DeploymentException(Failure failure) {
        super(failure.message());
        this.failure = failure;
    }

    DeploymentException(Failure.Kind kind, String message) {
        this(Failure.of(kind, message));
    }

    DeploymentException(StoreException e) {
        this(Failure.Kind.STORE_UNAVAILABLE, e.getMessage());
    }

    DeploymentException(EngineException e) {
        this(
                e.kind() == EngineException.Kind.UNAVAILABLE
                        ? Failure.Kind.ENGINE_UNAVAILABLE
                        : Failure.Kind.ENGINE_REFUSED,
                e.getMessage());
    }

    /** State that must survive a crash could not be written. */
    static DeploymentException stateUnwritable(IOException e) {
        return new DeploymentException(
                Failure.Kind.STATE_UNWRITABLE, e.getMessage() + "; nothing was changed; fix this, then try again");
    }

    /** The caller named something that is no identifier. */
    public static DeploymentException malformed(String message) {
        return new DeploymentException(Failure.Kind.MALFORMED, message);
    }

    public Failure failure() {
        return failure;
    }
}
