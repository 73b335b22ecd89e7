package io.wunderproxy.proxy.rules;

/**
 * Which fields may come behind a request's body. Some programs put them among the headers, after everything was checked that
 * depends on these, so only such are forwarded that say something of the body or are nobody's but the application's (RFC 9110,
 * section 6.5.1). Knows texts only.
 */
public final class RequestTrailers {
    /** Extensions of the application, and of gRPC. */
    private static final String[] PREFIXES = {"x-", "grpc-"};

    /** Checksums and signatures (RFC 9530, RFC 9421). */
    private static final String[] NAMES = {
        "content-digest", "repr-digest", "digest", "content-md5", "signature", "signature-input"
    };

    private RequestTrailers() {}

    /**
     * Whether a field of this name is forwarded.
     *
     * @param reserved those that only a proxy may say
     */
    public static boolean isForwarded(CharSequence name, ReservedHeaders reserved) {
        if (!reserved.mayPass(name, false, false)) {
            return false;
        }
        for (var prefix : PREFIXES) {
            if (ReservedHeaders.startsWith(name, prefix)) {
                return true;
            }
        }
        for (var allowed : NAMES) {
            if (name.length() == allowed.length() && ReservedHeaders.startsWith(name, allowed)) {
                return true;
            }
        }
        return false;
    }
}
