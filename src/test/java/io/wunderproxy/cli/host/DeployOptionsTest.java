package io.wunderproxy.cli.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.wunderproxy.CommandRunner;
import io.wunderproxy.CommandRunner.Result;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a new configuration is made of, as a dry run shows it: no host is asked. */
class DeployOptionsTest {

    private static final byte[] CURRENT = """
            {"ContainerConfig": {"Image": "localhost:8080/shop:r1", "Env": ["WORKERS=2", "DEBUG=1"]},
             "HealthCheckPath": "up", "Revision": "r1", "ForceReload": true}
            """.getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    private CommandRunner commands;

    @BeforeEach
    void something_is_promoted() throws Exception {
        Files.createDirectories(directory.resolve("store/shop"));
        commands = new CommandRunner(directory)
                .with("WUNDERPROXY_S3BUCKET", "file:" + directory + "/store")
                .with("WUNDERPROXY_S3PREFIX", "shop")
                .with("WUNDERPROXY_HOST", "127.0.0.1:1");
        var config = LaunchConfig.parse(ConfigHash.sha256(CURRENT), CURRENT);
        var store = LaunchConfigStore.open("file:" + directory + "/store", "shop");
        store.put(config);
        var promotions = store.promotions(Clock.systemUTC());
        promotions.promote(promotions.read(), config, "ann");
    }

    private Result dryRun(String... words) {
        var all = new String[words.length + 1];
        all[0] = "--dry-run";
        System.arraycopy(words, 0, all, 1, words.length);
        return commands.runWords("deploy", all);
    }

