package io.wunderproxy.registry.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.store.StoreException;

/** A request that gets an error of the distribution specification. The message is for the person who pulls. */
final class RegistryError extends Exception {

    private static final int LONGEST_LINE = 500;

    private final int status;
    private final String code;

    private RegistryError(int status, String code, String message) {
        super(message);
        this.status = status;
        this.code = code;
    }

    static RegistryError nameInvalid() {
        return new RegistryError(400, "NAME_INVALID", "this is no name of a repository");
    }

    static RegistryError nameUnknown(String message) {
        return new RegistryError(404, "NAME_UNKNOWN", message);
    }

    static RegistryError manifestUnknown(String message) {
        return new RegistryError(404, "MANIFEST_UNKNOWN", message);
    }

    static RegistryError blobUnknown(String message) {
        return new RegistryError(404, "BLOB_UNKNOWN", message);
    }

    static RegistryError digestInvalid() {
        return new RegistryError(400, "DIGEST_INVALID", "this is no digest like sha256:<64 hexadecimal digits>");
    }

    static RegistryError numberInvalid() {
        return new RegistryError(400, "PAGINATION_NUMBER_INVALID", "n must be a number from 0 on");
    }

    /** An object in the store is damaged. */
    static RegistryError damaged(String message) {
        return new RegistryError(500, "UNKNOWN", message);
    }

    static RegistryError unavailable(String message) {
        return new RegistryError(503, "UNAVAILABLE", message);
    }

    static RegistryError unavailable(StoreException e) {
        return unavailable("the store of the images can't be used now: " + e.getMessage());
    }

    static RegistryError notFound() {
        return new RegistryError(404, "UNSUPPORTED", "there is nothing here; images are below /v2/");
    }

    static RegistryError readOnly() {
        return new RegistryError(
                405,
                "UNSUPPORTED",
                "this registry is read-only; 'wunderproxy image push' writes an image to its bucket");
    }

    int status() {
        return status;
    }

    /** In place of the usual words for the status. */
    String statusMessage() {
        var line = getMessage().replaceAll("[^ -~]", "?");
        return line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) + "..." : line;
    }

    String toJson() {
        var body = JsonNodeFactory.instance.objectNode();
        body.putArray("errors").addObject().put("code", code).put("message", getMessage());
        return body.toString();
    }
}
