package io.wunderproxy.blackbox;

import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The calls to the Docker Engine at which a deployment can be interrupted. */
enum DockerCall implements Predicate<String> {
    PULL("POST .*/images/create.*"),
    CREATE("POST .*/containers/create.*"),
    START("POST .*/containers/[^/]+/start.*"),
    INSPECT("GET .*/containers/[^/]+/json.*"),
    STOP("POST .*/containers/[^/]+/stop.*"),
    REMOVE("DELETE .*/containers/.*"),
    DELETE_IMAGE("DELETE .*/images/.*"),
    ANY(".*");

    private final Pattern line;

    DockerCall(String line) {
        this.line = Pattern.compile(line);
    }

    @Override
    public boolean test(String requestLine) {
        return line.matcher(requestLine).matches();
    }
}
