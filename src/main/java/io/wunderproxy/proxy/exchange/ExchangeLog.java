package io.wunderproxy.proxy.exchange;

import org.jboss.logging.Logger;

/**
 * Tells in the log, at level DEBUG, what is decided on one request and what comes of it: one line each, which begins with the
 * request's id, so that a single response can be explained afterwards.
 */
public final class ExchangeLog {
    private static final Logger LOG = Logger.getLogger(ExchangeLog.class);

    private final String what;
    private String id = "-";

    private ExchangeLog(String what) {
        this.what = what;
    }

    /** Whether the level is DEBUG. */
    public static boolean isOn() {
        return LOG.isDebugEnabled();
    }

    /**
     * Begins, unless the level is higher. Neither a query, in which there may be secrets, nor control characters get into the log.
     *
     * @param client its IP address; null if it came through a Unix socket
     * @return null if the level is not DEBUG
     */
    public static ExchangeLog begin(String client, String method, String target) {
        if (!LOG.isDebugEnabled()) {
            return null;
        }
        var query = target.indexOf('?');
        var path = query < 0 ? target : target.substring(0, query);
        return new ExchangeLog(printable(method) + " " + printable(path) + (client == null ? "" : " from " + client));
    }

    private static String printable(String text) {
        return text.replaceAll("[^!-~]", "?");
    }

    /** The request has its id, which the application gets as well. */
    public void named(String requestId) {
        id = printable(requestId);
    }

    /** Tells one thing, such as {@code goes to blue}. */
    public void tell(String event) {
        LOG.debug(id + " " + what + ": " + event);
    }
}
