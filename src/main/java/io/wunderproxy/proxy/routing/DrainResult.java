package io.wunderproxy.proxy.routing;

/** How the draining of a backend ended. */
public enum DrainResult {
    /** Its last lease was returned, and no other can be taken: it may be stopped. */
    DRAINED,
    /** It was made active again before its last lease was returned: it must keep running. */
    REACTIVATED,
    /** It was given up with leases left, see {@link AppBackends#abandon}: it may be stopped. */
    ABANDONED
}
