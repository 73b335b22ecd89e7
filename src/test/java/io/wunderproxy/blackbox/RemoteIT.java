package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Hosts reached over SSH: real servers and a real ssh-agent of OpenSSH, and an agent behind them. */
class RemoteIT {
    @RegisterExtension
    static final Host HOST = Host.withDirectoryStore();

    private static Agent agent;
    private static Revision.Published serving;
    private static SshServer server;
    private static Path key;
    private static int homes;

    private Path home;

    @BeforeAll
    static void an_agent_serves_behind_a_server() {
        key = SshServer.key(HOST.directory().resolve("key"), "ed25519");
        server = HOST.closeLater(
                new SshServer(directory("server")).authorize(key).start());
        agent = HOST.startAgent();
        serving = HOST.revision("blue").publish();
        agent.deploy(serving);
    }

    @BeforeEach
    void a_user_with_a_key_knows_the_server() throws IOException {
        home = directory("home" + homes++);
        Files.createDirectory(home.resolve(".ssh"));
        Files.copy(key, home.resolve(".ssh/id_ed25519"));
        knownHosts(server.knownHost());
    }

    private static Path directory(String name) {
        try {
            return Files.createDirectory(HOST.directory().resolve(name));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private CommandLine shell() {
        return new CommandLine(HOST, agent).with("HOME", home.toString()).with("SSH_AUTH_SOCK", "");
    }

    private Path inSsh(String name, String content) throws IOException {
        return Files.writeString(home.resolve(".ssh").resolve(name), content);
    }

    private void knownHosts(String content) throws IOException {
        inSsh("known_hosts", content);
    }

    private static String via(SshServer through) {
        return "--via=ssh://127.0.0.1:" + through.port();
    }

    private static String target(SshServer on) {
        return "127.0.0.1:" + on.port();
    }

    private CommandLine.Result runTrue() {
        return shell().run("host run", target(server), "--", "true");
    }

    // ---- managers behind a server ----

    @Test
    void a_manager_is_reached_through_the_server() {
        assertThat(shell().run("status", via(server)).orFail().out()).contains(serving.revision());
        assertThat(server.log()).contains("Accepted publickey");
    }

    @Test
    void a_manager_on_a_unix_socket_of_the_host_is_reached() {
        var socket = home.resolve("api.sock");
        HOST.closeLater(Gate.onUnixSocket(socket, agent.apiPort()));

        var result = shell().run("status", "-H", "unix:" + socket, via(server));

        assertThat(result.orFail().out()).contains(serving.revision());
    }

    @Test
    void each_host_is_reached_through_its_own_server_and_on_its_loopback_interface() {
        var result = shell().run("status", "-H", "127.0.0.1:" + agent.apiPort(), "--via=ssh://{host}:" + server.port());

        assertThat(result.orFail().out()).contains(serving.revision());
    }

    @Test
    void commands_for_a_fleet_go_through_the_server_of_each_host() {
        var addresses = "127.0.0.1:" + agent.apiPort() + ",localhost:" + agent.apiPort();
        var hosts = new String[] {"--ssh-accept-new", "--hosts", addresses, "--via=ssh://{host}:" + server.port()};

        var status = shell().run("fleet status --json", hosts).orFail().json();
        assertThat(status.findValuesAsText("Revision")).containsExactly(serving.revision(), serving.revision());

        var run = new ArrayList<>(List.of(hosts));
        run.addAll(List.of("--", "sh", "-c", "echo here; echo there >&2; exit 3"));
        var result = shell().run("fleet run", run.toArray(String[]::new));
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out().lines())
                .containsExactlyInAnyOrder(
                        "http://127.0.0.1:" + agent.apiPort() + " | here",
                        "http://localhost:" + agent.apiPort() + " | here");
        assertThat(result.err()).contains(" | there", "exit code 3", "2 hosts, 2 failed");
    }

    @Test
    void tls_is_spoken_with_the_manager_itself() {
        var certificates = Certificates.in(home.resolve("tls"));
        var secure = HOST.agent(
                        Map.of(),
                        "--state-dir",
                        home.resolve("state").toString(),
                        "--api-tls-cert",
                        certificates.serverCertificate().toString(),
                        "--api-tls-key",
                        certificates.serverKey().toString())
                .start();
        await().atMost(LONG).until(() -> RegistryServer.isListening(secure.apiPort()));
        var authority = certificates.authority().toString();

        var right = shell().run(
                        "status", "-H", "https://127.0.0.1:" + secure.apiPort(), "--ca-file", authority, via(server));
        var wrongName = shell().run(
                        "status", "-H", "https://localhost:" + secure.apiPort(), "--ca-file", authority, via(server));
        secure.close();

        right.orFail();
        assertThat(wrongName.exitCode()).isEqualTo(5);
        assertThat(wrongName.err()).contains("localhost").contains("doesn't match");
    }

    @Test
    void a_deployment_and_the_events_of_the_host_come_through() {
        var green = HOST.revision("green").publish();
        var follower = shell().start("events --follow --recent 0", via(server));
        await().untilAsserted(() -> assertThat(server.log()).contains("Accepted publickey"));
        var file = HOST.file("green.json", green.json());

        var result = shell().run("deploy " + file, via(server));

        result.orFail();
        agent.awaitServing(green);
        await().untilAsserted(() ->
                assertThat(follower.outSoFar()).contains("switched").contains(green.revision()));
        assertThat(follower.process().isAlive()).isTrue();
        follower.process().destroy();
        shell().end(follower);
        serving = green;
    }

    @Test
    void a_missing_manager_is_distinguished_from_a_missing_server() {
        var noManager = shell().run("status", "-H", "127.0.0.1:" + Ports.free(), via(server));
        var noServer = shell().run("status", "--via=ssh://127.0.0.1:" + Ports.free());
        var noName = shell().run("status", "--via=ssh://no.such.host.invalid");

        assertThat(List.of(noManager.exitCode(), noServer.exitCode(), noName.exitCode()))
                .containsOnly(5);
        assertThat(noManager.err()).contains("nothing listens at").contains("seen from 127.0.0.1");
        assertThat(noServer.err()).contains("no SSH server listens").contains("refused");
        assertThat(noName.err()).contains("no host no.such.host.invalid");
        assertThat(noName.err().lines()).hasSize(1);
    }

    // ---- who the host is ----

    @Test
    void an_unknown_host_is_refused_with_its_fingerprint_until_it_is_accepted() throws IOException {
        knownHosts("");

        var refused = runTrue();
        var accepted = shell().run("host run --ssh-accept-new", target(server), "--", "true");
        var known = runTrue();

        assertThat(refused.exitCode()).isEqualTo(4);
        assertThat(refused.err()).contains(server.fingerprint()).contains("--ssh-accept-new");
        assertThat(refused.err().lines()).hasSize(1);
        accepted.orFail();
        known.orFail();
        assertThat(home.resolve(".ssh/known_hosts")).hasContent(server.knownHost());
    }

    @Test
    void a_changed_key_is_never_accepted() throws IOException {
        var other = SshServer.key(home.resolve("other"), "ed25519");
        var otherType = SshServer.key(home.resolve("other_type"), "ecdsa");
        for (var wrong : List.of(other, otherType)) {
            knownHosts(server.knownAs() + " " + Files.readString(Path.of(wrong + ".pub")));

            var result = shell().run("host run --ssh-accept-new", target(server), "--", "true");

            assertThat(result.exitCode()).isEqualTo(4);
            assertThat(result.err())
                    .contains("has changed")
                    .contains(server.fingerprint())
                    .contains("ssh-keygen -R");
        }
    }

    @Test
    void hashed_names_patterns_and_names_without_the_port_are_known() throws IOException {
        knownHosts(server.knownHost());
        Command.run("ssh-keygen", "-H", "-f", home.resolve(".ssh/known_hosts").toString());
        assertThat(Files.readString(home.resolve(".ssh/known_hosts"))).startsWith("|1|");
        runTrue().orFail();

        knownHosts("127.0.0.* " + server.hostKey() + "\n");
        runTrue().orFail();
    }

    @Test
    void a_revoked_key_is_refused() throws IOException {
        knownHosts(server.knownHost() + "@revoked * " + server.hostKey() + "\n");

        var result = runTrue();

        assertThat(result.exitCode()).isEqualTo(4);
        assertThat(result.err()).contains("revoked").contains(server.fingerprint());
    }

    // ---- who the user is ----

    @Test
    void the_agent_of_the_user_logs_in_and_without_a_key_it_is_said_what_was_tried() throws IOException {
        Files.delete(home.resolve(".ssh/id_ed25519"));
        var socket = home.resolve("agent.sock");
        HOST.closeLater(new ServerProcess(
                "ssh-agent", List.of("ssh-agent", "-D", "-a", socket.toString()), Map.of(), home.resolve("agent.log")));
        await().until(() -> Files.exists(socket));

        var before = shell().with("SSH_AUTH_SOCK", socket.toString()).run("host run", target(server), "--", "true");
        Command.run("env", "SSH_AUTH_SOCK=" + socket, "ssh-add", "-q", key.toString());
        var after = shell().with("SSH_AUTH_SOCK", socket.toString()).run("host run", target(server), "--", "true");

        assertThat(before.exitCode()).isEqualTo(4);
        assertThat(before.err()).contains("it takes publickey").contains("the agent's 0 keys");
        after.orFail();
    }

    @Test
    void keys_of_every_usual_type_are_taken() throws IOException {
        Files.delete(home.resolve(".ssh/id_ed25519"));
        for (var type : List.of("rsa", "ecdsa")) {
            var other = SshServer.key(home.resolve(type), type);
            var strict = HOST.closeLater(
                    new SshServer(directory(type + homes)).authorize(other).start());
            knownHosts(strict.knownHost());

            shell().run("host run --ssh-key " + other, target(strict), "--", "true")
                    .orFail();
        }
    }

    @Test
    void the_passphrase_of_a_key_is_asked_for_on_the_terminal_and_not_shown() throws Exception {
        Files.delete(home.resolve(".ssh/id_ed25519"));
        var locked = SshServer.key(home.resolve(".ssh/id_ecdsa"), "ecdsa", "open sesame");
        var strict = HOST.closeLater(
                new SshServer(directory("locked")).authorize(locked).start());
        knownHosts(strict.knownHost());

        var unasked = shell().run("host run", target(strict), "--", "true");
        var asked = shell().onTerminal(
                        "host run " + target(strict) + " -- echo let in", "Passphrase of", "wrong\n", "open sesame\n");

        assertThat(unasked.exitCode()).isEqualTo(4);
        assertThat(asked.orFail().out())
                .contains("Passphrase of " + locked)
                .contains("Wrong.")
                .contains("let in")
                .doesNotContain("sesame");
    }

    /** The server sees its own list of passwords; the machine's stays as it is. */
    @Test
    void a_password_is_asked_for_if_the_server_takes_one() throws Exception {
        Files.delete(home.resolve(".ssh/id_ed25519"));
        var user = System.getProperty("user.name");
        var hash = Command.run("openssl", "passwd", "-6", "hunter22");
        var passwords = Files.writeString(home.resolve("shadow"), user + ":" + hash + ":19000:0:99999:7:::\n");
        var taking = HOST.closeLater(new SshServer(directory("passwords"), "PasswordAuthentication yes"))
                .start(List.of(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "mount --bind \"$0\" /etc/shadow && exec \"$@\"",
                        passwords.toString()));
        knownHosts(taking.knownHost());

        var unasked = shell().run("host run", target(taking), "--", "true");
        var asked = shell().onTerminal("host run " + target(taking) + " -- echo let in", "Password", "hunter22\n");

        assertThat(unasked.exitCode()).isEqualTo(4);
        assertThat(unasked.err()).contains("password").contains("no a password was given");
        assertThat(asked.orFail().out()).contains("Password").contains("let in").doesNotContain("hunter22");
    }

    // ---- ~/.ssh/config ----

    @Test
    void the_configuration_of_ssh_is_honoured() throws IOException {
        Files.move(home.resolve(".ssh/id_ed25519"), home.resolve("elsewhere"));
        Files.delete(home.resolve(".ssh/known_hosts"));
        inSsh("shops", "shop.known " + server.hostKey());
        inSsh("included", "Host shop?\n  UserKnownHostsFile ~/.ssh/shops\n  HostKeyAlias shop.known\n");
        inSsh("config", """
                Include included
                Match host never
                  Port 1
                Host other
                  HostName no.such.host.invalid
                Host shop* !shop9
                  HostName 127.0.0.1
                  Port = %d
                  IdentityFile "~/elsewhere"
                """.formatted(server.port()));

        assertThat(shell().run("status --via=ssh://shop1").orFail().out()).contains(serving.revision());
        assertThat(shell().run("host run other -- true").err()).contains("no.such.host.invalid");
    }

    @Test
    void a_chain_of_hosts_in_between_is_gone_through() throws IOException {
        var first =
                HOST.closeLater(new SshServer(directory("first")).authorize(key).start());
        var second = HOST.closeLater(
                new SshServer(directory("second")).authorize(key).start());
        knownHosts(server.knownHost() + first.knownHost() + second.knownHost());
        inSsh("config", """
                Host first
                  HostName 127.0.0.1
                  Port %d
                Host inner
                  HostName 127.0.0.1
                  Port %d
                  ProxyJump first,127.0.0.1:%d
                """.formatted(first.port(), server.port(), second.port()));

        assertThat(shell().run("status --via=ssh://inner").orFail().out()).contains(serving.revision());
        assertThat(first.log()).contains("Accepted publickey");
        assertThat(second.log()).contains("Accepted publickey");

        Files.writeString(home.resolve(".ssh/known_hosts"), server.knownHost() + first.knownHost());
        var unknown = shell().run("status --via=ssh://inner");
        assertThat(unknown.exitCode()).isEqualTo(4);
        assertThat(unknown.err()).contains(second.fingerprint());
    }

    // ---- host run ----

    @Test
    void a_command_has_its_words_outputs_and_exit_code() {
        var words = shell().run("host run", target(server), "--", "echo", "a  b", "it's", "$HOME", "*");
        var both = shell().run("host run", target(server), "--", "sh", "-c", "echo to out; echo to err >&2; exit 7");
        var json = shell().run("host run --json", target(server), "--", "sh", "-c", "echo x; kill -9 $$");

        assertThat(words.orFail().out()).isEqualTo("a  b it's $HOME *\n");
        assertThat(both.exitCode()).isEqualTo(7);
        assertThat(both.out()).isEqualTo("to out\n");
        assertThat(both.err()).contains("to err\n").containsPattern("exit code 7 after \\d+\\.\\d s");
        assertThat(json.exitCode()).isEqualTo(137);
        assertThat(json.json().path("ExitCode").asInt()).isEqualTo(137);
        assertThat(json.json().path("Stdout").asText()).isEqualTo("x\n");
    }

    @Test
    void output_comes_while_the_command_runs_and_the_command_ends_with_its_caller() throws IOException {
        var alive = home.resolve("alive");
        // A shell that can't complain of its sleep any more would die of that.
        var script = "exec 2>/dev/null; trap 'echo ended >>" + alive
                + "; exit' TERM; echo begun; while :; do sleep 0.1; done";
        for (var how : List.<java.util.function.Consumer<Process>>of(Process::destroy, Process::destroyForcibly)) {
            Files.writeString(alive, "");
            var running = shell().start("host run", target(server), "--", "sh", "-c", script);
            await().untilAsserted(() -> assertThat(running.outSoFar()).isEqualTo("begun\n"));

            how.accept(running.process());

            await().untilAsserted(() -> assertThat(alive).hasContent("ended"));
            shell().end(running);
        }
    }
}
