package io.wunderproxy.health;

/** Text from outside, on one line. */
final class OneLine {

    private OneLine() {}

    static String of(String text) {
        return text.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
    }
}
