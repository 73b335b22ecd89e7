package io.wunderproxy.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Docker's configuration says about a registry's credentials. */
class RegistryCredentialsTest {
    private static final String IMAGE = "registry.example:5000/shop:1";
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @Test
    void are_read_anew_each_time() throws Exception {
        assertThat(read().login()).isEmpty();
        config("{'auths': {'registry.example:5000': {'auth': '" + auth("ann:first") + "'}}}");
        assertThat(read().login().orElseThrow().getPassword()).isEqualTo("first");

        config("{'auths': {'https://registry.example:5000/v2/': {'auth': '" + auth("ann:se:cond") + "'}}}");
        assertThat(read().login().orElseThrow().getPassword()).isEqualTo("se:cond");

        config("{'auths': {'other.example': {'auth': '" + auth("ann:third") + "'}}}");
        assertThat(read().login()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "shop:1, https://index.docker.io/v1/",
        "team/shop, https://index.docker.io/v1/",
        "docker.io/team/shop, https://index.docker.io/v1/",
        "localhost/shop, localhost",
        "localhost:8080/shop:1, localhost:8080",
        "registry.example/team/shop@sha256:0, registry.example",
    })
    void are_those_of_the_registry_that_the_image_names(String image, String server) {
        assertThat(RegistryCredentials.server(image)).isEqualTo(server);
    }

    @Test
    void come_from_the_helper_that_is_named_for_the_registry() throws Exception {
        config("{'credHelpers': {'registry.example:5000': 'mine'}, 'credsStore': 'none'}");
        helper("mine", """
                read -r server
                [ "$1" = get ] && printf '{"ServerURL":"%s","Username":"for %s","Secret":"hunter22"}' "$server" "$server"
                """);

        var login = read().login().orElseThrow();

        assertThat(login.getUsername()).isEqualTo("for registry.example:5000");
        assertThat(login.getPassword()).isEqualTo("hunter22");
    }

    @Test
    void of_all_others_come_from_the_store() throws Exception {
        config("{'credHelpers': {'other.example': 'none'}, 'credsStore': 'mine'}");
        helper("mine", "printf '{\"Username\":\"<token>\",\"Secret\":\"hunter22\"}'");

        assertThat(read().login().orElseThrow().getIdentitytoken()).isEqualTo("hunter22");
    }

    @Test
    void that_a_helper_does_not_have_are_looked_for_in_the_file() throws Exception {
        config("{'credsStore': 'mine', 'auths': {'registry.example:5000': {'auth': '" + auth("ann:first") + "'}}}");
        helper("mine", "echo 'credentials not found in native keychain'; exit 1");

        var found = read();

        assertThat(found.problem()).isEmpty();
        assertThat(found.login().orElseThrow().getPassword()).isEqualTo("first");
    }

    @Test
    void that_a_helper_refuses_are_a_problem_in_its_words() throws Exception {
        config("{'credsStore': 'mine'}");
        helper("mine", "echo 'the session has expired'; exit 1");

        assertThat(read().login()).isEmpty();
        assertThat(read().problem()).hasValueSatisfying(problem -> assertThat(problem)
                .startsWith("the credential helper ")
                .endsWith("docker-credential-mine failed: the session has expired"));
    }

    @Test
    void are_never_shown_whatever_a_helper_writes() throws Exception {
        config("{'credsStore': 'mine'}");
        for (var script : new String[] {
            "printf '{\"Secret\":\"hunter22\"'", "printf '{\"Secret\":\"hunter22\"}'; exit 1", "printf 'hunter22'"
        }) {
            helper("mine", script);
            assertThat(read().problem())
                    .hasValueSatisfying(problem -> assertThat(problem).doesNotContain("hunter22"));
        }
    }

    @Test
    void are_not_waited_for_without_end() throws Exception {
        config("{'credsStore': 'mine'}");
        helper("mine", "exec sleep 600");

        var found = RegistryCredentials.of(IMAGE, directory, helpers(), Duration.ofMillis(300));

        assertThat(found.login()).isEmpty();
        assertThat(found.problem())
                .hasValueSatisfying(problem -> assertThat(problem).contains("did not end within"));
    }

    @Test
    void that_cannot_be_read_are_a_problem_and_no_failure() throws Exception {
        Files.writeString(directory.resolve("config.json"), "{'auths': hunter22");
        assertThat(read().problem())
                .hasValueSatisfying(problem ->
                        assertThat(problem).contains("is no valid JSON").doesNotContain("hunter22"));

        config("{'credsStore': '../../bin/sh'}");
        assertThat(read().problem())
                .hasValueSatisfying(problem -> assertThat(problem).contains("can't be one"));

        config("{'credsStore': 'missing'}");
        assertThat(read().problem())
                .hasValueSatisfying(problem -> assertThat(problem).contains("can't be started"));
    }

    @Test
    void are_in_the_directory_that_docker_uses() {
        assertThat(RegistryCredentials.directory(Map.of("DOCKER_CONFIG", "/some/where")))
                .isEqualTo(Path.of("/some/where"));
        assertThat(RegistryCredentials.directory(Map.of()).getFileName()).hasToString(".docker");
    }

    private RegistryCredentials read() throws InterruptedException {
        return read(IMAGE);
    }

    private RegistryCredentials read(String image) throws InterruptedException {
        return RegistryCredentials.of(image, directory, helpers(), LONG);
    }

    private String helpers() {
        return directory.resolve("docker-credential-").toString();
    }

    private void config(String json) throws IOException {
        Files.writeString(directory.resolve("config.json"), json.replace('\'', '"'));
    }

    private void helper(String name, String script) throws IOException {
        var file = directory.resolve("docker-credential-" + name);
        Files.writeString(file, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private static String auth(String login) {
        return Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:8080/shop:1", "127.0.0.1:5000/shop:1", "localhost/shop"})
    void of_the_registry_of_this_host_are_asked_for_only_if_somebody_has_logged_in_there(String image)
            throws Exception {
        helper("mine", "printf '{\"Username\":\"ann\",\"Secret\":\"hunter22\"}'");

        config("{'credsStore': 'mine'}");
        assertThat(read(image).login()).isEmpty();

        config("{'credsStore': 'mine', 'auths': {'" + RegistryCredentials.server(image) + "': {}}}");
        assertThat(read(image).login()).isPresent();
    }
}
