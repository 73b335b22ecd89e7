package io.wunderproxy.testkit;

import com.sun.net.httpserver.HttpServer;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A gRPC service with texts for messages: each that a conversation sends comes back. */
public final class GrpcEcho {
    public static final MethodDescriptor<String, String> CHAT = method("Chat", MethodType.BIDI_STREAMING);

    private GrpcEcho() {}

    /** One of the service's methods. */
    public static MethodDescriptor<String, String> method(String name, MethodType type) {
        var text = new MethodDescriptor.Marshaller<String>() {
            @Override
            public InputStream stream(String value) {
                return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
            }

            @Override
            public String parse(InputStream in) {
                try {
                    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
                } catch (IOException cause) {
                    throw new UncheckedIOException(cause);
                }
            }
        };
        return MethodDescriptor.newBuilder(text, text)
                .setType(type)
                .setFullMethodName("test.Greeter/" + name)
                .build();
    }

    /** The service with the one method that it needs, to which others can be added. */
    public static ServerServiceDefinition.Builder service() {
        return ServerServiceDefinition.builder("test.Greeter")
                .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(GrpcEcho::echo));
    }

    private static StreamObserver<String> echo(StreamObserver<String> response) {
        return new StreamObserver<>() {
            @Override
            public void onNext(String said) {
                response.onNext("you said " + said);
            }

            @Override
            public void onError(Throwable gone) {
                // The client has gone away.
            }

            @Override
            public void onCompleted() {
                response.onCompleted();
            }
        };
    }

    /** Runs as the application of a container: {@code PORT HEALTH-PORT}. */
    public static void main(String... arguments) throws Exception {
        var server = NettyServerBuilder.forPort(Integer.parseInt(arguments[0]))
                .addService(service().build())
                .addService(GrpcHealth.service(Map.of("", 1)))
                .build()
                .start();
        var health = HttpServer.create(new InetSocketAddress(Integer.parseInt(arguments[1])), 0);
        health.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        health.start();
        server.awaitTermination();
    }
}
