package io.wunderproxy.blackbox;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** An S3-speaking server (S3Proxy) in a process of its own; its buckets are directories, its objects files in them. */
final class S3Server implements AutoCloseable {
    /** Letters and digits, as DynamoDB Local wants it. */
    static final String ACCESS_KEY = "wunderproxyit";

    static final String SECRET_KEY = "a-secret-that-must-not-be-logged";

    private static final String KEY_STORE_PASSWORD = "changeit";

    private final int port = Ports.free();
    private final int securePort = Ports.free();
    private final Certificates certificates;
    private final Path directory;
    private ServerProcess process;

    S3Server(Path directory) {
        this.directory = directory;
        certificates = Certificates.in(directory.resolve("tls"));
        start(SECRET_KEY);
    }

    int port() {
        return port;
    }

    /** Where it listens over TLS. */
    int securePort() {
        return securePort;
    }

    Certificates certificates() {
        return certificates;
    }

    /** Where the objects of a bucket lie; made when it is not there yet. */
    Path bucket(String name) {
        try {
            return Files.createDirectories(directory.resolve("buckets").resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it with this secret key: any other signature gets 403. */
    void start(String secretKey) {
        bucket("unused");
        var properties = directory.resolve("s3proxy.properties");
        var logback = directory.resolve("s3proxy-logback.xml");
        try {
            Files.writeString(properties, """
                    s3proxy.endpoint=http://127.0.0.1:%d
                    s3proxy.secure-endpoint=https://127.0.0.1:%d
                    s3proxy.keystore-path=%s
                    s3proxy.keystore-password=%s
                    s3proxy.authorization=aws-v2-or-v4
                    s3proxy.identity=%s
                    s3proxy.credential=%s
                    jclouds.provider=filesystem-nio2
                    jclouds.filesystem.basedir=%s
                    """.formatted(
                            port,
                            securePort,
                            certificates.serverKeyStore(KEY_STORE_PASSWORD),
                            KEY_STORE_PASSWORD,
                            ACCESS_KEY,
                            secretKey,
                            directory.resolve("buckets")));
            Files.writeString(logback, """
                    <configuration>
                      <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
                        <encoder><pattern>%d %level %msg%n</pattern></encoder>
                      </appender>
                      <root level="info"><appender-ref ref="out"/></root>
                    </configuration>
                    """);
            var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
            process = new ServerProcess(
                    "s3proxy",
                    List.of(
                            java,
                            "-Xmx128m",
                            "-XX:TieredStopAtLevel=1",
                            "-Dlogback.configurationFile=" + logback,
                            "-cp",
                            Path.of("target", "s3proxy.jar").toString(),
                            "org.gaul.s3proxy.Main",
                            "--properties",
                            properties.toString()),
                    Map.of(),
                    directory.resolve("s3proxy.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        await("s3proxy").until(() -> RegistryServer.isListening(port));
    }

    void stop() {
        process.close();
    }

    @Override
    public void close() {
        stop();
    }
}
