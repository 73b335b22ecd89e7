package io.wunderproxy.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.wunderproxy.api.IdentityProof;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The token is shown where it is needed, and to nobody who has not proved to be the member that is meant. */
class ManagerTokenTest {

    private static final String TOKEN = "a-token-of-the-fleet-0123456789";

    private final List<String> shown = new CopyOnWriteArrayList<>();
    private final List<ManagerAddress> warnings = new CopyOnWriteArrayList<>();
    private HttpServer server;

    /** @param identity the response to a challenge; null: there is no such call */
    private ManagerAddress listen(UnaryOperator<String> identity) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            var authorization = exchange.getRequestHeaders().getFirst("Authorization");
            var path = exchange.getRequestURI().getPath();
            if (authorization != null) {
                shown.add(path + " " + authorization);
            }
            var isChallenge = path.equals("/identity");
            var found = !isChallenge || identity != null;
            var body = isChallenge && found
                    ? identity.apply(exchange.getRequestURI().getQuery().replace("challenge=", ""))
                    : "{}";
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(found ? 200 : 404, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        return ManagerAddress.parse("127.0.0.1:" + server.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private ManagerClient manager(ManagerAddress address, Optional<ExpectedMember> member) {
        return new ManagerClient(
                address,
                new Credential(Optional.of(TOKEN), member, warnings::add),
                null,
                Duration.ofSeconds(10),
                Dialer.DIRECT);
    }

    private static ExpectedMember member(String id, ManagerAddress address) {
        return new ExpectedMember(id, address.toString());
    }

    private static String identity(String member, String manager, String proof) {
        return "{\"Member\":\"" + member + "\",\"Manager\":\"" + manager + "\",\"Proof\":\"" + proof + "\"}";
    }

    @Test
    void calls_that_only_look_show_none() throws Exception {
        var address = listen(null);
        try (var manager = manager(address, Optional.empty())) {
            manager.status();
            manager.get("/deployments/abc", ManagerClient.Form.JSON);
            manager.stream("/events", java.util.Map.of(), body -> {});
        }
        assertThat(shown).isEmpty();
    }

    @Test
    void calls_that_change_something_and_logs_show_it_at_an_address_of_the_users() throws Exception {
        var address = listen(null);
        try (var manager = manager(address, Optional.empty())) {
            manager.post("/launch", "abc", ManagerClient.Form.TEXT);
            manager.delete("/deployments/abc", ManagerClient.Form.TEXT);
            manager.get("/deployments/abc/logs?tail=1", ManagerClient.Form.TEXT);
        }
        assertThat(shown)
                .containsExactly(
                        "/launch Bearer " + TOKEN,
                        "/deployments/abc Bearer " + TOKEN,
                        "/deployments/abc/logs Bearer " + TOKEN);
        assertThat(warnings).isEmpty();
    }

    @Test
    void a_member_that_proves_to_be_the_one_gets_it() throws Exception {
        var own = new ManagerAddress[1];
        own[0] = listen(challenge ->
                identity("web1", own[0].toString(), IdentityProof.of(TOKEN, challenge, "web1", own[0].toString())));
        try (var manager = manager(own[0], Optional.of(member("web1", own[0])))) {
            manager.post("/launch", "abc", ManagerClient.Form.TEXT);
        }
        assertThat(shown).containsExactly("/launch Bearer " + TOKEN);
    }

    @Test
    void who_has_the_address_of_a_member_that_is_gone_does_not_get_it() throws Exception {
        var address = listen(challenge -> identity("web1", "", "0".repeat(64)));
        isNotSent(address);
    }

    @Test
    void the_proof_of_another_member_is_none() throws Exception {
        var elsewhere = "http://10.0.0.8:8001";
        var address =
                listen(challenge -> identity("web2", elsewhere, IdentityProof.of(TOKEN, challenge, "web2", elsewhere)));
        isNotSent(address);
    }

    @Test
    void the_proof_of_the_member_at_its_new_address_is_none_at_its_old_one() throws Exception {
        var elsewhere = "http://10.0.0.8:8001";
        var address =
                listen(challenge -> identity("web1", elsewhere, IdentityProof.of(TOKEN, challenge, "web1", elsewhere)));
        isNotSent(address);
    }

    @Test
    void who_can_prove_nothing_does_not_get_it() throws Exception {
        isNotSent(listen(null));
    }

    @Test
    void who_asks_for_no_token_does_not_get_it() throws Exception {
        var address = listen(challenge -> "{\"Member\":\"web1\",\"Manager\":\"\",\"Proof\":null}");
        try (var manager = manager(address, Optional.of(member("web1", address)))) {
            manager.post("/launch", "abc", ManagerClient.Form.TEXT);
        }
        assertThat(shown).isEmpty();
    }

    private void isNotSent(ManagerAddress address) {
        try (var manager = manager(address, Optional.of(member("web1", address)))) {
            assertThatThrownBy(() -> manager.post("/launch", "abc", ManagerClient.Form.TEXT))
                    .isInstanceOf(ManagerException.class)
                    .hasMessageContaining("the token is not sent to " + address)
                    .hasMessageContaining("web1");
        }
        assertThat(shown).isEmpty();
    }

    @Test
    void whether_a_token_is_right_is_found_out_without_showing_it() throws Exception {
        var address = listen(challenge -> identity("", "", IdentityProof.of(TOKEN, challenge, "", "")));
        try (var manager = manager(address, Optional.empty())) {
            assertThat(manager.acceptance()).isEqualTo(ManagerClient.Acceptance.ACCEPTED);
        }
        server.stop(0);
        var other = listen(challenge -> identity("", "", IdentityProof.of("another", challenge, "", "")));
        try (var manager = manager(other, Optional.empty())) {
            assertThat(manager.acceptance()).isEqualTo(ManagerClient.Acceptance.REFUSED);
            assertThatThrownBy(manager::checkToken).hasMessageContaining("does not accept this token");
        }
        assertThat(shown).isEmpty();
    }
}
