package io.wunderproxy.proxy.routing;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where requests go: for each application of this host one holder of its route, so that no change of one application touches
 * another.
 */
@ApplicationScoped
public class ActiveBackend {

    private final ConcurrentHashMap<String, AppBackends> byApplication = new ConcurrentHashMap<>();

    /** The holder of this application, the same one at each call. Until something is launched it has no backend. */
    public AppBackends of(String application) {
        return byApplication.computeIfAbsent(application, name -> new AppBackends());
    }
}
