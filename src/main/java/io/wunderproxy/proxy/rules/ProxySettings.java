package io.wunderproxy.proxy.rules;

import io.wunderproxy.options.Bounds;
import io.wunderproxy.options.OutOfBounds;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Settings that one revision of the application has for the proxying of its requests. Where it has none, the options of the agent hold.
 * The bounds are those of these options.
 *
 * @param responseTimeout how long the backend may pause before and within its response; 1 ms to a year
 * @param bodyTimeout how long a client may pause while it sends a request body or reads a response; 1 ms to a year
 * @param backendIdleTimeout how long an unused connection to the backend is kept; up to a year
 * @param maxBody bytes of a request body, else 413
 * @param requestBuffering whether request bodies are read whole before the backend gets them
 * @param responseBuffering whether the part of a response that its client has not read may wait in a temporary file
 * @param compression for clients that accept them, the preferred one first; of an empty list: none
 * @param responseHeaders set in the application's responses, in place of its own of these names
 * @param removeResponseHeaders names of headers that are taken out of the application's responses
 * @param canonicalHost the name that requests for other hosts are redirected to
 * @param allowedNetworks addresses and networks of the clients that may come in; others get 403
 * @param basicAuth who may come in with a password; others get 401
 */
public record ProxySettings(
        Optional<Duration> responseTimeout,
        Optional<Duration> bodyTimeout,
        Optional<Duration> backendIdleTimeout,
        Optional<Long> maxBody,
        Optional<Boolean> requestBuffering,
        Optional<Boolean> responseBuffering,
        Optional<List<Coding>> compression,
        Map<String, String> responseHeaders,
        List<String> removeResponseHeaders,
        Optional<String> canonicalHost,
        Optional<List<String>> allowedNetworks,
        Optional<BasicAuth> basicAuth) {

    /** All is as the agent's options say. */
    public static final ProxySettings NONE = new ProxySettings(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Map.of(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final int MOST_HEADERS = 64;
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[!-~](?:[\\t -~]{0,4094}[!-~])?|");
    private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private static final Pattern HOST = Pattern.compile("(?=.{1,253}$)" + LABEL + "(?:\\." + LABEL + ")*");

    /** @throws io.wunderproxy.options.OutOfBounds if a value can't be meant */
    public ProxySettings {
        responseTimeout.ifPresent(time -> Bounds.time("responseTimeout", time, SHORTEST));
        bodyTimeout.ifPresent(time -> Bounds.time("bodyTimeout", time, SHORTEST));
        backendIdleTimeout.ifPresent(time -> Bounds.time("backendIdleTimeout", time, Duration.ZERO));
        maxBody.ifPresent(bytes -> Bounds.atLeast("maxBody", bytes, 0));
        compression = compression.map(List::copyOf);
        // In their order, since that is how they are sent.
        responseHeaders = Collections.unmodifiableMap(new LinkedHashMap<>(responseHeaders));
        removeResponseHeaders = List.copyOf(removeResponseHeaders);
        checkNames("responseHeaders", responseHeaders.keySet());
        checkNames("removeResponseHeaders", removeResponseHeaders);
        responseHeaders.forEach((name, value) -> Bounds.form(
                "responseHeaders",
                value,
                HEADER_VALUE,
                "the value of " + name
                        + " must be up to 4096 visible characters of ASCII, with blanks only between them"));
        canonicalHost.ifPresent(
                host -> Bounds.form("canonicalHost", host, HOST, "must be the name of a host, without a port"));
        allowedNetworks = allowedNetworks.map(List::copyOf);
        allowedNetworks.ifPresent(ProxySettings::checkNetworks);
    }

    private static void checkNames(String component, Iterable<String> names) {
        var seen = new HashSet<String>();
        for (var name : names) {
            Bounds.form(component, name, HEADER_NAME, "has a name that no header may have");
            if (!ResponseHeaderPlan.mayChange(name)) {
                throw new OutOfBounds(
                        component, name + " is about the connection or the form of the body, and can't be changed");
            }
            if (!seen.add(name.toLowerCase(Locale.ROOT))) {
                throw new OutOfBounds(component, name + " stands there twice");
            }
        }
        if (seen.size() > MOST_HEADERS) {
            throw new OutOfBounds(component, "may have up to " + MOST_HEADERS + " headers");
        }
    }

    private static void checkNetworks(List<String> networks) {
        if (networks.isEmpty()) {
            throw new OutOfBounds("allowedNetworks", "must not be empty; leave it out to let everybody in");
        }
        try {
            new Networks(networks);
        } catch (IllegalArgumentException e) {
            throw new OutOfBounds("allowedNetworks", "must be IP addresses and networks such as 10.0.0.0/8");
        }
    }
}
