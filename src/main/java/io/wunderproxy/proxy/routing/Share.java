package io.wunderproxy.proxy.routing;

/**
 * A backend that gets some of an application's requests.
 *
 * @param weight how many it gets, in proportion to the weights of the others
 */
public record Share(Backend backend, int weight) {

    /** @throws IllegalArgumentException if the weight is not positive */
    public Share {
        if (weight < 1) {
            throw new IllegalArgumentException("a share needs a weight of at least 1");
        }
    }
}
