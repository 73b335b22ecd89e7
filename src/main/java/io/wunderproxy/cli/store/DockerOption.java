package io.wunderproxy.cli.store;

import io.wunderproxy.container.DockerEngine;
import picocli.CommandLine.Option;

/** The Docker Engine that a command talks to. */
public final class DockerOption {

    @Option(
            names = {"-d", "--docker-host"},
            paramLabel = "<url>",
            description = "Docker Engine. Default: $DOCKER_HOST, else " + DockerEngine.USUAL_HOST)
    public String given;

    public String host() {
        return given == null || given.isBlank() ? DockerEngine.defaultHost() : given;
    }
}
