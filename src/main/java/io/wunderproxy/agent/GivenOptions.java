package io.wunderproxy.agent;

import io.wunderproxy.api.AgentView;
import io.wunderproxy.deployment.DeploymentOptions;
import io.wunderproxy.manager.ApiOptions;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** Hands the options over from the command line, which is read before there are beans, to the beans of this process. */
@Singleton
class GivenOptions {

    private record Given(AgentOptions options, Settings settings) {}

    private static final AtomicReference<Given> GIVEN = new AtomicReference<>();

    /** Hands the options over; call it before the framework starts. */
    static void give(AgentOptions options, Settings settings) {
        GIVEN.set(new Given(options, settings));
    }

    private static Given given() {
        return Objects.requireNonNull(GIVEN.get(), "the options are given before the framework starts");
    }

    @Produces
    @Singleton
    AgentOptions agent() {
        return given().options();
    }

    @Produces
    @Singleton
    DeploymentOptions deployment(AgentOptions options) {
        return options.deployment();
    }

    @Produces
    @Singleton
    ApiOptions manager(AgentOptions options) {
        return options.manager();
    }

    @Produces
    @Singleton
    AgentView view(AgentOptions options) {
        return options.view(given().settings());
    }

    @Produces
    @Singleton
    MembershipOptions fleet(AgentOptions options) {
        return options.fleet();
    }
}
