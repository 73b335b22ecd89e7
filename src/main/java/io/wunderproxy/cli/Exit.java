package io.wunderproxy.cli;

import io.wunderproxy.client.ManagerException;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.rollout.RolloutException;
import io.wunderproxy.store.StoreException;

/** How a command ended, for scripts. These numbers never change. */
public enum Exit {
    OK(0),
    /** A failure without a number of its own, or a check that found something wrong. */
    FAILED(1),
    /** The command line or the settings file is wrong. */
    MISUSE(2),
    /** There is no such configuration, revision, deployment or file. */
    NOT_FOUND(3),
    /** The token or the credentials do not allow it. */
    NOT_ALLOWED(4),
    /** The manager, the store, the table of the fleet or Docker can't be reached or used now. */
    UNAVAILABLE(5),
    /** Somebody else was faster. */
    CONFLICT(6),
    /** The configuration can't be run, or the table of the fleet can't take what it was given. */
    INVALID(7),
    /** The host could not bring the configuration to a healthy container; what served still serves. */
    NOT_HEALTHY(8),
    /** The host serves exactly this already, and it is promoted: nothing was changed. 9 is not used yet. */
    NOTHING_CHANGED(10);

    private final int code;

    Exit(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** The exit code for a failed use of the store. */
    public static Exit of(StoreException e) {
        return e instanceof StoreException.Denied ? NOT_ALLOWED : UNAVAILABLE;
    }

    /** The exit code for a failed use of the fleet's table. */
    public static Exit of(FleetException e) {
        return switch (e) {
            case FleetException.Denied denied -> NOT_ALLOWED;
            case FleetException.NotFound missing -> NOT_FOUND;
            case FleetException.Conflict conflict -> CONFLICT;
            case FleetException.Invalid invalid -> INVALID;
            default -> UNAVAILABLE;
        };
    }

    /** The exit code for a failed deployment. */
    public static Exit of(RolloutException e) {
        return switch (e.kind()) {
            case NOT_FOUND -> NOT_FOUND;
            case NOT_ALLOWED -> NOT_ALLOWED;
            case CONFLICT -> CONFLICT;
            case INVALID -> INVALID;
            case NOT_HEALTHY -> NOT_HEALTHY;
            case STORE -> of((StoreException) e.getCause());
            case TABLE -> of((FleetException) e.getCause());
            case FAILED -> FAILED;
        };
    }

    /** The exit code for a failed call of the manager's API. */
    public static Exit of(ManagerException e) {
        return switch (e.kind()) {
            case MISUSE -> MISUSE;
            case NOT_ALLOWED -> NOT_ALLOWED;
            case NOT_FOUND -> NOT_FOUND;
            case INVALID -> INVALID;
            case NOT_HEALTHY -> NOT_HEALTHY;
            case UNAVAILABLE -> UNAVAILABLE;
            case FAILED -> FAILED;
        };
    }
}
