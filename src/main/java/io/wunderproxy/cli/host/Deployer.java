package io.wunderproxy.cli.host;

import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.names.HostName;
import io.wunderproxy.store.CallerIdentity;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The name of whoever deploys: an AWS identity, else user@host. */
public final class Deployer {

    /** The longest wait for a name, whatever happens to the request. */
    private static final Duration IDENTITY_TIMEOUT = Duration.ofSeconds(5);

    private Deployer() {}

    /** Asks for the name in the background: AWS may take its time. */
    public static Supplier<String> name(LaunchConfigStore store) {
        var identity = new CompletableFuture<Optional<String>>();
        if (store.isDirectory()) {
            identity.complete(Optional.empty());
        } else {
            identity.completeOnTimeout(Optional.empty(), IDENTITY_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            // Not a virtual thread: in a native binary these can't be the first to read a system property.
            Thread.ofPlatform().daemon().start(() -> identity.complete(CallerIdentity.ofAws()));
        }
        return () -> identity.join().orElseGet(Deployer::userAtHost);
    }

    private static String userAtHost() {
        return System.getProperty("user.name", "unknown") + "@" + HostName.or("unknown");
    }
}
