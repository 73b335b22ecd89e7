package io.wunderproxy.cli;

import io.wunderproxy.container.DockerEngine;
import picocli.CommandLine.Option;

/** Which Docker Engine a command talks to. */
final class DockerOption {

    @Option(
            names = {"-d", "--docker-host"},
            paramLabel = "<url>",
            description = "Docker Engine. Default: $DOCKER_HOST, else " + DockerEngine.USUAL_HOST)
    String given;

    String host() {
        return given == null || given.isBlank() ? DockerEngine.defaultHost() : given;
    }
}
