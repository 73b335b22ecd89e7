package io.wunderproxy.proxy.body;

import io.wunderproxy.options.Bounds;

/**
 * How bodies are taken over from whoever sends them.
 *
 * @param largestRequest bytes of a request body, else 413
 * @param buffersRequests whether request bodies are read whole before the backend gets them, so that a slow client holds no worker of
 *     it; not for gRPC
 * @param requestMemory bytes of such a body that are kept in memory, the rest is in a temporary file; 1 KiB to 64 MiB
 * @param responseDisk bytes of a response that are kept in a temporary file when its client's memory is full, before the backend is held
 *     back; not for event streams and gRPC; 0: none
 */
public record BodyOptions(long largestRequest, boolean buffersRequests, int requestMemory, long responseDisk) {

    public static final BodyOptions DEFAULT = new BodyOptions(1L << 30, true, 64 * 1024, 1L << 30);

    public BodyOptions {
        Bounds.atLeast("largestRequest", largestRequest, 0);
        Bounds.size("requestMemory", requestMemory, 1 << 10, 64 << 20);
        Bounds.atLeast("responseDisk", responseDisk, 0);
    }
}
