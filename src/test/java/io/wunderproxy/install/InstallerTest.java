package io.wunderproxy.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is installed, what is restored, and what is refused, on a machine whose commands are recorded. */
class InstallerTest {

    private static final List<String> SETTINGS =
            List.of("WUNDERPROXY_BUCKET=b", "WUNDERPROXY_APP=shop", "WUNDERPROXY_DOCKER_HOST=unix:/x");

    @TempDir
    Path directory;

    private FakeMachine host;

    @BeforeEach
    void boot() throws IOException {
        host = new FakeMachine(directory);
    }

    /** What an installation is asked for. */
    private static final class Order {
        private Optional<Path> binary = Optional.empty();
        private Optional<String> sha256 = Optional.empty();
        private Optional<Path> jvmBuild = Optional.empty();
        private Optional<Path> token = Optional.empty();
        private List<String> settings = List.of();
        private boolean start = true;
        private boolean dryRun;

        Order binary(Path file) {
            binary = Optional.of(file);
            return this;
        }

        Order sha256(String hex) {
            sha256 = Optional.of(hex);
            return this;
        }

        Order jvmBuild(Path folder) {
            jvmBuild = Optional.of(folder);
            return this;
        }

        Order token(Path file) {
            token = Optional.of(file);
            return this;
        }

        Order settings(List<String> assignments) {
            settings = assignments;
            return this;
        }

        Order notStarted() {
            start = false;
            return this;
        }

        Order dry() {
            dryRun = true;
            return this;
        }

        void on(FakeMachine host) throws IOException, InstallException {
            var options =
                    new InstallOptions(binary, sha256, jvmBuild, settings, token, Duration.ofSeconds(1), start, dryRun);
            new Installer(host.machine(), options, host).run();
        }
    }

    private static Order install() {
        return new Order();
    }

    private Path download(String program) throws IOException {
        return host.file("srv/" + program.replace(' ', '-'), program + "\n");
    }

    /** A machine on which a program serves with these settings. */
    private void serves(String program) throws IOException, InstallException {
        install().binary(download(program)).settings(SETTINGS).on(host);
        host.commands.clear();
        host.said.clear();
    }

    private void refused(String words, Order order) {
        assertThatThrownBy(() -> order.on(host))
                .isInstanceOf(InstallException.class)
                .hasMessageContaining(words);
    }

    private void nothingIsLeft() throws IOException {
        assertThat(host.files().keySet())
                .noneMatch(name -> name.endsWith(".new") || name.endsWith(".before"))
                .noneMatch(name -> name.startsWith("/var/lib/wunderproxy-install"));
    }

    // ---- what is installed ----

    @Test
    void a_first_installation_puts_everything_into_its_place_and_starts_the_service() throws Exception {
        install().binary(download("program 1")).settings(SETTINGS).on(host);

        var places = host.places;
        assertThat(host.text(places.program())).isEqualTo("program 1");
        assertThat(host.access(places.program())).isEqualTo("rwxr-xr-x");
        assertThat(host.text(places.manual().resolve("wunderproxy.1"))).isEqualTo("manual of program 1");
        assertThat(host.text(places.completion())).isEqualTo("completion of program 1");
        assertThat(host.text(places.unit())).contains("ExecStart=/usr/local/bin/wunderproxy");
        assertThat(host.text(places.users())).contains("u wunderproxy");
        assertThat(host.text(places.settings()))
                .startsWith("# Settings")
                .contains("\nWUNDERPROXY_BUCKET=b\n")
                .contains("\nWUNDERPROXY_PREFIX=\n")
                .contains("\nWUNDERPROXY_APP=shop\n")
                .endsWith("\nWUNDERPROXY_DOCKER_HOST=unix:/x");
        assertThat(host.access(places.settings())).isEqualTo("rw-r-----");
        assertThat(host.text(places.options())).startsWith("# Options of the agent");
        assertThat(host.access(places.options())).isEqualTo("rw-r-----");
        assertThat(host.access(places.configuration())).isEqualTo("rwxr-x---");
        assertThat(host.runs).contains(host.installed());
        assertThat(host.said)
                .contains("service:   started: serving shop revision 1")
                .contains("token:     /var/lib/wunderproxy/shop/api-token (what calls that change state need)");
        assertThat(host.commands).contains("systemctl --quiet enable wunderproxy.service");
        assertThat(host.finishes).isTrue();
        nothingIsLeft();
    }

