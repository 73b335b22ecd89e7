package io.wunderproxy.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a browser sends for a page of another site is refused; what programs send is not. */
class RequestSiteTest {

    private static boolean isTaken(RequestSite site, String method, String host, Map<String, String> headers) {
        return site.problem(method, host, headers::get).isEmpty();
    }

    private static boolean isTaken(String method, Map<String, String> headers) {
        return isTaken(new RequestSite(List.of()), method, "shop1:8001", headers);
    }

    @Test
    void programs_say_nothing_about_a_site() {
        assertThat(isTaken("GET", Map.of())).isTrue();
        assertThat(isTaken("POST", Map.of())).isTrue();
        assertThat(isTaken(new RequestSite(List.of()), "POST", null, Map.of())).isTrue();
    }

    @Test
    void the_managers_own_page_is_let_in() {
        assertThat(isTaken("POST", Map.of("Origin", "http://shop1:8001", "Sec-Fetch-Site", "same-origin")))
                .isTrue();
        assertThat(isTaken("POST", Map.of("Origin", "https://SHOP1:8001"))).isTrue();
        assertThat(isTaken("GET", Map.of("Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate")))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://elsewhere.example", "null", "http://shop1", "http://shop1:8002", "shop1:8001", ""})
    void an_origin_of_another_site_is_refused_for_every_method(String origin) {
        for (var method : List.of("GET", "HEAD", "OPTIONS", "POST", "DELETE")) {
            assertThat(isTaken(method, Map.of("Origin", origin))).as(method).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-site", "same-site", "something new"})
    void a_fetch_for_another_site_is_refused_without_an_origin_too(String site) {
        for (var mode : List.of("no-cors", "cors", "websocket")) {
            assertThat(isTaken("GET", Map.of("Sec-Fetch-Site", site, "Sec-Fetch-Mode", mode)))
                    .as(mode)
                    .isFalse();
        }
        assertThat(isTaken(
                        "GET",
                        Map.of("Sec-Fetch-Site", site, "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe")))
                .isFalse();
        assertThat(isTaken(
                        "POST",
                        Map.of("Sec-Fetch-Site", site, "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")))
                .isFalse();
    }

    @Test
    void a_link_to_the_page_may_stand_anywhere() {
        assertThat(isTaken(
                        "GET",
                        Map.of(
                                "Sec-Fetch-Site",
                                "cross-site",
                                "Sec-Fetch-Mode",
                                "navigate",
                                "Sec-Fetch-Dest",
                                "document")))
                .isTrue();
    }

    @Test
    void a_host_is_looked_at_only_if_the_managers_names_are_known() {
        var named = new RequestSite(List.of("Manager.example"));
        for (var own : List.of(
                "manager.example", "manager.example:8001", "127.0.0.1:8001", "[::1]:8001", "LOCALHOST", "10.0.0.7")) {
            assertThat(isTaken(named, "GET", own, Map.of())).as(own).isTrue();
        }
        for (var other : List.of("evil.example:8001", "manager.example.evil.example", "127.0.0.1.evil.example", "")) {
            assertThat(isTaken(named, "GET", other, Map.of("Origin", "http://" + other)))
                    .as(other)
                    .isFalse();
            assertThat(isTaken(named, "POST", other, Map.of())).as(other).isFalse();
        }
        assertThat(isTaken("GET", Map.of())).isTrue();
    }

    @Test
    void a_proxy_in_front_may_serve_the_page_under_a_name_of_the_manager() {
        var named = new RequestSite(List.of("manager.example"));

        assertThat(isTaken(named, "POST", "10.0.0.7:8001", Map.of("Origin", "https://manager.example")))
                .isTrue();
    }
}
