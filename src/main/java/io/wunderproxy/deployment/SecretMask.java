package io.wunderproxy.deployment;

import io.wunderproxy.launchconfig.LaunchConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Hides the values of a container's environment in what is told about it, such as the lines that it wrote itself. */
record SecretMask(List<String> values) {

    /** Shorter values are ports, flags and the like; hiding each "1" would make every text unreadable. */
    private static final int SHORTEST = 6;

    private static final String MASK = "[masked]";

    /** Masks the environment of a configuration, but not what its image and its revision say openly. */
    static SecretMask of(LaunchConfig config, StaticEnvironment environment) {
        var open = config.image() + " " + config.revision();
        return of(Stream.concat(config.environment().stream(), environment.lines().stream())
                .filter(line -> !open.contains(value(line)))
                .toList());
    }

    /** @param environment {@code KEY=value} lines */
    static SecretMask of(List<String> environment) {
        return new SecretMask(environment.stream()
                .map(SecretMask::value)
                .flatMap(value -> Stream.concat(Stream.of(value), value.lines()))
                .filter(value -> value.length() >= SHORTEST)
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList());
    }

    private static String value(String line) {
        return line.substring(line.indexOf('=') + 1);
    }

    String apply(String text) {
        var masked = text;
        for (var value : values) {
            masked = masked.replace(value, MASK);
        }
        return masked;
    }

    Failure apply(Failure failure) {
        var details = new ArrayList<String>();
        failure.details().forEach(line -> details.add(apply(line)));
        return new Failure(failure.kind(), apply(failure.message()), details);
    }
}
