package io.wunderproxy.rollout;

import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.time.MonotonicTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The hosts of a fleet that a rollout has found: each is opened once, and closed with the others. Used by one thread. */
final class FleetHosts implements AutoCloseable {

    private final Discovery discovery;
    private final MonotonicTime time;
    private final Optional<Long> fence;
    private final Map<String, FleetHost> opened = new HashMap<>();

    /** @param fence the number that the hosts know this rollout by */
    FleetHosts(Discovery discovery, MonotonicTime time, Optional<Long> fence) {
        this.discovery = discovery;
        this.time = time;
        this.fence = fence;
    }

    /** The hosts that are there now. */
    List<FleetHost> find() throws FleetException {
        var hosts = new ArrayList<FleetHost>();
        for (var found : discovery.find()) {
            hosts.add(opened.computeIfAbsent(found.name(), name -> open(found)));
        }
        return hosts;
    }

    private FleetHost open(Discovery.Found found) {
        var host = new FleetHost(found.name(), found.manager().get(), time);
        fence.ifPresent(host::fenced);
        return host;
    }

    /** The hosts that are there now, if any can have joined. */
    List<FleetHost> joined() throws FleetException {
        return discovery.isOpen() ? find() : List.of();
    }

    @Override
    public void close() {
        opened.values().forEach(FleetHost::close);
    }
}
