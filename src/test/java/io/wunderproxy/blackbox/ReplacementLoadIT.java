package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.wunderproxy.testkit.GrpcEcho;
import io.wunderproxy.testkit.Pace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The agent is replaced again and again, by itself, with other options, by another version, by successors that are no good, with
 * clients of all kinds connected. None of them notices. As long as {@code replace.times} and {@code replace.requests} say.
 */
class ReplacementLoadIT {

    private static final int TIMES = Integer.getInteger("replace.times", 6);
    private static final long REQUESTS = Long.getLong("replace.requests", 1_000);

    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    private final List<String> program = Host.command();
    private Certificates certificates;
    private Path link;
    private Path settings;
    private int tlsPort;
    private Agent agent;
    private int revisions;
    private int versions;

    /** What is done to have the agent replaced. */
    private interface Attempt {
        void make() throws IOException;
    }

    @BeforeEach
    void start() throws Exception {
        certificates = Certificates.in(host.directory().resolve("certificates"));
        tlsPort = Ports.free();
        settings = host.file("settings", "stop-timeout=10s\n");
        var words = new ArrayList<>(program);
        if (isBinary()) {
            link = host.directory().resolve("wunderproxy");
            lies(binary());
            words.set(0, link.toString());
        }
        agent = host.agent(
                        words,
                        Map.of(),
                        "--settings",
                        settings.toString(),
                        "--drain-timeout",
                        "60s",
                        "--tls",
                        "127.0.0.1:" + tlsPort,
                        "--tls-cert",
                        certificates.serverCertificate().toString(),
                        "--tls-key",
                        certificates.serverKey().toString(),
                        "--access-log",
                        "off")
                .start()
                .awaitUp();
        deployNext();
    }

    private boolean isBinary() {
        return !program.getFirst().endsWith("java");
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.DAYS) // It is as long as its options say.
    void nobody_notices_that_the_agent_is_replaced_again_and_again() throws Exception {
        var attempts = attempts();
        try (var load = new ReplacementLoad("127.0.0.1", agent.proxyPort(), tlsPort, certificates.authority())) {
            for (var i = 0; i < TIMES; i++) {
                attempts.get(i % attempts.size()).make();
                if (i % 3 == 1) {
                    deployNext();
                }
                assertThat(load.look()).as(agent::story).isEmpty();
            }
            while (load.requests() < REQUESTS) {
                Pace.pause(Duration.ofMillis(100));
                assertThat(load.look()).as(agent::story).isEmpty();
            }
            assertThat(load.end()).as(agent::story).isEmpty();
            System.out.printf(
                    "%d requests, none failed; %d replacements asked for, %d revisions, %d versions%n",
                    load.requests(), TIMES, revisions, versions + 1);
        }
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(host.containerNames()).hasSize(1));
    }

    /** Each is longer than a hand-over. */
    @Test
    void grpc_conversations_are_neither_broken_off_nor_refused_when_the_agent_is_replaced() throws Exception {
        agent.deploy(host.revision("r" + revisions++).with(GrpcApp::into).publish());
        var channel = NettyChannelBuilder.forAddress("127.0.0.1", tlsPort)
                .sslContext(GrpcSslContexts.forClient()
                        .trustManager(certificates.authority().toFile())
                        .build())
                .build();
        var over = new AtomicBoolean();
        var conversations = new AtomicInteger();
        var failures = new ConcurrentLinkedQueue<String>();
        var callers = IntStream.range(0, 8)
                .mapToObj(i -> Thread.ofVirtual().start(() -> {
                    while (!over.get()) {
                        try {
                            converse(channel);
                            conversations.incrementAndGet();
                        } catch (Exception failure) {
                            failures.add(failure.toString());
                        }
                    }
                }))
                .toList();
        for (var i = 0; i < TIMES / 2; i++) {
            var before = conversations.get();
            agent.replace();
            await().atMost(LONG).until(() -> conversations.get() >= before + 16 || !failures.isEmpty());
        }
        over.set(true);
        for (var caller : callers) {
            caller.join();
        }
        channel.shutdownNow();
        assertThat(failures).as(agent::story).isEmpty();
    }

    private static void converse(Channel channel) throws Exception {
        var responses = new LinkedBlockingQueue<String>();
        var said = ClientCalls.asyncBidiStreamingCall(
                channel.newCall(GrpcEcho.CHAT, CallOptions.DEFAULT), new StreamObserver<String>() {
                    @Override
                    public void onNext(String response) {
                        responses.add(response);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        responses.add(failure.toString());
                    }

                    @Override
                    public void onCompleted() {
                        responses.add("ended");
                    }
                });
        for (var i = 0; i < 10; i++) {
            said.onNext("" + i);
            expect(responses, "you said " + i);
            Pace.pause(Duration.ofMillis(100));
        }
        said.onCompleted();
        expect(responses, "ended");
    }

    private static void expect(BlockingQueue<String> responses, String expected) throws Exception {
        var response = responses.poll(LONG.toSeconds(), TimeUnit.SECONDS);
        if (!expected.equals(response)) {
            throw new IOException(response);
        }
    }

    private void deployNext() {
        agent.deploy(host.revision("r" + revisions++).publish());
    }

    private List<Attempt> attempts() {
        var attempts = new ArrayList<Attempt>(List.of(agent::replace, this::otherOptions));
        if (isBinary()) {
            attempts.addAll(List.of(
                    () -> inVain("exit 1"),
                    () -> inVain("case $* in *--check*) exit 0;; esac; exit 1"),
                    () -> inVain("case $* in *--check*) exit 0;; esac; (sleep 0.1; kill -9 $$) & exec " + binary()
                            + " \"$@\""),
                    this::anotherVersionAndBack));
        }
        return attempts;
    }

    private Path binary() {
        return Path.of(program.getFirst()).toAbsolutePath();
    }

    private void otherOptions() throws IOException {
        Files.writeString(settings, "stop-timeout=" + (10 + revisions) + "s\n");
        agent.replace();
    }

    /** Built from another commit, by what it says of itself. */
    private void anotherVersionAndBack() throws IOException {
        var before = version();
        var commit = before.substring(before.indexOf('+') + 1);
        var other = String.format("%0" + commit.length() + "x", ++versions);
        var copy = host.directory().resolve("wunderproxy-next");
        var bytes = new String(Files.readAllBytes(binary()), StandardCharsets.ISO_8859_1);
        Files.deleteIfExists(copy);
        Files.copy(binary(), copy);
        Files.writeString(copy, bytes.replace("commit=" + commit, "commit=" + other), StandardCharsets.ISO_8859_1);
        lies(copy);
        agent.replace();
        assertThat(version()).isEqualTo(before.replace(commit, other));
        lies(binary());
        agent.replace();
        assertThat(version()).isEqualTo(before);
    }

    private String version() {
        return agent.api("GET", "/identity?challenge=" + "0".repeat(64))
                .json()
                .path("Version")
                .asText();
    }

    private void inVain(String script) throws IOException {
        var file = host.directory().resolve("no-good");
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        lies(file);
        assertThat(agent.reload().status()).as(agent::story).isEqualTo(409);
        lies(binary());
    }

    private void lies(Path target) throws IOException {
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, target);
    }
}
