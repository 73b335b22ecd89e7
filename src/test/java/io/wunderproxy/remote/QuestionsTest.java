package io.wunderproxy.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuestionsTest {
    private final List<String> seen = new ArrayList<>();
    private Optional<char[]> typed = Optional.of("secret".toCharArray());
    private final Questions questions = new Questions((question, again) -> {
        seen.add(question + (again ? " (again)" : ""));
        return typed;
    });

    @Test
    void a_password_is_asked_for_three_times() {
        for (var attempt = 0; attempt < 3; attempt++) {
            assertThat(questions.promptPassword("Password")).isTrue();
            assertThat(questions.getPassword()).isEqualTo("secret");
        }

        assertThat(questions.promptPassword("Password")).isFalse();
        assertThat(seen).containsExactly("Password", "Password (again)", "Password (again)");
        assertThat(questions.asked()).containsExactly("a password");
    }

    @Test
    void a_host_that_asks_questions_gets_all_responses_and_asks_three_times() {
        for (var attempt = 0; attempt < 3; attempt++) {
            assertThat(questions.promptKeyboardInteractive(
                            "ops@shop1", "", "", new String[] {"Password: ", "Code:"}, new boolean[2]))
                    .containsExactly("secret", "secret");
        }

        assertThat(questions.promptKeyboardInteractive("ops@shop1", "", "", new String[] {"Code:"}, new boolean[1]))
                .isNull();
        assertThat(seen)
                .startsWith("ops@shop1: Password", "ops@shop1: Code", "ops@shop1: Password (again)")
                .hasSize(6);
    }

    @Test
    void that_nobody_could_be_asked_is_reported_as_such() {
        typed = Optional.empty();

        assertThat(questions.promptPassword("Password")).isFalse();
        assertThat(questions.promptPassphrase("Passphrase")).isFalse();
        assertThat(questions.promptKeyboardInteractive("shop1", "", "", new String[] {"Code:"}, new boolean[1]))
                .isNull();
        assertThat(questions.asked()).containsExactly("no a password was given", "no a passphrase was given");
    }

    @Test
    void no_question_makes_a_host_trusted() {
        assertThat(questions.promptYesNo("The authenticity of host can't be established"))
                .isFalse();
        assertThat(seen).isEmpty();
    }
}
