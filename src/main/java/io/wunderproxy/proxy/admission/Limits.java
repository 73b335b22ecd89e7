package io.wunderproxy.proxy.admission;

/**
 * The limits that all event loops share.
 *
 * @param memory for bodies and responses that wait
 * @param disk for their temporary files
 */
public record Limits(Admission connections, Admission requests, Budget memory, Budget disk) {

    public static Limits of(CapacityOptions capacity) {
        return new Limits(
                new Admission(capacity.connections()),
                new Admission(capacity.requests()),
                new Budget(capacity.memory()),
                new Budget(capacity.disk()));
    }
}
