package io.wunderproxy.proxy.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestHeaderPlanTest {
    private record Sender(String address, boolean isTrusted) implements RequestHeaderPlan.Sender {
        @Override
        public boolean isProxy(String ip) {
            return ip.startsWith("10.");
        }
    }

    private static RequestHeaderPlan plan(String received, boolean trusted) {
        return new RequestHeaderPlan(
                MapFields.of(received), 11, true, trusted, ReservedHeaders.LISTED, HeaderOptions.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource({
        "Cookie, true, true",
        "Host, true, true",
        "TE, false, false",
        "Keep-Alive, false, false",
        "X-Mine, false, false",
        "X-Forwarded-For, false, true",
        "X-Request-Id, false, true",
        "X-Wunderproxy-Fallback, false, false",
        "X_Under, false, false",
        "Proxy, false, false",
        "'', true, true",
    })
    void what_is_forwarded_of_a_stranger_and_of_a_trusted_proxy(String name, boolean ofAStranger, boolean ofAProxy) {
        assertThat(plan("Connection: x-mine, host", false).passes(name)).isEqualTo(ofAStranger);
        assertThat(plan("Connection: x-mine, host", true).passes(name)).isEqualTo(ofAProxy);
    }

    @ParameterizedTest
    @CsvSource({
        "My-Address, false, true",
        "mY-aDDRESS, false, true",
        "My_Address, false, false",
        "My-Address-Too, true, true",
        "X-Real-IP, false, true",
        "Cookie, true, true",
    })
    void an_operator_reserves_one_more_header_for_trusted_proxies(String name, boolean ofAStranger, boolean ofAProxy) {
        var reserved = ReservedHeaders.with(Optional.of("My-Address"));
        var all = new HeaderOptions(false, true);

        assertThat(new RequestHeaderPlan(MapFields.of(""), 11, true, false, reserved, all).passes(name))
                .isEqualTo(ofAStranger);
        assertThat(new RequestHeaderPlan(MapFields.of(""), 11, true, true, reserved, all).passes(name))
                .isEqualTo(ofAProxy);
        assertThat(RequestTrailers.isForwarded("X-My-Address", ReservedHeaders.with(Optional.of("X-My-Address"))))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        // What came, by which HTTP, whether to HTTP/1.1, whether with a body, and what else is forwarded.
        "'', 11, true, false, ''",
        "'', 11, true, true, transfer-encoding: chunked",
        "Content-Length: 3, 11, true, true, content-length: 3",
        "Content-Length: 3, 11, true, false, ''",
        "Content-Length: 0, 11, true, false, content-length: 0",
        "Connection: Upgrade|Upgrade: websocket, 11, true, false, connection: upgrade|upgrade: websocket",
        "Connection: Upgrade|Upgrade: websocket, 10, true, false, ''",
        "Connection: Upgrade|Upgrade: websocket, 11, false, false, ''",
        "Connection: Upgrade|Upgrade: h2c, 11, true, false, ''",
        "Upgrade: websocket, 11, true, false, ''",
        "'TE: gzip, trailers', 11, true, false, connection: te|te: trailers",
        "TE: trailers, 20, false, false, te: trailers",
        "TE: gzip, 11, true, false, ''",
    })
    void what_the_backend_gets_of_connection_and_body(
            String received, int http, boolean toHttp1, boolean hasBody, String expected) {
        var fields = MapFields.of(received);
        var plan = new RequestHeaderPlan(fields, http, toHttp1, false, ReservedHeaders.LISTED, HeaderOptions.DEFAULT);
        for (var header : Header.values()) {
            if (!plan.passes(header.text())) {
                fields.remove(header);
            }
        }
        plan.frame(fields, hasBody);
        assertThat(fields).hasToString(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, 0, false, ''",
        "HEAD, 0, false, ''",
        "DELETE, 0, false, ''",
        "POST, 0, false, content-length: 0",
        "GET, 3, false, content-length: 3",
        "POST, 3, true, transfer-encoding: chunked",
    })
    void the_frame_of_a_body_that_was_read_whole(String method, long length, boolean trailers, String expected) {
        var fields = MapFields.of("Transfer-Encoding: chunked");
        RequestHeaderPlan.frameWhole(fields, method, length, trailers);
        assertThat(fields).hasToString(expected);
    }

    @Test
    void the_mark_of_a_peer_is_read_unless_it_is_for_this_hop_alone() {
        assertThat(plan("X-Wunderproxy-Fallback: i-1", false).mark()).isEqualTo("i-1");
        assertThat(plan("X-Wunderproxy-Fallback: i-1|Connection: x-wunderproxy-fallback", false)
                        .mark())
                .isNull();
    }

    @Test
    void a_stranger_is_described_by_what_is_seen_of_it() {
        var fields = MapFields.of("Host: shop:81");
        var id = RequestHeaderPlan.addClient(
                fields, new Sender("192.0.2.1", false), false, new RequestIds(1), 7, HeaderOptions.DEFAULT);
        assertThat(id).hasSize(32);
        assertThat(fields)
                .hasToString("host: shop:81|X-Forwarded-For: 192.0.2.1|X-Forwarded-Host: shop:81|X-Forwarded-Port: 81"
                        + "|X-Forwarded-Proto: http|X-Real-IP: 192.0.2.1|X-Request-Id: " + id
                        + "|X-Request-Start: t=7");
    }

    @Test
    void a_trusted_proxy_is_believed_what_it_says() {
        var said = "host: inner|X-Forwarded-For: 192.0.2.1|X-Forwarded-Host: shop|X-Forwarded-Port: 444"
                + "|X-Forwarded-Proto: https|X-Request-Id: mine|X-Request-Start: t=3";
        var fields = MapFields.of(said);
        var id = RequestHeaderPlan.addClient(
                fields, new Sender("10.0.0.9", true), false, new RequestIds(1), 7, HeaderOptions.DEFAULT);
        assertThat(id).isEqualTo("mine");
        assertThat(fields)
                .hasToString(said.replace("192.0.2.1", "192.0.2.1, 10.0.0.9")
                        .replace("|X-Request-Id", "|X-Real-IP: 192.0.2.1|X-Request-Id"));
    }

    @Test
    void forwarded_is_said_when_asked_for() {
        var fields = MapFields.of("Host: a");
        RequestHeaderPlan.addClient(
                fields, new Sender("192.0.2.1", false), true, new RequestIds(1), 7, new HeaderOptions(true, false));
        assertThat(fields.get(Header.FORWARDED)).isEqualTo("for=192.0.2.1;host=\"a\";proto=https");
    }
}
