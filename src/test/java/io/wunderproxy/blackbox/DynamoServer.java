package io.wunderproxy.blackbox;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Amazon's DynamoDB Local in a process of its own, on all addresses of this machine; what it holds is gone when it is stopped. */
final class DynamoServer implements AutoCloseable {
    private final int port = Ports.free();
    private final Path directory;
    private ServerProcess process;

    DynamoServer(Path directory) {
        this.directory = directory;
        start();
    }

    void start() {
        try {
            var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
            var classPath = Files.readString(Path.of("target", "dynamodb-local.classpath"));
            process = new ServerProcess(
                    "dynamodb",
                    List.of(
                            java,
                            "-Xmx256m",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            classPath.strip(),
                            "com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
                            "-inMemory",
                            "-sharedDb",
                            "-disableTelemetry",
                            "-port",
                            Integer.toString(port)),
                    Map.of(),
                    directory.resolve("dynamodb.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        await("dynamodb").atMost(Duration.ofSeconds(30)).until(() -> RegistryServer.isListening(port));
    }

    /** What a program is told that uses it from where this machine has that address. */
    Map<String, String> environment(String address) {
        return Map.of(
                "AWS_ENDPOINT_URL_DYNAMODB",
                "http://" + address + ":" + port,
                "AWS_REGION",
                "eu-central-1",
                "AWS_ACCESS_KEY_ID",
                "local",
                "AWS_SECRET_ACCESS_KEY",
                "local");
    }

    void stop() {
        process.close();
    }

    @Override
    public void close() {
        stop();
    }
}
