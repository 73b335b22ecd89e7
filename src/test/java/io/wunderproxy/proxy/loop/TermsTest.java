package io.wunderproxy.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.wunderproxy.options.Bounds;
import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.TestOptions;
import io.wunderproxy.proxy.body.BodyOptions;
import io.wunderproxy.proxy.rules.Coding;
import io.wunderproxy.proxy.rules.ProxySettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TermsTest {
    private static final ProxyOptions AGENT = new TestOptions().build();

    private static ProxySettings settings(Duration time, long size, boolean on, List<Coding> codings) {
        return new ProxySettings(
                Optional.of(time),
                Optional.of(time),
                Optional.of(time),
                Optional.of(size),
                Optional.of(on),
                Optional.of(on),
                Optional.of(codings),
                Map.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void without_settings_they_are_the_options_of_the_agent() {
        var terms = Terms.of(AGENT, ProxySettings.NONE);

        assertThat(terms.bodies()).isEqualTo(AGENT.application().bodies());
        assertThat(terms.backend()).isEqualTo(AGENT.application().backend());
        assertThat(terms.compression()).isEqualTo(AGENT.application().compression());
        assertThat(terms.bodyTimeout()).isEqualTo(AGENT.listener().timeouts().body());
        assertThat(terms.isPlain()).isTrue();
    }

    @Test
    void whatever_settings_may_say_the_options_allow() {
        assertThatCode(() -> {
                    Terms.of(AGENT, settings(Duration.ofMillis(1), 0, false, List.of()));
                    Terms.of(AGENT, settings(Bounds.LONGEST, Long.MAX_VALUE, true, List.of(Coding.values())));
                })
                .doesNotThrowAnyException();
    }

    @Test
    void only_what_is_forwarded_as_it_comes_is_plain() {
        assertThat(Terms.of(AGENT, settings(Duration.ofSeconds(1), 1, true, List.of()))
                        .isPlain())
                .isTrue();
        assertThat(Terms.of(AGENT, settings(Duration.ofSeconds(1), 1, false, List.of()))
                        .isPlain())
                .isFalse();
        assertThat(Terms.of(AGENT, settings(Duration.ofSeconds(1), 1, true, List.of(Coding.GZIP)))
                        .isPlain())
                .isFalse();
    }

    @Test
    void buffering_of_responses_that_is_on_has_a_limit_where_the_agent_has_none() {
        var off = new TestOptions().responseDisk(0).build();

        assertThat(Terms.of(off, settings(Duration.ofSeconds(1), 1, true, List.of()))
                        .bodies()
                        .responseDisk())
                .isEqualTo(BodyOptions.DEFAULT.responseDisk());
        assertThat(Terms.of(AGENT, settings(Duration.ofSeconds(1), 1, false, List.of()))
                        .bodies()
                        .responseDisk())
                .isZero();
    }
}
