package io.wunderproxy.cli;

import io.wunderproxy.client.ManagerException;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.rollout.RolloutException;
import io.wunderproxy.store.StoreException;

/** How a command ended, for scripts. These numbers never change. */
public enum Exit {
    OK(ExitCodes.OK),
    /** A failure without a number of its own, or a check that found something wrong. */
    FAILED(ExitCodes.FAILED),
    /** The command line or the settings file is wrong. */
    MISUSE(ExitCodes.MISUSE),
    /** There is no such configuration, revision, deployment or file. */
    NOT_FOUND(ExitCodes.NOT_FOUND),
    /** The token or the credentials do not allow it. */
    NOT_ALLOWED(ExitCodes.NOT_ALLOWED),
    /** The manager, the store, the table of the fleet or Docker can't be reached or used now. */
    UNAVAILABLE(ExitCodes.UNAVAILABLE),
    /** Somebody else was faster. */
    CONFLICT(ExitCodes.CONFLICT),
    /** The configuration can't be run, or the table of the fleet can't take what it was given. */
    INVALID(ExitCodes.INVALID),
    /** The host could not bring the configuration to a healthy container; what served still serves. */
    NOT_HEALTHY(ExitCodes.NOT_HEALTHY),
    /** The host serves exactly this already, and it is promoted: nothing was changed. 9 is not used yet. */
    NOTHING_CHANGED(ExitCodes.NOTHING_CHANGED),
    /** The code in a shell of a program that was ended by SIGPIPE, as most are whose reader is gone. */
    READER_GONE(ExitCodes.READER_GONE);

    private final int code;
    private final String meaning;

    /** @param declared code and meaning, as in a command's list */
    Exit(String declared) {
        var parts = declared.split(":", 2);
        code = Integer.parseInt(parts[0]);
        meaning = parts[1];
    }

    public int code() {
        return code;
    }

    /** The meaning, for people. */
    public String meaning() {
        return meaning;
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
