package io.wunderproxy.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineWordsTest {

    @Test
    void only_what_the_engine_says_is_reported_in_one_line() {
        assertThat(EngineWords.of("Status 404: {\"message\":\"no such\\n  image\"}\n"))
                .isEqualTo("no such image");
        assertThat(EngineWords.of("Status 500: {\"cause\":\"x\",\"message\":\"a {b}\",\"response\":500}"))
                .isEqualTo("a {b}");
        assertThat(EngineWords.of("Status 502: <html>\n<body>Bad Gateway"))
                .isEqualTo("Status 502: <html> <body>Bad Gateway");
        assertThat(EngineWords.of("template {name} is broken")).isEqualTo("template {name} is broken");
        assertThat(EngineWords.of(new IOException())).isEqualTo("IOException");
    }

    @Test
    void a_refusal_without_words_has_its_status() {
        var nothing = JsonNodeFactory.instance.objectNode();

        assertThat(EngineWords.of(503, nothing)).isEqualTo("status 503");
        assertThat(EngineWords.of(503, nothing.put("message", "try\nlater"))).isEqualTo("try later");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bind for 0.0.0.0:80 failed: port is already allocated",
                "rootlessport listen tcp 0.0.0.0:8080: bind: Address already in use"
            })
    void a_port_that_somebody_has_is_known_of_docker_and_of_podman(String words) {
        assertThat(EngineWords.isPortTaken(new DockerException(words, 500))).isTrue();
    }

    @Test
    void another_failure_to_start_is_not_a_taken_port() {
        assertThat(EngineWords.isPortTaken(new DockerException("no such network", 500)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Status 404: {\"message\":\"No such container: blue\"}",
                "Status 404: {\"message\":\"No such image: shop:1\"}",
                "Status 404: {\"cause\":\"no such container\",\"message\":\"no container with name or ID: no such container\"}",
                "Status 404: {\"message\":\"shop:1: image not known\"}"
            })
    void what_is_gone_is_known_of_docker_and_of_podman(String words) {
        assertThatCode(() -> EngineWords.requireGone(new NotFoundException(words)))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Status 404: {\"message\":\"page not found\"}", "Status 404: <h1>Not Found</h1>"})
    void nothing_is_gone_because_somebody_else_says_404(String words) {
        var refusal = new NotFoundException(words);

        assertThatThrownBy(() -> EngineWords.requireGone(refusal)).isSameAs(refusal);
    }
}
