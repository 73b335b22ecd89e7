package io.wunderproxy.blackbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.testkit.GrpcEcho;
import java.util.List;
import java.util.stream.Stream;

/** An application that speaks gRPC: {@link GrpcEcho} with the JDK and the libraries of this process. */
final class GrpcApp {
    private GrpcApp() {}

    /** Makes it the application of a configuration, which is asked over HTTP whether it is healthy. */
    static void into(ObjectNode configuration) {
        var libraries = Stream.of(System.getProperty("java.class.path").split(":"))
                .filter(place -> place.matches(".*/(test-classes|(grpc-|guava|failureaccess|perfmark)[^/]*[.]jar)"))
                .toList();
        configuration.put("Protocol", "HTTP/2");
        configuration.withObject("/HealthCheck").put("Port", 9293);
        var java = System.getProperty("java.home");
        var command = configuration.withObject("/ContainerConfig").putArray("Entrypoint");
        List.of(java + "/bin/java", "-cp", String.join(":", libraries), GrpcEcho.class.getName(), "9292", "9293")
                .forEach(command::add);
        var binds = configuration.withObject("/HostConfig").putArray("Binds");
        Stream.concat(Stream.of("/usr", "/lib", "/lib64", java), libraries.stream())
                .forEach(place -> binds.add(place + ":" + place + ":ro"));
    }
}
