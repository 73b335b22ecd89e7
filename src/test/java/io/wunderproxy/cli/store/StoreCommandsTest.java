package io.wunderproxy.cli.store;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that read and write the store, and what they print. */
class StoreCommandsTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-31T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    Path directory;

    private CommandRunner commands;

    @BeforeEach
    void a_store_is_there() throws IOException {
        Files.createDirectories(directory.resolve("store/shop"));
        commands = new CommandRunner(directory)
                .with("WUNDERPROXY_S3BUCKET", "file:" + directory + "/store")
                .with("WUNDERPROXY_S3PREFIX", "shop");
    }

    private Result run(String words) {
        return commands.runWords(words);
    }

    private static byte[] document(String revision) {
        return """
            {"ContainerConfig": {"Image": "localhost:8080/shop:%1$s", "Env": ["API_KEY=hush", "WORKERS=2"]},
             "HealthCheckPath": "up", "Revision": "%1$s"}
            """.formatted(revision).getBytes(StandardCharsets.UTF_8);
    }

    private static String hash(String revision) {
        return ConfigHash.sha256(document(revision)).value();
    }

    private Path file(String revision) throws IOException {
        return Files.write(directory.resolve(revision + ".json"), document(revision));
    }

    private void promote(String revision) throws Exception {
        var store = LaunchConfigStore.open("file:" + directory + "/store", "shop");
        var config = LaunchConfig.parse(ConfigHash.sha256(document(revision)), document(revision));
        store.put(config);
        var promotions = store.promotions(CLOCK);
        promotions.promote(promotions.read(), config, "ann@host");
    }

    // ---- history ----

    @Test
    void the_history_is_shown_with_the_newest_first_and_a_star_at_the_current_one() throws Exception {
        promote("r1");
        promote("r2");

        var lines = run("history").out().lines().toList();

        assertThat(lines.get(0)).containsPattern("REVISION +HASH +DEPLOYED AT +BY");
        assertThat(lines.get(1))
                .containsPattern("^\\* +r2 +" + hash("r2").substring(0, 8) + " +2026-01-31T12:00:00Z +ann@host");
        assertThat(lines.get(2)).containsPattern("^ +r1 +");
        var json = run("history --json").json();
        assertThat(json.findValuesAsText("Hash")).containsExactly(hash("r2"), hash("r1"));
        assertThat(json.findValuesAsText("Current")).containsExactly("true", "false");
    }

    @Test
    void an_empty_history_says_so() {
        var result = run("history");

        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).isEqualTo("nothing was promoted yet\n");
        assertThat(run("history --json").json()).isEmpty();
    }

    @Test
    void what_was_put_there_by_hand_is_said() throws Exception {
        promote("r1");
        Files.write(directory.resolve("store/shop/current.json"), document("by-hand"));

        assertThat(run("history").err()).contains("was put there by something that keeps no history");
    }

    @Test
    void a_promotion_that_was_broken_off_is_said() throws Exception {
        promote("r1");
        Files.delete(directory.resolve("store/shop/current.json"));

        assertThat(run("history").err()).contains("the last promotion was broken off before current.json was written");
    }

    // ---- configurations ----

    @Test
    void a_configuration_is_stored_under_its_hash() throws Exception {
        var pushed = run("config push " + file("r1"));
        var again = run("config push --json " + file("r1"));

        assertThat(pushed.exitCode()).as(pushed.err()).isZero();
        assertThat(pushed.out()).isEqualTo(hash("r1") + "\n");
        assertThat(again.json().path("Hash").asText()).isEqualTo(hash("r1"));
        assertThat(again.json().path("Location").asText())
                .isEqualTo(directory + "/store/shop/container." + hash("r1") + ".json");
        assertThat(Files.readAllBytes(directory.resolve("store/shop/container." + hash("r1") + ".json")))
                .isEqualTo(document("r1"));
        assertThat(run("config push --md5 " + file("r1")).out().strip())
                .isEqualTo(ConfigHash.md5(document("r1")).value());
    }

    @Test
    void a_configuration_is_shown_without_its_secrets_unless_they_are_asked_for() throws Exception {
        promote("r1");

        assertThat(run("config show").out()).contains("\"r1\"", "WORKERS=2").doesNotContain("hush");
        assertThat(run("config show --reveal").out()).contains("API_KEY=hush");
        assertThat(run("config show r1").out()).contains("\"r1\"");
        assertThat(run("config show " + hash("r1").substring(0, 6)).out()).contains("\"r1\"");
        assertThat(run("config show " + file("r2")).out()).contains("\"r2\"");
    }

    @Test
    void what_is_not_there_is_named_and_ends_with_3() throws Exception {
        var current = run("config show");
        promote("r1");
        var revision = run("config show r9");
        var hash = run("config show " + "c".repeat(64));
        var file = run("config show " + directory + "/none.json");

        assertThat(current.exitCode()).isEqualTo(3);
        assertThat(current.err())
                .contains("there is no " + directory + "/store/shop/current.json: no configuration was promoted yet");
        assertThat(revision.exitCode()).isEqualTo(3);
        assertThat(revision.err()).contains("'r9' is neither a hash nor a revision in ", "see 'wunderproxy history'");
        assertThat(hash.exitCode()).isEqualTo(3);
        assertThat(hash.err()).contains("there is no " + directory + "/store/shop/container.cccc");
        assertThat(file.exitCode()).isEqualTo(3);
        assertThat(file.err()).contains("there is no file " + directory + "/none.json");
    }

    @Test
    void a_configuration_is_compared_with_the_current_one_or_another() throws Exception {
        promote("r1");

        var withCurrent = run("config diff " + file("r2"));
        var two = run("config diff --json " + file("r1") + " " + file("r2"));

        assertThat(withCurrent.out().lines())
                .contains("- Revision: r1", "+ Revision: r2")
                .noneMatch(line -> line.contains("API_KEY"));
        assertThat(two.json().findValuesAsText("Path")).contains("Revision", "ContainerConfig.Image");
        assertThat(two.json().findValuesAsText("Before")).contains("r1");
        assertThat(run("config diff " + file("r1")).out()).isEqualTo("no difference\n");
    }

    @Test
    void files_are_checked_without_a_store() throws Exception {
        var good = file("r1");
        var bad = Files.writeString(directory.resolve("bad.json"), "{\"Revision\": \"r2\"}");

        var result = run("config validate " + good + " " + bad);
        var machine = run("config validate --json " + good + " " + bad);

        assertThat(result.exitCode()).isEqualTo(7);
        assertThat(result.out()).startsWith(good + ": revision r1 (" + hash("r1") + ")");
        assertThat(result.err()).contains(bad + ": ");
        assertThat(machine.exitCode()).isEqualTo(7);
        assertThat(machine.json().findValuesAsText("Valid")).containsExactly("true", "false");
        assertThat(machine.json().path(1).path("Field").asText()).isNotEmpty();
        assertThat(run("config validate " + good).exitCode()).isZero();
    }

    // ---- what the original tool printed ----

    @Test
    void the_current_image_is_printed_alone() throws Exception {
        promote("r1");

        assertThat(run("im cu").out()).isEqualTo("localhost:8080/shop:r1\n");
        assertThat(run("image current --json").json().path("Image").asText()).isEqualTo("localhost:8080/shop:r1");
    }

    @Test
    void the_current_environment_is_given_to_machines_without_its_secrets() throws Exception {
        promote("r1");

        var variables = run("env current --json").json();

        assertThat(variables.path("WORKERS").asText()).isEqualTo("2");
        assertThat(variables.path("API_KEY").asText()).isNotEmpty().isNotEqualTo("hush");
        assertThat(run("env current --json --reveal").json().path("API_KEY").asText())
                .isEqualTo("hush");
    }
}
