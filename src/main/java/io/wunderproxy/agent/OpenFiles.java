package io.wunderproxy.agent;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * Shares out the files and sockets that this process may have open, so that connections from outside never take those that the
 * Docker Engine, the store, the registry and the journal need.
 *
 * @param most that the process may have open, see RLIMIT_NOFILE in getrlimit(2)
 */
record OpenFiles(long most) {

    private static final int OWN = 512;
    private static final int MANAGER = 512;

    /** The sockets for one client: most often its connection needs another one to the application. */
    private static final int OF_ONE_CLIENT = 2;

    private static final int FEWEST = 8;

    static OpenFiles ofThisProcess() {
        return new OpenFiles(
                ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                        ? unix.getMaxFileDescriptorCount()
                        : Long.MAX_VALUE);
    }

    /** The files that neither the manager's clients nor the proxy's may take. */
    private long own() {
        return Math.min(OWN, most / 4);
    }

    /** How many connections the manager may have. */
    int ofManager() {
        return (int) Math.max(FEWEST, Math.min(MANAGER, most / 8));
    }

    /**
     * How many connections the proxy may have.
     *
     * @param wanted the operator's option
     */
    int ofProxy(int wanted) {
        return (int) Math.max(FEWEST, Math.min(wanted, (most - own() - ofManager()) / OF_ONE_CLIENT));
    }
}
