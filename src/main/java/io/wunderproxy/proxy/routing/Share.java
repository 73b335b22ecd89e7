package io.wunderproxy.proxy.routing;

/**
 * A backend that gets some of an application's requests.
 *
 * @param weight how many it gets, in proportion to the weights of the others
 */
public record Share(Backend backend, int weight) {

    private static final int MOST = 10_000;

    /** @throws IllegalArgumentException if the weight is not between 1 and 10,000 */
    public Share {
        if (weight < 1 || weight > MOST) {
            throw new IllegalArgumentException("a share needs a weight between 1 and " + MOST);
        }
    }
}
