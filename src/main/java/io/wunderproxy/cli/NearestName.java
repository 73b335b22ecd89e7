package io.wunderproxy.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;

/** Finds the name that a person most likely meant by one that does not exist. */
final class NearestName {

    private NearestName() {}

    /** The name that differs in a letter or two, most likely a slip; empty if none is that near. */
    static Optional<String> of(String word, Collection<String> names) {
        return names.stream()
                .filter(name -> distance(word, name) <= Math.max(1, word.length() / 3))
                .min(Comparator.comparingInt(name -> distance(word, name)));
    }

    /** How many letters must be added, left out or replaced to make one word of the other. */
    private static int distance(String one, String other) {
        var before = IntStream.rangeClosed(0, other.length()).toArray();
        for (var i = 1; i <= one.length(); i++) {
            var now = new int[other.length() + 1];
            now[0] = i;
            for (var j = 1; j <= other.length(); j++) {
                var replaced = before[j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                now[j] = Math.min(replaced, 1 + Math.min(before[j], now[j - 1]));
            }
            before = now;
        }
        return before[other.length()];
    }
}
