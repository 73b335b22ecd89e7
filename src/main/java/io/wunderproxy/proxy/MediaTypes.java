package io.wunderproxy.proxy;

/** What a {@code Content-Type} tells about how a body must be treated. Texts only. */
final class MediaTypes {
    private static final String GRPC = "application/grpc";
    private static final String EVENTS = "text/event-stream";

    private MediaTypes() {}

    /** Whether the parts of the body are messages of gRPC; false for null. */
    static boolean isGrpc(String contentType) {
        return begins(contentType, GRPC);
    }

    /** Whether each part of the body means something by itself, and is waited for: gRPC and server-sent events. */
    static boolean isStream(String contentType) {
        return isGrpc(contentType) || begins(contentType, EVENTS);
    }

    private static boolean begins(String contentType, String with) {
        return contentType != null && contentType.regionMatches(true, 0, with, 0, with.length());
    }
}
