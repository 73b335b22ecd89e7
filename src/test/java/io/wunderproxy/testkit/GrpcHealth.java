package io.wunderproxy.testkit;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** gRPC's health service, {@code grpc.health.v1}. */
public final class GrpcHealth {

    private GrpcHealth() {}

    /** @param statuses the number of the status of each service, by its name; of others nothing is known */
    public static ServerServiceDefinition service(Map<String, Integer> statuses) {
        var bytes = new MethodDescriptor.Marshaller<byte[]>() {
            @Override
            public InputStream stream(byte[] value) {
                return new ByteArrayInputStream(value);
            }

            @Override
            public byte[] parse(InputStream in) {
                try {
                    return in.readAllBytes();
                } catch (IOException cause) {
                    throw new UncheckedIOException(cause);
                }
            }
        };
        var check = MethodDescriptor.newBuilder(bytes, bytes)
                .setType(MethodType.UNARY)
                .setFullMethodName("grpc.health.v1.Health/Check")
                .build();
        return ServerServiceDefinition.builder("grpc.health.v1.Health")
                .addMethod(check, ServerCalls.<byte[], byte[]>asyncUnaryCall((request, response) -> {
                    var status = statuses.get(name(request));
                    if (status == null) {
                        response.onError(
                                Status.NOT_FOUND.withDescription("who is that?").asRuntimeException());
                        return;
                    }
                    // Field 1, a number.
                    response.onNext(status == 0 ? new byte[0] : new byte[] {8, status.byteValue()});
                    response.onCompleted();
                }))
                .build();
    }

    /** Field 1, a text. */
    private static String name(byte[] request) {
        return request.length == 0 ? "" : new String(request, 2, request[1], StandardCharsets.UTF_8);
    }
}
