package io.wunderproxy.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.testkit.GrpcEcho;
import io.wunderproxy.testkit.Patience;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A real gRPC client and a real gRPC server, with the proxy between them. */
@OnEveryLane
class GrpcTest {
    private static final int MIB = 1 << 20;
    private static final Metadata.Key<String> TOKEN = Metadata.Key.of("x-token", Metadata.ASCII_STRING_MARSHALLER);
    private static final MethodDescriptor<String, String> GREET = GrpcEcho.method("Greet", MethodType.UNARY);
    private static final MethodDescriptor<String, String> COUNT = GrpcEcho.method("Count", MethodType.SERVER_STREAMING);
    private static final MethodDescriptor<String, String> HANG = GrpcEcho.method("Hang", MethodType.UNARY);

    private final CountDownLatch cancelled = new CountDownLatch(1);
    private Server server;
    private TestProxy proxy;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        var service = GrpcEcho.service()
                .addMethod(GREET, ServerCalls.asyncUnaryCall((request, response) -> {
                    if (request.equals("nobody")) {
                        response.onError(Status.NOT_FOUND
                                .withDescription("nobody is \u00fcnknown")
                                .asRuntimeException());
                    } else {
                        response.onNext("hello " + request);
                        response.onCompleted();
                    }
                }))
                .addMethod(COUNT, ServerCalls.asyncServerStreamingCall((request, response) -> {
                    for (var i = 0; i < Integer.parseInt(request); i++) {
                        response.onNext(i + "x".repeat(1000));
                    }
                    response.onCompleted();
                }))
                .addMethod(
                        HANG,
                        ServerCalls.asyncUnaryCall((String request, StreamObserver<String> response) ->
                                ((io.grpc.stub.ServerCallStreamObserver<String>) response)
                                        .setOnCancelHandler(cancelled::countDown)))
                .build();
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .maxInboundMessageSize(64 * MIB)
                .addService(service)
                .build()
                .start();
        proxy = TestProxy.start();
        proxy.active.switchTo(new Backend("grpc", "127.0.0.1", server.getPort(), Backend.Protocol.HTTP_2));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", proxy.port())
                .usePlaintext()
                .maxInboundMessageSize(64 * MIB)
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        proxy.close();
        server.shutdownNow();
    }

    private static String greet(Channel over, String name) {
        return ClientCalls.blockingUnaryCall(
                over, GREET, CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS), name);
    }

    @Test
    void responds_to_calls() {
        assertThat(greet(channel, "world")).isEqualTo("hello world");
        var large = "x".repeat(8 * MIB);
        assertThat(greet(channel, large)).isEqualTo("hello " + large);
        await().until(() -> proxy.stats.snapshot().inFlight() == 0);
    }

    @Test
    void carries_metadata_and_status_with_its_text() {
        var metadata = new Metadata();
        metadata.put(TOKEN, "abc");
        var withToken = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(metadata));
        assertThat(greet(withToken, "world")).isEqualTo("hello world");
        assertThatThrownBy(() -> greet(channel, "nobody"))
                .isInstanceOfSatisfying(StatusRuntimeException.class, failure -> {
                    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
                    assertThat(failure.getStatus().getDescription()).isEqualTo("nobody is \u00fcnknown");
                });
    }

    @Test
    void streams_many_messages() {
        List<String> received = new ArrayList<>();
        ClientCalls.blockingServerStreamingCall(channel, COUNT, CallOptions.DEFAULT, "20000")
                .forEachRemaining(received::add);
        assertThat(received).hasSize(20000);
        assertThat(received.getLast()).startsWith("19999x");
    }

    /** One that is open; the server repeats each message. */
    private final class Conversation {
        final BlockingQueue<String> responses = new LinkedBlockingQueue<>();
        final CompletableFuture<Void> ended = new CompletableFuture<>();
        final StreamObserver<String> said = ClientCalls.asyncBidiStreamingCall(
                channel.newCall(GrpcEcho.CHAT, CallOptions.DEFAULT), new StreamObserver<String>() {
                    @Override
                    public void onNext(String response) {
                        responses.add(response);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        ended.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {
                        ended.complete(null);
                    }
                });

        void talk() throws InterruptedException {
            for (var i = 0; i < 100; i++) {
                said.onNext("" + i);
                assertThat(responses.poll(20, TimeUnit.SECONDS)).isEqualTo("you said " + i);
            }
        }

        void end() throws Exception {
            said.onCompleted();
            ended.get(20, TimeUnit.SECONDS);
            await().until(() -> proxy.stats.snapshot().inFlight() == 0);
        }
    }

    @Test
    void carries_a_conversation() throws Exception {
        var conversation = new Conversation();
        conversation.talk();
        conversation.end();
    }

    @Test
    void a_conversation_outlives_that_another_process_takes_over() throws Exception {
        var conversation = new Conversation();
        conversation.talk();
        var leaving = Thread.ofVirtual().start(() -> proxy.leave(Patience.LONG));
        await().until(() -> channel.getState(false) == ConnectivityState.IDLE);
        conversation.talk();
        conversation.end();
        leaving.join();
    }

    @Test
    void tells_the_server_when_the_client_gives_up() throws Exception {
        assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(
                        channel, HANG, CallOptions.DEFAULT.withDeadlineAfter(300, TimeUnit.MILLISECONDS), "x"))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("DEADLINE_EXCEEDED");
        Patience.await(cancelled);
        await().until(() -> proxy.stats.snapshot().inFlight() == 0);
    }
}
