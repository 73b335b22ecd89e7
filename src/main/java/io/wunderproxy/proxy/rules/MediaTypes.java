package io.wunderproxy.proxy.rules;

/** Says by its {@code Content-Type} how a body must be treated. Texts only. */
public final class MediaTypes {
    private static final String GRPC = "application/grpc";
    private static final String EVENTS = "text/event-stream";
    /** Those of the Connect protocol, of JSON texts line by line or behind record separators (RFC 7464), and of parts. */
    private static final String[] OTHER_STREAMS = {
        "application/connect+",
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/jsonlines",
        "application/x-jsonlines",
        "application/json-seq",
        "application/stream+json",
        "multipart/x-mixed-replace"
    };

    private MediaTypes() {}

    /** Whether the parts of the body are messages of gRPC; false for null. */
    static boolean isGrpc(String contentType) {
        return begins(contentType, GRPC);
    }

    /** Whether each part of the body means something by itself, and is waited for: gRPC and server-sent events. */
    public static boolean isStream(String contentType) {
        return isGrpc(contentType) || begins(contentType, EVENTS);
    }

    /** Whether an application may want the parts of such a request before its end, and may even respond to them; false for null. */
    public static boolean isUploadedStream(String contentType) {
        if (isStream(contentType)) {
            return true;
        }
        for (var type : OTHER_STREAMS) {
            if (begins(contentType, type)) {
                return true;
            }
        }
        return false;
    }

    private static boolean begins(String contentType, String with) {
        return contentType != null && contentType.regionMatches(true, 0, with, 0, with.length());
    }
}
