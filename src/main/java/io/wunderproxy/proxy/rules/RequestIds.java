package io.wunderproxy.proxy.rules;

import java.util.SplittableRandom;

/** Makes values for {@code X-Request-Id}: 128 random bits as 32 hexadecimal digits. For one thread. */
public final class RequestIds {
    /** Characters of an id. */
    public static final int LENGTH = 32;

    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private final SplittableRandom random;
    private final byte[] digits = new byte[LENGTH];

    public RequestIds(long seed) {
        random = new SplittableRandom(seed);
    }

    @SuppressWarnings("deprecation") // the only constructor that makes a string of ASCII bytes without decoding them
    public String next() {
        write(digits);
        return new String(digits, 0, 0, digits.length);
    }

    /** Writes the next id into an array of {@link #LENGTH} bytes. */
    public void write(byte[] to) {
        write(random.nextLong(), to, 0);
        write(random.nextLong(), to, LENGTH / 2);
    }

    private static void write(long bits, byte[] to, int start) {
        for (var i = 0; i < LENGTH / 2; i++) {
            to[start + i] = (byte) DIGITS[(int) (bits >>> (60 - 4 * i)) & 15];
        }
    }
}
