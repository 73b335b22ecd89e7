package io.wunderproxy.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SshConfigTest {
    private static final String USER = System.getProperty("user.name");

    @TempDir
    Path home;

    @BeforeEach
    void a_home() throws IOException {
        Files.createDirectory(home.resolve(".ssh"));
    }

    private SshConfig.Login login(String target, String... lines) throws Exception {
        Files.write(home.resolve(".ssh/config"), List.of(lines));
        return SshConfig.read(home).login(SshTarget.parse(target), options(false));
    }

    private SshOptions options(boolean acceptNew) {
        return new SshOptions(
                home,
                Optional.of(Path.of("/run/agent")),
                List.of(),
                acceptNew,
                Duration.ofSeconds(10),
                SshOptions.Prompt.NOBODY);
    }

    @Test
    void without_a_file_the_defaults_of_ssh_count() throws Exception {
        var login = SshConfig.read(home).login(SshTarget.parse("shop1"), options(false));

        assertThat(login.host()).isEqualTo("shop1");
        assertThat(login.port()).isEqualTo(22);
        assertThat(login.user()).isEqualTo(USER);
        assertThat(login.jumps()).isEmpty();
        assertThat(login.keyFiles()).containsExactly(inSsh("id_ed25519"), inSsh("id_ecdsa"), inSsh("id_rsa"));
        assertThat(login.knownHosts()).containsExactly(inSsh("known_hosts"));
        assertThat(login.acceptNew()).isFalse();
        assertThat(login.agent()).contains(Path.of("/run/agent"));
        assertThat(login.connectTimeout()).isEqualTo(Duration.ofSeconds(10));
    }

    private Path inSsh(String name) {
        return home.resolve(".ssh").resolve(name);
    }

    @Test
    void the_first_value_counts_and_the_command_line_before_it() throws Exception {
        var lines = new String[] {"Host shop*", "User ops", "Port 2222", "Host *", "User nobody", "Port 22"};

        assertThat(login("shop1", lines).user()).isEqualTo("ops");
        assertThat(login("shop1", lines).port()).isEqualTo(2222);
        assertThat(login("ann@shop1:2200", lines).user()).isEqualTo("ann");
        assertThat(login("ann@shop1:2200", lines).port()).isEqualTo(2200);
        assertThat(login("other", lines).user()).isEqualTo("nobody");
    }

    @Test
    void patterns_match_as_in_ssh() {
        assertThat(SshConfig.matches("shop1", List.of("shop?"))).isTrue();
        assertThat(SshConfig.matches("SHOP1", List.of("shop*"))).isTrue();
        assertThat(SshConfig.matches("shop10", List.of("shop?"))).isFalse();
        assertThat(SshConfig.matches("shop9", List.of("shop*", "!shop9"))).isFalse();
        assertThat(SshConfig.matches("other", List.of("!shop9"))).isFalse();
        assertThat(SshConfig.matches("a.b", List.of("a?b"))).isTrue();
        assertThat(SshConfig.matches("axb", List.of("a.b"))).isFalse();
    }

    @Test
    void match_blocks_count_for_their_hosts_alone() throws Exception {
        var lines = new String[] {
            "Host shop1",
            "User ops",
            "Match exec \"true\"",
            "Port 1",
            "Match host shop*,web1",
            "Port 2",
            "Match all",
            "Port 3"
        };

        assertThat(login("shop1", lines).port()).isEqualTo(2);
        assertThat(login("other", lines).port()).isEqualTo(3);
    }

    @Test
    void files_are_included_for_the_hosts_of_the_block_that_names_them() throws Exception {
        Files.createDirectory(inSsh("conf.d"));
        Files.writeString(inSsh("conf.d/b"), "Port 2\n");
        Files.writeString(inSsh("conf.d/a"), "Host shop*\nPort 1\nHost *\n");
        var lines = new String[] {"Host *1", "Include conf.d/*", "Include missing", "User ops"};

        assertThat(login("shop1", lines).port()).isEqualTo(1);
        assertThat(login("web1", lines).port()).isEqualTo(2);
        assertThat(login("shop2", lines).port()).isEqualTo(22);
        assertThat(login("web1", lines).user()).isEqualTo("ops");
        Files.writeString(inSsh("self"), "Include self\n");
        assertThatThrownBy(() -> login("shop1", "Include self")).hasMessageContaining("include each other");
    }

    @Test
    void words_may_be_quoted_and_have_tokens() throws Exception {
        var login = login(
                "shop1",
                "# a comment",
                "HostName %h.example.com",
                "IdentityFile \"~/my keys/%r@%h\"",
                "identityfile=%d/second",
                "UserKnownHostsFile ~/a /b # and that is all",
                "IdentitiesOnly yes",
                "User ops",
                "StrictHostKeyChecking accept-new",
                "ConnectTimeout 3",
                "IdentityAgent none");

        assertThat(login.host()).isEqualTo("shop1.example.com");
        assertThat(login.keyFiles())
                .containsExactly(home.resolve("my keys/ops@shop1.example.com"), home.resolve("second"));
        assertThat(login.knownHosts()).containsExactly(home.resolve("a"), Path.of("/b"));
        assertThat(login.noOtherKeys()).isTrue();
        assertThat(login.acceptNew()).isTrue();
        assertThat(login.connectTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(login.agent()).isEmpty();
    }

    @Test
    void hosts_in_between_are_a_chain() throws Exception {
        assertThat(login("shop1", "ProxyJump ann@a:2200,b").jumps())
                .containsExactly(SshTarget.parse("ann@a:2200"), SshTarget.parse("b"));
        assertThat(login("shop1", "ProxyJump none", "ProxyJump a").jumps()).isEmpty();
    }

    @Test
    void what_cannot_be_done_is_said() {
        assertThatThrownBy(() -> login("shop1", "ProxyCommand nc %h %p")).hasMessageContaining("use ProxyJump");
        assertThatThrownBy(() -> login("shop1", "Port many")).hasMessageContaining("is no number");
        assertThatThrownBy(() -> login("shop1", "ProxyJump a,-x")).isInstanceOf(SshException.class);
    }
}