    /** What a field becomes; empty if it stays or goes. */
    private static String after(Result result, String path) {
        assertThat(result.exitCode()).as(result.err()).isZero();
        for (JsonNode change : result.json()) {
            if (change.path("Path").asText().equals(path)) {
                return change.path("After").asText();
            }
        }
        return "";
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content);
    }

    // ---- the image and what the revision is called ----

    @ParameterizedTest
    @CsvSource({
        "r2, localhost:8080/shop:r2, r2",
        "registry.example/shop:r3, registry.example/shop:r3, r3",
        "other:r4, other:r4, r4",
        "team/shop, team/shop, shop",
    })
    void a_tag_or_a_whole_reference_names_image_and_revision(String given, String image, String revision) {
        var result = dryRun(given, "--json");

        assertThat(after(result, "ContainerConfig.Image")).startsWith(image);
        assertThat(after(result, "Revision")).isEqualTo(revision);
    }

    @Test
    void a_digest_gives_its_first_digits_to_the_revision() {
        var digest = "shop@sha256:" + "0123456789abcdef".repeat(4);

        var result = dryRun(digest, "--json");

        assertThat(after(result, "ContainerConfig.Image")).isEqualTo(digest);
        assertThat(after(result, "Revision")).isEqualTo("0123456789ab");
        assertThat(after(dryRun(digest, "--json", "-r", "mine"), "Revision")).isEqualTo("mine");
    }

    @ParameterizedTest
    @CsvSource({"--no-force-reload, false", "--force-reload, ''", "--force-reload=false, false"})
    void whether_the_image_is_pulled_again_stays_unless_it_is_said(String option, String after) {
        assertThat(after(dryRun("r2", "--json"), "ForceReload")).isEmpty();
        assertThat(after(dryRun("r2", "--json", option), "ForceReload")).isEqualTo(after);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "UPPER:r2", "shop@sha256:12"})
    void an_image_that_is_none_is_invalid_by_its_field(String image) {
        var result = dryRun(image, "-r", "r2");

        assertThat(result.exitCode()).isEqualTo(7);
        assertThat(result.err()).startsWith("deploy: ").contains("ContainerConfig.Image");
    }

    @Test
    void a_revision_that_can_name_no_container_is_invalid() {
        var result = dryRun("r2", "-r", "no blanks");

        assertThat(result.exitCode()).isEqualTo(7);
        assertThat(result.err()).contains("Revision").contains("2 to 100 letters");
    }

    // ---- the environment ----

    @Test
    void variables_are_set_one_by_one_after_those_of_files_and_removed_last() throws IOException {
        var variables = file("vars", "# mine\n\nWORKERS=3\nLEVEL=a=b\nGONE=1\n");

        var result =
                dryRun("r2", "--json", "--env-file", variables.toString(), "-e", "WORKERS=4", "--unset-env", "GONE");

        assertThat(after(result, "ContainerConfig.Env.WORKERS")).isEqualTo("4");
        assertThat(after(result, "ContainerConfig.Env.LEVEL")).isEqualTo("a=b");
        assertThat(after(result, "ContainerConfig.Env.GONE")).isEmpty();
    }

    @Test
    void a_name_alone_takes_the_value_that_it_has_here() {
        var result = dryRun("r2", "--json", "-e", "PATH");

        assertThat(after(result, "ContainerConfig.Env.PATH")).isEqualTo(System.getenv("PATH"));
    }

    @Test
    void a_variable_may_be_empty() {
        var result = dryRun("r2", "-e", "EMPTY=");

        assertThat(result.out()).contains("+ ContainerConfig.Env.EMPTY: \n");
    }

    @Test
    void a_variable_that_is_removed_is_shown_without_an_after() {
        assertThat(dryRun("r2", "--unset-env", "DEBUG").out())
                .contains("- ContainerConfig.Env.DEBUG: 1\n")
                .doesNotContain("+ ContainerConfig.Env.DEBUG");
    }

    @Test
    void a_secret_is_said_to_change_and_not_shown_unless_asked_for() {
        var hidden = dryRun("r2", "-e", "API_KEY=hush");

        assertThat(hidden.out())
                .contains("+ ContainerConfig.Env.API_KEY: [masked]")
                .doesNotContain("hush");
        assertThat(dryRun("r2", "-e", "API_KEY=hush", "--reveal").out())
                .contains("+ ContainerConfig.Env.API_KEY: hush");
    }

    @ParameterizedTest
    @CsvSource({
        "'A B=secret', expected KEY=value with a name that has no blanks",
        "NOT_SET_ANYWHERE_HERE, 'or the KEY of a variable that is set here'"
    })
    void a_line_of_a_file_that_is_no_variable_is_misuse_without_its_value(String line, String message)
            throws IOException {
        var variables = file("vars", line + "\n");

        var result = dryRun("r2", "--env-file", variables.toString());

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err())
                .contains("--env-file " + variables + ": ", message)
                .doesNotContain("secret", line);
    }

    @Test
    void a_file_of_variables_that_can_not_be_read_is_named() throws IOException {
        var missing = dryRun("r2", "--env-file", directory + "/none");
        var binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, 10});

        assertThat(missing.exitCode()).isEqualTo(2);
        assertThat(missing.err()).contains("--env-file: there is no file " + directory + "/none");
        assertThat(dryRun("r2", "--env-file", binary.toString()).err())
                .contains("--env-file: cannot read " + binary + ": it is not text in UTF-8");
    }

    // ---- a file ----

    @Test
    void a_file_is_taken_whole_and_may_be_changed_on_the_way() throws Exception {
        var document = new String(CURRENT, StandardCharsets.UTF_8).replace("\"r1\"", "\"r9\"");
        var next = file("next.json", document);

        assertThat(after(dryRun(next.toString(), "--json"), "Revision")).isEqualTo("r9");
        var changed = dryRun(next.toString(), "--json", "-r", "r10", "-e", "WORKERS=8");
        assertThat(after(changed, "Revision")).isEqualTo("r10");
        assertThat(after(changed, "ContainerConfig.Env.WORKERS")).isEqualTo("8");
        assertThat(new ObjectMapper().readTree(Files.readString(next)))
                .isEqualTo(new ObjectMapper().readTree(document));
    }

    @ParameterizedTest
    @CsvSource({"broken.json, '{', 7", "none.json, '', 3"})
    void a_file_that_can_not_be_taken_is_named(String name, String content, int code) throws IOException {
        var path = content.isEmpty() ? directory.resolve(name) : file(name, content);

        var plain = dryRun(path.toString());
        var changed = dryRun(path.toString(), "-r", "r2");

        assertThat(plain.exitCode()).isEqualTo(code);
        assertThat(changed.exitCode()).isEqualTo(code);
        assertThat(plain.err()).contains(path.toString());
        assertThat(changed.err()).contains(path.toString());
    }

    @Test
    void what_will_make_the_next_deployment_fail_is_warned_of() throws IOException {
        var next = file("next.json", """
                {"ContainerConfig": {"Image": "shop:1"}, "HealthCheckPath": "up", "Revision": "r2",
                 "HostConfig": {"NetworkMode": "host"}}
                """);

        assertThat(dryRun(next.toString()).err()).startsWith("warning: HostConfig.NetworkMode host: ");
    }

    @Test
    void the_same_is_no_difference() throws IOException {
        var same = Files.write(directory.resolve("same.json"), CURRENT);

        assertThat(dryRun(same.toString()).out()).isEqualTo("no difference\n");
        assertThat(dryRun(same.toString(), "--json").json()).isEmpty();
    }

    @Test
    void one_thing_is_deployed_and_no_more() {
        assertThat(dryRun().exitCode()).isEqualTo(2);
        assertThat(dryRun("r2", "r3").exitCode()).isEqualTo(2);
        assertThat(dryRun("r2", "--no-such-option").err()).contains("--no-such-option");
    }
}