    @Test
    void options_go_to_the_file_that_the_agent_reads_and_variables_to_the_environment() throws Exception {
        serves("program 1");
        host.file("etc/wunderproxy/settings", "# mine\ndrain-timeout = 3s\nmax-headers=9\n");

        install()
                .settings(List.of("drain-timeout=5s", "AWS_REGION=eu-central-1", "cfg=/etc/static"))
                .on(host);

        assertThat(host.text(host.places.options()))
                .isEqualTo("# mine\ndrain-timeout=5s\nmax-headers=9\ncfg=/etc/static");
        assertThat(host.text(host.places.settings()))
                .endsWith("\nAWS_REGION=eu-central-1")
                .doesNotContain("drain-timeout=", "static");
        host.file("etc/static", "KEY = value\n");
        refused("the name before '=' has a blank", install().settings(List.of("drain-timeout=6s")));
        assertThat(host.text(host.places.options())).contains("drain-timeout=5s");
    }

    @Test
    void the_token_is_where_the_options_say() throws Exception {
        serves("program 1");

        install().settings(List.of("state-dir=/srv/state")).on(host);

        assertThat(host.said).contains("token:     /srv/state/api-token (what calls that change state need)");
    }

    @Test
    void without_settings_the_service_waits_for_them() throws Exception {
        install()
                .binary(download("program 1"))
                .settings(List.of("WUNDERPROXY_DOCKER_HOST=unix:/x"))
                .on(host);

        assertThat(host.runs).isEmpty();
        assertThat(host.said).last().asString().contains("set WUNDERPROXY_BUCKET, _PREFIX and _APP in");
        nothingIsLeft();
    }

    @Test
    void an_upgrade_keeps_the_settings() throws Exception {
        serves("program 1");
        Files.writeString(host.places.settings(), "# mine\nWUNDERPROXY_APP=old\n" + String.join("\n", SETTINGS) + "\n");

        install().binary(download("program 2")).on(host);

        assertThat(host.text(host.places.settings())).startsWith("# mine\nWUNDERPROXY_APP=old\n");
        assertThat(host.runs.orElseThrow()).startsWith("program 2");
        nothingIsLeft();
    }

    @Test
    void a_program_installs_itself_also_from_where_it_is_installed() throws Exception {
        serves("program 1");
        host.program = Optional.of(host.places.program());

        install().on(host);

        assertThat(host.said).contains("service:   runs already, and nothing has changed");
        assertThat(host.text(host.places.program())).isEqualTo("program 1");
        assertThat(host.commands).noneMatch(command -> command.contains("restart"));
        nothingIsLeft();
    }

    @Test
    void a_service_that_runs_another_program_than_what_is_installed_is_replaced() throws Exception {
        serves("program 1");
        var running = host.file("srv/running", "program 0");
        Files.createDirectories(host.places.of("proc/1"));
        Files.createSymbolicLink(host.places.of("proc/1/exe"), running);
        install().binary(download("program 1")).on(host);
        assertThat(host.said).contains("service:   runs already, and nothing has changed");

        // As it looks there when its file was replaced.
        Files.delete(host.places.of("proc/1/exe"));
        Files.createSymbolicLink(host.places.of("proc/1/exe"), Path.of(host.places.program() + " (deleted)"));
        install().binary(download("program 1")).on(host);

        assertThat(host.commands).contains("systemctl reload wunderproxy.service");
    }

    @Test
    void settings_alone_leave_the_program() throws Exception {
        serves("program 1");
        host.program = Optional.of(download("program 2"));

        install()
                .settings(List.of("WUNDERPROXY_APP=other", "WUNDERPROXY_NEW=x=y"))
                .on(host);

        assertThat(host.runs.orElseThrow())
                .startsWith("program 1")
                .contains("\nWUNDERPROXY_APP=other\n")
                .contains("\nWUNDERPROXY_NEW=x=y\n")
                .doesNotContain("=shop");
        assertThat(host.said).first().asString().contains("what is installed stays");
    }

    @Test
    void nothing_is_started_if_that_is_not_wanted() throws Exception {
        install().binary(download("program 1")).settings(SETTINGS).notStarted().on(host);

        assertThat(host.runs).isEmpty();
        assertThat(host.said).last().isEqualTo("next:      systemctl enable --now wunderproxy");
        nothingIsLeft();
    }

