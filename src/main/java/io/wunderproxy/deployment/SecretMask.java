package io.wunderproxy.deployment;

import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.SecretParts;
import io.wunderproxy.launchconfig.StaticEnvironment;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Hides the values of a container's environment in texts about it, such as the lines that it wrote itself.
 *
 * @param values hidden wherever they stand
 * @param words short values, which are hidden only as whole words, and only in what the container wrote: hiding each "not" would
 *     make every sentence unreadable
 */
record SecretMask(List<String> values, List<Pattern> words) {

    private static final int SHORTEST_VALUE = 6;
    private static final int SHORTEST_WORD = 3;
    private static final String MASK = "[masked]";

    /** Masks a configuration's environment and its health check's headers, but not what image, revision and port say openly. */
    static SecretMask of(LaunchConfig config, StaticEnvironment environment) {
        var open = config.image() + " " + config.revision() + " " + config.port();
        return of(Stream.of(
                        config.environment().stream(),
                        environment.lines().stream(),
                        config.healthCheck().headers().entrySet().stream()
                                .map(header -> header.getKey() + "=" + header.getValue()))
                .flatMap(lines -> lines)
                .filter(line -> !open.contains(value(line)))
                .toList());
    }

    /** Masks as {@link #of(LaunchConfig, StaticEnvironment)} does, for a deployment that has not ended. */
    static SecretMask of(Deployment deployment, StaticEnvironment environment) {
        return of(deployment.config().orElseThrow(), environment);
    }

    /** @param environment {@code KEY=value} lines */
    static SecretMask of(List<String> environment) {
        var all = environment.stream()
                .map(SecretMask::value)
                .flatMap(value -> Stream.concat(Stream.of(value), value.lines()))
                .flatMap(value -> Stream.concat(Stream.of(value), SecretParts.of(value).stream()))
                .flatMap(SecretMask::spellings)
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
        return new SecretMask(
                all.stream().filter(value -> value.length() >= SHORTEST_VALUE).toList(),
                all.stream()
                        .filter(value -> value.length() >= SHORTEST_WORD && value.length() < SHORTEST_VALUE)
                        .map(value -> Pattern.compile("(?<!\\w)" + Pattern.quote(value) + "(?!\\w)"))
                        .toList());
    }

    /** The spellings of a secret. A short one has no others: they would be found in much that has nothing to do with it. */
    private static Stream<String> spellings(String secret) {
        return secret.length() < SHORTEST_VALUE ? Stream.of(secret) : SecretParts.spellings(secret);
    }

    private static String value(String line) {
        return line.substring(line.indexOf('=') + 1);
    }

    /** Masks a sentence of this program that quotes something from outside. */
    String apply(String text) {
        var masked = text;
        for (var value : values) {
            masked = masked.replace(value, MASK);
        }
        return masked;
    }

    /** Masks a line that the container wrote. */
    String applyToOutput(String line) {
        var masked = apply(line);
        for (var word : words) {
            masked = word.matcher(masked).replaceAll(MASK);
        }
        return masked;
    }

    Failure apply(Failure failure) {
        return new Failure(
                failure.kind(),
                apply(failure.message()),
                failure.output().stream().map(this::applyToOutput).toList());
    }
}
