package io.wunderproxy.proxy.lean;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.rules.Header;
import io.wunderproxy.proxy.rules.ReservedHeaders;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NameRulesTest {
    private static final List<String> NAMES = List.of(
            "Host",
            "host",
            "HOST",
            "Connection",
            "Keep-Alive",
            "Expect",
            "X-Forwarded-For",
            "x_forwarded_for",
            "Accept",
            "Cookie",
            "TE");

    private final NameRules rules = new NameRules(ReservedHeaders.LISTED, false);

    private static int verdict(NameRules rules, String name, int hash) {
        var bytes = ("  " + name + ": ").getBytes(US_ASCII);
        return rules.verdict(bytes, 2, 2 + name.length(), hash);
    }

    @ParameterizedTest
    @CsvSource({
        "Accept, false, false",
        "Cookie, false, false",
        "Host, true, false",
        "Expect, true, false",
        "X-Forwarded-For, true, false",
        "x_forwarded_for, true, false",
        "Content-Length, true, true",
        "Transfer-Encoding, true, true",
        "Keep-Alive, true, true",
        "Date, false, false",
    })
    void there_is_little_to_decide(String name, boolean ofRequest, boolean ofResponse) {
        var verdict = verdict(rules, name, name.hashCode());
        assertThat((verdict & NameRules.DECIDES_REQUEST) != 0).isEqualTo(ofRequest);
        assertThat((verdict & NameRules.DECIDES_RESPONSE) != 0).isEqualTo(ofResponse);
    }

    @Test
    void a_known_header_has_its_number() {
        assertThat(verdict(rules, "hOST", 1) & NameRules.NUMBER).isEqualTo(Header.HOST.ordinal() + 1);
        assertThat(verdict(rules, "Hos", 1) & NameRules.NUMBER).isZero();
    }

    @Test
    void names_that_share_a_place_are_not_taken_for_each_other() {
        var random = new Random(1);
        for (var i = 0; i < 1000; i++) {
            var name = NAMES.get(random.nextInt(NAMES.size()));
            assertThat(verdict(rules, name, 7))
                    .as(name)
                    .isEqualTo(verdict(new NameRules(ReservedHeaders.LISTED, false), name, 7));
        }
    }

    @Test
    void a_name_that_is_too_long_to_be_kept_has_its_verdict() {
        var name = "X-Forwarded-" + "a".repeat(200);
        assertThat(verdict(rules, name, 7) & NameRules.RESERVED).isNotZero();
        assertThat(verdict(rules, name, 7) & NameRules.RESERVED).isNotZero();
    }

    @Test
    void underscores_pass_where_that_is_wanted() {
        assertThat(verdict(rules, "a_b", 7) & NameRules.RESERVED).isNotZero();
        assertThat(verdict(new NameRules(ReservedHeaders.LISTED, true), "a_b", 7) & NameRules.RESERVED)
                .isZero();
    }
}