    @Test
    void a_dry_run_says_what_would_be_done_and_changes_nothing() throws Exception {
        serves("program 1");
        var before = host.files();
        host.isRoot = false;

        install()
                .binary(download("program 2"))
                .settings(List.of("WUNDERPROXY_APP=other"))
                .dry()
                .on(host);

        assertThat(host.files()).isEqualTo(before);
        assertThat(host.commands).isEmpty();
        assertThat(host.said)
                .anyMatch(line -> line.startsWith("would install: "))
                .contains("would write: " + host.places.settings())
                .contains("would run: systemctl daemon-reload, enable and reload or restart wunderproxy.service")
                .noneMatch(line -> line.contains(host.places.unit().toString()));
    }

    @Test
    void an_image_is_only_prepared() throws Exception {
        host.isImage = true;
        Files.delete(host.places.serviceManager());
        var token = host.file("srv/token", "chosen\n");

        install()
                .binary(download("program 1"))
                .settings(List.of("WUNDERPROXY_BUCKET=b", "WUNDERPROXY_APP=team/shop"))
                .token(token)
                .on(host);

        assertThat(host.text(host.places.of("var/lib/wunderproxy/team/shop/api-token")))
                .isEqualTo("chosen");
        assertThat(host.access(host.places.of("var/lib/wunderproxy/team"))).isEqualTo("rwxr-xr-x");
        assertThat(host.access(host.places.of("var/lib/wunderproxy/team/shop"))).isEqualTo("rwxr-x---");
        assertThat(host.commands)
                .contains("systemd-sysusers --root= wunderproxy.conf")
                .contains("systemctl --quiet --root= enable wunderproxy.service")
                .noneMatch(command -> command.contains("restart"));
        nothingIsLeft();
    }

    @Test
    void a_jvm_build_takes_the_place_of_a_program_and_the_other_way_round() throws Exception {
        host.variables = Map.of(
                "JAVA_HOME",
                host.file("opt/java/bin/java", "program java")
                        .getParent()
                        .getParent()
                        .toString());
        var build = host.file("srv/app/quarkus-run.jar", "build 1").getParent();
        host.file("srv/app/lib/a.jar", "a");
        serves("program 1");

        install().jvmBuild(build).on(host);
        assertThat(host.runs.orElseThrow()).startsWith("build 1");
        assertThat(host.text(host.places.jvmUnit()))
                .contains("/opt/java/bin/java -XX:+ExitOnOutOfMemoryError -Djava.io.tmpdir=/var/tmp")
                .contains("-jar /usr/local/lib/wunderproxy/quarkus-run.jar run --settings /etc/wunderproxy/settings"
                        + " ${WUNDERPROXY_BUCKET} ${WUNDERPROXY_PREFIX} ${WUNDERPROXY_APP}\n")
                .endsWith("-jar /usr/local/lib/wunderproxy/quarkus-run.jar reload --process $MAINPID");

        refused("The previous one is restored", install().binary(download("broken")));
        assertThat(host.runs.orElseThrow()).startsWith("build 1");
        assertThat(host.text(host.places.library().resolve("lib/a.jar"))).isEqualTo("a");

        install().binary(download("program 2")).on(host);
        assertThat(host.runs.orElseThrow()).startsWith("program 2");
        assertThat(host.places.library()).doesNotExist();
        nothingIsLeft();
    }

    // ---- the token ----

    @Test
    void a_token_is_the_service_users_alone() throws Exception {
        install()
                .binary(download("program 1"))
                .settings(SETTINGS)
                .token(host.file("srv/token", "chosen"))
                .on(host);

        var place = host.places.of("var/lib/wunderproxy/shop/api-token");
        assertThat(host.text(place)).isEqualTo("chosen");
        assertThat(host.access(place)).isEqualTo("rw-------");
        assertThat(host.commands).noneMatch(command -> command.startsWith("setpriv"));
    }

    @Test
    void where_others_may_write_root_writes_no_token() throws Exception {
        serves("program 1");
        var precious = host.file("srv/precious", "precious");
        var place = host.token("old");
        Files.setPosixFilePermissions(place.getParent(), PosixFilePermissions.fromString("rwxrwx---"));
        Files.delete(place);
        Files.createSymbolicLink(place, precious);

        install()
                .token(host.file("srv/token", "chosen"))
                .binary(download("program 1"))
                .on(host);

        assertThat(host.text(precious)).isEqualTo("precious");
        assertThat(place).isRegularFile().hasContent("chosen");
        assertThat(host.commands)
                .filteredOn(command -> command.startsWith("setpriv --reuid="))
                .hasSizeGreaterThan(1);
    }

