package io.wunderproxy.blackbox;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** DynamoDB Local in a process of its own. */
public final class DynamoServer implements AutoCloseable {
    private final int port = Ports.free();
    private final Path directory;
    private final List<String> storage;
    private ServerProcess process;

    private DynamoServer(Path directory, List<String> storage) {
        this.directory = directory;
        this.storage = storage;
        start();
    }

    /** Its tables lie in the directory and outlive a stop. */
    static DynamoServer in(Path directory) {
        return new DynamoServer(directory, List.of("-sharedDb", "-dbPath", directory.toString()));
    }

    /** Faster; only its log is in the directory. */
    public static DynamoServer inMemory(Path directory) {
        return new DynamoServer(directory, List.of("-sharedDb", "-inMemory"));
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** What a program needs in its environment to use it. */
    public Map<String, String> environment() {
        return environment("127.0.0.1");
    }

    /** The same from where this machine has that address. */
    Map<String, String> environment(String address) {
        return Map.of(
                "AWS_ENDPOINT_URL_DYNAMODB",
                "http://" + address + ":" + port,
                "AWS_REGION",
                "eu-central-1",
                "AWS_ACCESS_KEY_ID",
                // It takes any that is made of letters and digits.
                "local",
                "AWS_SECRET_ACCESS_KEY",
                S3Server.SECRET_KEY);
    }

    void start() {
        try {
            var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
            var classPath = Files.readString(Path.of("target", "dynamodb-local.classpath"));
            var words = new ArrayList<>(List.of(
                    java,
                    "-Xmx256m",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "--enable-native-access=ALL-UNNAMED",
                    "-Dsqlite4java.library.path=" + nativeLibrary(classPath),
                    "-cp",
                    classPath.strip(),
                    "com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
                    "-port",
                    Integer.toString(port),
                    "-disableTelemetry"));
            words.addAll(storage);
            process = new ServerProcess("dynamodb-local", words, Map.of(), directory.resolve("dynamodb-local.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        await("dynamodb-local").until(() -> RegistryServer.isListening(port));
    }

    /** Where SQLite's library for this machine lies. */
    private static Path nativeLibrary(String classPath) {
        return Arrays.stream(classPath.strip().split(File.pathSeparator))
                .filter(file -> file.contains("libsqlite4java-linux-amd64"))
                .map(file -> Path.of(file).getParent())
                .findFirst()
                .orElseThrow();
    }

    void stop() {
        process.close();
    }

    @Override
    public void close() {
        stop();
    }
}
