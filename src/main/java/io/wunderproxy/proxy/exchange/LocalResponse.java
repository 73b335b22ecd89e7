package io.wunderproxy.proxy.exchange;

import io.wunderproxy.proxy.rules.ErrorResponse;
import io.wunderproxy.proxy.rules.Refusal;

/**
 * A response that the proxy makes itself.
 *
 * @param retryAfter seconds for {@code Retry-After}; 0 for none
 */
public record LocalResponse(int status, String contentType, int retryAfter, String body) {
    private static final String HTML = "text/html; charset=utf-8";

    /** Tells the reason in the operator's page for the status, if there is one; in maintenance, the operator's words are newer. */
    public static LocalResponse of(ErrorResponse error, ErrorPages pages) {
        var page = error.reason() == Refusal.MAINTENANCE ? null : pages.pageFor(error.status());
        return page == null
                ? new LocalResponse(error.status(), error.contentType(), error.retryAfter(), error.text() + "\n")
                : new LocalResponse(error.status(), HTML, error.retryAfter(), page);
    }
}
