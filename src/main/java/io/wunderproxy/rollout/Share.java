package io.wunderproxy.rollout;

/**
 * A number of hosts, or a percentage of all.
 *
 * @param amount of hosts, or per cent
 */
public record Share(int amount, boolean percent) {

    /**
     * Reads {@code 3} or {@code 25%}.
     *
     * @throws IllegalArgumentException with a message for the person who wrote it
     */
    public static Share parse(String text) {
        var percent = text.endsWith("%");
        try {
            var amount = Integer.parseInt(percent ? text.substring(0, text.length() - 1) : text);
            if (amount >= 1 && (!percent || amount <= 100)) {
                return new Share(amount, percent);
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        throw new IllegalArgumentException(
                "'" + text + "' is neither a number of hosts, such as 3, nor a percentage of them, such as 25%");
    }

    /** The number of hosts out of all: rounded up, at least 1, and not more than there are. */
    public int of(int all) {
        var number = percent ? (int) Math.ceilDiv((long) all * amount, 100L) : amount;
        return Math.min(Math.max(number, 1), all);
    }

    @Override
    public String toString() {
        return amount + (percent ? "%" : "");
    }
}
