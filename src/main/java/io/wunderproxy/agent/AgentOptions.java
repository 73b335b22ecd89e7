package io.wunderproxy.agent;

import io.wunderproxy.api.AgentView;
import io.wunderproxy.deployment.DeploymentOptions;
import io.wunderproxy.launchconfig.ImageBucket;
import io.wunderproxy.manager.ApiOptions;
import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.tls.TlsOptions;
import io.wunderproxy.proxy.transport.ListenAddress;
import io.wunderproxy.registry.serve.RegistryOptions;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The operator's options for the parts of this agent.
 *
 * @param managerAddress where the manager listens
 * @param managerTls the certificate with which it speaks TLS there; empty: it does not
 * @param dockerHost the address of Docker, as in {@code DOCKER_HOST}
 * @param bucket with the launch configurations, or {@code file:/some/dir}
 * @param prefix the beginning of all keys in the bucket
 * @param registry that this agent serves images with; empty: somebody else does
 * @param imageBucket where the registry finds images, unless a launch configuration says otherwise
 */
public record AgentOptions(
        ProxyOptions proxy,
        ListenAddress managerAddress,
        Optional<TlsOptions.PemFiles> managerTls,
        String dockerHost,
        String bucket,
        String prefix,
        DeploymentOptions deployment,
        ApiOptions manager,
        Optional<RegistryOptions> registry,
        Optional<ImageBucket> imageBucket,
        MembershipOptions fleet) {

    /** The options that the manager shows. */
    AgentView view(Settings settings) {
        return new AgentView(
                deployment.app(),
                proxy.listener().listen().toString(),
                dockerHost,
                bucket,
                prefix,
                deployment.stateDir().toString(),
                manager.tokenFile().toString(),
                settings.file().map(Path::toString),
                settings.inForce());
    }
}
