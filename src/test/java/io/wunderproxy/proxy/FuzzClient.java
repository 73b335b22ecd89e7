package io.wunderproxy.proxy;

import java.util.List;

/** A client connection of the fuzzer. */
interface FuzzClient {
    /** What a client has got in response to one request. */
    record Outcome(
            FuzzRequest request,
            int status,
            List<StrictReader.Field> fields,
            byte[] body,
            boolean complete,
            boolean toEnd) {
        /** The value of the only field of this name; null if there is none. */
        String field(String name) {
            return fields.stream()
                    .filter(field -> field.name().equalsIgnoreCase(name))
                    .map(StrictReader.Field::value)
                    .findFirst()
                    .orElse(null);
        }
    }

    /** Whether {@link #act} can do anything now. */
    boolean canAct();

    /** Does the next thing. */
    void act();

    /** Takes what has come; whether anything has. */
    boolean pump();

    /** What is wrong with what has come, as HTTP; null if nothing is. */
    String problem();

    List<FuzzRequest> requests();

    /** What has come, as far as it has; for HTTP/1.1 in order, and with null where the request is not known. */
    List<Outcome> outcomes();

    /** Whether it went away by itself. */
    boolean hasGivenUp();

    /** Whether the proxy owes this request an end that can be seen. */
    boolean isOwed(FuzzRequest request);

    FuzzSocket socket();

    /** What came behind a switch of protocols. */
    byte[] after();
}
