package io.wunderproxy.manager;

import io.wunderproxy.deployment.DeploymentException;
import jakarta.ws.rs.core.Cookie;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A call of a resource without a server: its headers, and its response as a client would get it. */
record Call(MultivaluedMap<String, String> headers) implements HttpHeaders {

    static Call plain() {
        return new Call(new MultivaluedHashMap<>());
    }

    static Call acceptingJson() {
        return plain().with("Accept", "application/json");
    }

    Call with(String name, String value) {
        var more = new MultivaluedHashMap<>(headers);
        more.putSingle(name, value);
        return new Call(more);
    }

    static byte[] body(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** What a resource does. */
    interface Work {
        Response run() throws Exception;
    }

    /** The response, also to what went wrong. */
    Response response(Work work) {
        var errors = new ErrorMapper();
        try {
            return work.run();
        } catch (DeploymentException e) {
            return errors.deployment(e, this);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public String getHeaderString(String name) {
        return headers.getFirst(name);
    }

    @Override
    public List<String> getRequestHeader(String name) {
        return headers.get(name);
    }

    @Override
    public MultivaluedMap<String, String> getRequestHeaders() {
        return headers;
    }

    @Override
    public List<MediaType> getAcceptableMediaTypes() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Locale> getAcceptableLanguages() {
        throw new UnsupportedOperationException();
    }

    @Override
    public MediaType getMediaType() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Locale getLanguage() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Map<String, Cookie> getCookies() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Date getDate() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int getLength() {
        throw new UnsupportedOperationException();
    }
}
