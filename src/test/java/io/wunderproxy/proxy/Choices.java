package io.wunderproxy.proxy;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The numbers that make a case of the fuzzer: drawn by chance, or given, so that a case can be run again and made
 * smaller. Smaller numbers stand for plainer things, and what is missing is zero.
 */
final class Choices {
    private final SplittableRandom random;
    private final int[] given;
    private int[] drawn = new int[256];
    private int size;

    private Choices(SplittableRandom random, int[] given) {
        this.random = random;
        this.given = given;
    }

    /** Those of one case of a run. */
    static Choices of(long seed, long number) {
        return new Choices(new SplittableRandom(seed * 0x9e37_79b9_7f4a_7c15L + number * 0xd1b5_4a32_d192_ed03L), null);
    }

    static Choices given(int[] numbers) {
        return new Choices(null, numbers);
    }

    /** A number from 0 to {@code bound} - 1. */
    int upTo(int bound) {
        var next = random != null ? random.nextInt(bound) : size < given.length ? given[size] % bound : 0;
        if (size == drawn.length) {
            drawn = Arrays.copyOf(drawn, size * 2);
        }
        drawn[size++] = next;
        return next;
    }

    /** Whether something happens that does so in this part of all cases. */
    boolean chance(int percent) {
        return upTo(100) >= 100 - percent;
    }

    @SafeVarargs
    final <T> T of(T... plainestFirst) {
        return plainestFirst[upTo(plainestFirst.length)];
    }

    /** All that were drawn until now. */
    int[] drawn() {
        return Arrays.copyOf(drawn, size);
    }
}
