package io.wunderproxy.proxy.rules;

/**
 * Which headers the backend gets.
 *
 * @param forwarded whether {@code Forwarded} (RFC 7239) is sent beside {@code X-Forwarded-*}
 * @param underscores whether request headers with {@code _} in their names are forwarded, unless they could be taken for one that only a
 *     proxy may say
 */
public record HeaderOptions(boolean forwarded, boolean underscores) {

    public static final HeaderOptions DEFAULT = new HeaderOptions(false, false);
}
