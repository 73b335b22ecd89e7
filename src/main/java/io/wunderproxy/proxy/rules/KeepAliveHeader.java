package io.wunderproxy.proxy.rules;

/** The {@code Keep-Alive} header of a response, such as {@code timeout=5, max=100}. */
public final class KeepAliveHeader {
    private static final String TIMEOUT = "timeout=";

    private KeepAliveHeader() {}

    /** How many seconds the backend keeps the idle connection; -1 if the header does not say. */
    public static int timeoutSeconds(String value) {
        for (var parameter : value.split(",")) {
            var text = parameter.strip();
            if (text.regionMatches(true, 0, TIMEOUT, 0, TIMEOUT.length())) {
                var digits = text.substring(TIMEOUT.length()).strip();
                if (digits.matches("[0-9]{1,6}")) {
                    return Integer.parseInt(digits);
                }
            }
        }
        return -1;
    }
}
