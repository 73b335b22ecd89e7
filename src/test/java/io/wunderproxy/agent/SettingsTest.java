package io.wunderproxy.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.api.SettingView;
import io.wunderproxy.cli.OptionDefaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The settings in force, and where each came from. */
class SettingsTest {

    @TempDir
    Path directory;

    private Settings settings(Map<String, String> environment, List<String> lines, String... words) throws IOException {
        var file = Files.write(directory.resolve("settings"), lines);
        var line = new CommandLine(new RunCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setDefaultValueProvider(new OptionDefaults(environment).withFileOfCommand(file));
        line.parseArgs(Stream.concat(Stream.of(words), Stream.of("bucket", "prefix", "shop"))
                .toArray(String[]::new));
        return Settings.read(line.getCommand());
    }

    private static Map<String, SettingView> byName(Settings settings) {
        var views = new HashMap<String, SettingView>();
        settings.inForce().forEach(view -> views.put(view.option(), view));
        return views;
    }

    @Test
    void each_option_says_where_its_value_came_from() throws IOException {
        var settings = settings(
                Map.of("WUNDERPROXY_BODY_TIMEOUT", "4s", "WUNDERPROXY_IDLE_TIMEOUT", "5s"),
                List.of("# mine", "head-timeout = 3s", "body-timeout=6s", "tls-redirect=true", "peers=a:1,b:2"),
                "--idle-timeout=7s",
                "--trusted-proxies=10.0.0.0/8,::1",
                "--forwarded");
        var views = byName(settings);

        assertThat(views.get("head-timeout")).isEqualTo(view("head-timeout", "3s", "file", "line 2"));
        assertThat(views.get("peers")).isEqualTo(view("peers", "a:1,b:2", "file", "line 5"));
        assertThat(views.get("tls-redirect")).isEqualTo(view("tls-redirect", "true", "file", "line 4"));
        assertThat(views.get("body-timeout"))
                .isEqualTo(new SettingView(
                        "body-timeout", Optional.of("4s"), "environment", Optional.of("WUNDERPROXY_BODY_TIMEOUT")));
        assertThat(views.get("idle-timeout")).isEqualTo(given("idle-timeout", "7s", "command line"));
        assertThat(views.get("trusted-proxies")).isEqualTo(given("trusted-proxies", "10.0.0.0/8,::1", "command line"));
        assertThat(views.get("forwarded")).isEqualTo(given("forwarded", "true", "command line"));
        assertThat(views.get("drain-timeout")).isEqualTo(given("drain-timeout", "30s", "default"));
        assertThat(views.get("max-body")).isEqualTo(given("max-body", "1g", "default"));
        assertThat(views.get("error-pages"))
                .isEqualTo(new SettingView("error-pages", Optional.empty(), "default", Optional.empty()));
        assertThat(settings.options().proxy().listener().timeouts().body()).hasSeconds(4);
        assertThat(views).doesNotContainKeys("check", "settings", "help");
    }

    private SettingView view(String option, String value, String from, String line) {
        return new SettingView(
                option, Optional.of(value), from, Optional.of(directory.resolve("settings") + ", " + line));
    }

    private static SettingView given(String option, String value, String from) {
        return new SettingView(option, Optional.of(value), from, Optional.empty());
    }

    @Test
    void a_password_in_an_address_is_not_shown() throws IOException {
        var view = byName(settings(Map.of(), List.of("docker-host=tcp://ann:secret@10.0.0.1:2375")))
                .get("docker-host");

        assertThat(view.value()).contains("tcp://[masked]@10.0.0.1:2375");
    }

    /** A new kind of value is hidden until somebody has decided that everybody may see it. */
    @Test
    void whether_an_option_may_be_shown_was_decided_for_each() throws IOException {
        assertThat(settings(Map.of(), List.of()).hidden()).isEmpty();
    }
}