    @Test
    void a_directory_that_a_link_leads_to_is_roots_only_if_that_one_is() throws Exception {
        var open = Files.createDirectories(host.places.of("srv/open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.createSymbolicLink(host.places.of("var/lib/link"), open);
        var files = host.machine().files();

        assertThat(files.belongToRoot(host.places.of("var/lib"), directory)).isTrue();
        assertThat(files.belongToRoot(host.places.of("var/lib/link"), directory))
                .isFalse();
        assertThat(files.belongToRoot(host.places.of("var/lib/link/deeper/still"), directory))
                .isFalse();
    }

    // ---- without a gap ----

    @Test
    void another_program_and_other_options_take_over_from_the_agent_that_runs() throws Exception {
        serves("program 1");

        install()
                .binary(download("program 2"))
                .settings(List.of("drain-timeout=5s"))
                .token(host.file("srv/token", "chosen"))
                .on(host);

        assertThat(host.runs.orElseThrow()).startsWith("program 2").contains("drain-timeout=5s");
        assertThat(host.commands)
                .contains("systemctl reload wunderproxy.service")
                .noneMatch(command -> command.contains("restart"));
        assertThat(host.said).contains("service:   replaced without a gap: serving shop revision 1");
        nothingIsLeft();
    }

    @Test
    void an_agent_that_refuses_to_be_replaced_is_never_stopped_and_all_is_as_before() throws Exception {
        serves("program 1");
        var before = host.files();

        refused(
                "line 1 is wrong. The previous one is restored, and was never stopped: serving shop revision 1",
                install().binary(download("broken")).settings(List.of("drain-timeout=5s")));

        assertThat(host.files()).isEqualTo(before);
        assertThat(host.runs).contains(host.installed());
        assertThat(host.commands).noneMatch(command -> command.contains("restart"));
    }

    @Test
    void an_agent_that_is_too_old_for_that_is_restarted() throws Exception {
        serves("ancient program");

        install().binary(download("program 2")).on(host);

        assertThat(host.runs.orElseThrow()).startsWith("program 2");
        assertThat(host.said)
                .contains("restart:   the agent that runs is of a version that can't be replaced without a gap")
                .contains("service:   restarted: serving shop revision 1");
        nothingIsLeft();
    }

    @Test
    void what_a_replaced_agent_would_not_get_takes_a_restart() throws Exception {
        serves("program 1");

        install().settings(List.of("AWS_REGION=eu-central-1")).on(host);

        assertThat(host.commands)
                .contains("systemctl restart wunderproxy.service")
                .doesNotContain("systemctl reload wunderproxy.service");
        assertThat(host.said).contains("service:   restarted: serving shop revision 1");
    }

    // ---- going back ----

    @Test
    void a_program_that_does_not_start_is_replaced_by_what_was_before() throws Exception {
        serves("program 1");
        Files.writeString(host.places.unit(), "an older unit");
        host.token("old");
        var before = host.files();

        refused(
                "The previous one is restored and runs: serving shop revision 1",
                install()
                        .binary(download("broken"))
                        .settings(List.of("WUNDERPROXY_PREFIX=other"))
                        .token(host.file("srv/token", "chosen")));

        assertThat(host.files()).isEqualTo(before);
        assertThat(host.runs).contains(host.installed());
        assertThat(host.said).contains("last words");
    }

    @Test
    void a_program_that_does_not_serve_though_the_one_before_did_is_replaced() throws Exception {
        serves("program 1");

        refused("does not serve as it did", install().binary(download("idles")));

        assertThat(host.runs.orElseThrow()).startsWith("program 1");
        nothingIsLeft();
    }

    @Test
    void a_service_that_was_stopped_is_stopped_again() throws Exception {
        serves("program 1");
        host.run("systemctl", "stop", "wunderproxy.service");

        refused("is restored, and stopped as it was", install().binary(download("broken")));

        assertThat(host.runs).isEmpty();
        assertThat(host.text(host.places.program())).isEqualTo("program 1");
        assertThat(host.text(host.places.manual().resolve("wunderproxy.1"))).isEqualTo("manual of program 1");
        nothingIsLeft();
    }

    @Test
    void what_is_changed_of_a_service_that_has_failed_stays_until_it_is_right() throws Exception {
        refused(
                "all of them in: journalctl -u wunderproxy",
                install().binary(download("broken")).settings(SETTINGS));
        assertThat(host.text(host.places.program())).isEqualTo("broken");

        refused("all of them in: journalctl -u wunderproxy", install().binary(download("broken still")));

        assertThat(host.text(host.places.program())).isEqualTo("broken still");
        nothingIsLeft();
    }

    @Test
    void a_step_that_fails_leaves_what_was_before() throws Exception {
        serves("program 1");
        var before = host.files();
        // In its place a file can't be made.
        Files.createDirectories(host.places.of("var/lib/wunderproxy/shop/api-token/directory"));

        assertThatThrownBy(() -> install()
                        .binary(download("program 2"))
                        .token(host.file("srv/token", "chosen"))
                        .on(host))
                .isInstanceOf(IOException.class);

        assertThat(host.files()).isEqualTo(before);
        assertThat(host.runs).contains(host.installed());
    }

    // ---- killed ----

    @Test
    void an_installation_that_is_killed_at_any_moment_is_undone_or_finished_by_the_next_one() throws Exception {
        var moments = 0;
        for (var ended = false; !ended; moments++) {
            host = new FakeMachine(Files.createDirectory(directory.resolve(String.valueOf(moments))));
            serves("program 1");
            Files.writeString(host.places.unit(), "an older unit\n");
            host.token("old");
            var token = host.file("srv/token", "chosen");
            var before = host.files();
            host.left = moments;
            var order = install()
                    .binary(download("program 2"))
                    .settings(List.of("WUNDERPROXY_APP=shop", "WUNDERPROXY_NEW=1"))
                    .token(token);
            try {
                order.on(host);
                ended = true;
            } catch (FakeMachine.Killed e) {
                // What is tested.
            }
            var next = host.rebooted();
            // One that fails brings back what was, all of it, or leaves what is new.
            assertThatThrownBy(() -> install()
                            .binary(host.places.of("srv/program-2"))
                            .sha256("0")
                            .on(next))
                    .hasMessageContaining("altered or cut short");
            var kept = new TreeMap<>(next.files());
            kept.keySet().removeIf(name -> name.equals("/var/lib/wunderproxy-install/journal"));
            if (!kept.get("/etc/wunderproxy/environment").contains("_NEW")) {
                assertThat(kept).as("killed after %d", moments).isEqualTo(before);
            }

            order.on(next);
            host = next;
            assertThat(next.runs).as("killed after %d", moments).contains(next.installed());
            assertThat(next.installed()).startsWith("program 2").contains("_NEW=1");
            assertThat(next.text(next.places.of("var/lib/wunderproxy/shop/api-token")))
                    .isEqualTo("chosen");
            assertThat(next.text(next.places.manual().resolve("wunderproxy.1"))).isEqualTo("manual of program 2");
            nothingIsLeft();
        }
        assertThat(moments).isGreaterThan(30);
    }

    @Test
    void what_was_restored_is_reported_and_the_service_started_anew() throws Exception {
        serves("program 1");
        host.file("usr/local/bin/wunderproxy.before", "program 1\n");
        host.file("usr/local/bin/wunderproxy", "program 2\n");
        host.file("var/lib/wunderproxy-install/journal", "kept " + host.places.program() + "\nadded ");

        install().settings(List.of("WUNDERPROXY_APP=shop")).on(host);

        assertThat(host.said).contains("earlier:   an installation was killed; what it had replaced is restored");
        assertThat(host.runs.orElseThrow()).startsWith("program 1");
        assertThat(host.commands).contains("systemctl restart wunderproxy.service");
        nothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource({"run/wunderproxy-install.journal, program 1", "run/wunderproxy-install.begun, program 2"})
    void what_former_installers_have_left_is_known(String journal, String runs) throws Exception {
        serves("program 1");
        host.file("usr/local/bin/wunderproxy.before", "program 1\n");
        host.file("usr/local/bin/wunderproxy", "program 2\n");
        host.file(journal, "kept " + host.places.program() + "\n");

        install().settings(List.of("WUNDERPROXY_APP=shop")).on(host);

        assertThat(host.runs.orElseThrow()).startsWith(runs);
        assertThat(host.commands).contains("systemctl restart wunderproxy.service");
        assertThat(host.places.of(journal)).doesNotExist();
        nothingIsLeft();
    }

    // ---- refusals ----

    @Test
    void a_program_that_was_altered_is_not_installed() throws Exception {
        refused(
                "was altered or cut short",
                install().binary(download("program 1")).settings(SETTINGS).sha256("00"));
        var sum = host.machine().files().sha256(host.places.of("srv/program-1"));
        install().binary(download("program 1")).settings(SETTINGS).sha256(sum).on(host);

        refused("altered", install().binary(download("program 2")).sha256(sum));
        assertThat(host.text(host.places.program())).isEqualTo("program 1");
        nothingIsLeft();
    }

    @Test
    void a_program_that_can_not_run_here_is_not_installed() throws Exception {
        refused(
                "does not run on this machine: no such library (it needs glibc 2.34 or later, and here is glibc 2.31)",
                install().binary(download("foreign")).settings(SETTINGS));
        assertThat(host.files().keySet()).noneMatch(name -> name.contains("wunderproxy"));
    }

    @ParameterizedTest
    @CsvSource({
        "nonsense, '--set nonsense: must be KEY=VALUE'",
        "Lower=x, '--set Lower: must be KEY=VALUE'",
        "=x, '--set : must be KEY=VALUE'",
        "KEY=a$b, 'KEY: a value may have no quotes'",
        "KEY=a\"b, 'KEY: a value may have no quotes'"
    })
    void a_setting_that_the_file_can_not_have_is_refused(String assignment, String words) throws Exception {
        refused(words, install().binary(download("program 1")).settings(List.of(assignment)));
    }

    @Test
    void static_variables_that_the_agent_would_refuse_are_refused_first() throws Exception {
        var settings = new ArrayList<>(SETTINGS);
        settings.add("WUNDERPROXY_CFG=/etc/static");
        host.file("etc/static", "# names\nKEY = value\n");

        refused(
                "line 2: the name before '=' has a blank",
                install().binary(download("program 1")).settings(settings));
        assertThat(host.places.program()).doesNotExist();
    }

    @Test
    void what_a_machine_lacks_is_named() throws Exception {
        var order = install().binary(download("program 1")).settings(List.of("WUNDERPROXY_APP=shop"));
        refused("no Docker Engine here", order);

        Files.createDirectories(host.places.dockerSocket().getParent());
        try (var engine = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            engine.bind(UnixDomainSocketAddress.of(host.places.dockerSocket()));
            refused("let it belong to group docker", order);
        }
        host.isRoot = false;
        refused("must run as root", order);
        host.isRoot = true;
        refused("no program found", install());
        refused("no such file", install().binary(directory.resolve("none")));
        refused("no quarkus-run.jar in it", install().jvmBuild(directory));
        host.file("usr/lib/systemd/system/wunderproxy.service", "");
        refused("the Debian package of wunderproxy is installed here", order);
        Files.delete(host.places.serviceManager());
        refused("systemd does not run here", order);
    }

    @Test
    void two_installations_do_not_run_at_once() throws Exception {
        serves("program 1");
        var lock = Lock.take(host.machine());
        try {
            assertThatThrownBy(() -> install().binary(download("program 2")).on(host))
                    .hasMessageContaining("another installation is running here");
        } finally {
            lock.close();
        }
    }

    // ---- uninstalling ----

    @Test
    void uninstalling_leaves_settings_and_state() throws Exception {
        serves("program 1");
        host.token("token");

        new Uninstaller(host.machine(), false, true, host).run();
        assertThat(host.places.program()).exists();
        new Uninstaller(host.machine(), false, false, host).run();

        assertThat(host.runs).isEmpty();
        assertThat(host.files().keySet())
                .contains("/etc/wunderproxy/environment", "/var/lib/wunderproxy/shop/api-token")
                .noneMatch(name -> name.startsWith("/usr/local") || name.contains(Places.UNIT_NAME));
        new Uninstaller(host.machine(), false, false, host).run();
    }

    @Test
    void a_purge_leaves_nothing() throws Exception {
        serves("program 1");
        host.token("token");
        host.file("etc/systemd/system/wunderproxy.service.d/mine.conf", "");
        host.file("var/lib/wunderproxy-install/journal", "kept " + host.places.program() + "\n");

        new Uninstaller(host.machine(), true, false, host).run();

        assertThat(host.files().keySet()).containsExactly("/etc/passwd");
        assertThat(host.commands).contains("userdel wunderproxy");
    }
}
