package io.wunderproxy.deployment;

import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.proxy.auth.PasswordFile;
import java.io.IOException;
import java.nio.file.Path;

/** The files of this host that a configuration names for the proxying of its requests. */
final class ProxyFiles {

    private ProxyFiles() {}

    /** @throws DeploymentException if one can't be used now; its message says what to do */
    static void require(LaunchConfig config) throws DeploymentException {
        var auth = config.proxy().basicAuth();
        if (auth.isEmpty()) {
            return;
        }
        try {
            PasswordFile.read(Path.of(auth.get().file()));
        } catch (IOException e) {
            throw new DeploymentException(
                    Failure.Kind.INVALID,
                    "revision " + config.revision() + " (" + config.hash().abbreviated()
                            + ") needs a file for Proxy.BasicAuth: " + e.getMessage());
        }
    }
}
