package io.wunderproxy.proxy.rules;

import java.util.SplittableRandom;

/** Makes values for {@code X-Request-Id}: 128 random bits as 32 hexadecimal digits. For one thread. */
public final class RequestIds {
    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private final SplittableRandom random;
    private final byte[] digits = new byte[32];

    public RequestIds(long seed) {
        random = new SplittableRandom(seed);
    }

    @SuppressWarnings("deprecation") // the only constructor that makes a string of ASCII bytes without decoding them
    public String next() {
        write(random.nextLong(), 0);
        write(random.nextLong(), 16);
        return new String(digits, 0, 0, digits.length);
    }

    private void write(long bits, int start) {
        for (var i = 0; i < 16; i++) {
            digits[start + i] = (byte) DIGITS[(int) (bits >>> (60 - 4 * i)) & 15];
        }
    }
}
