package io.wunderproxy.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.Container.Address;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.ContainerRuntime.ContainerFilter;
import io.wunderproxy.container.ContainerRuntime.Volumes;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplicationTest {

    private static final String IMAGE = "localhost:8080/shop:1";

    @TempDir
    Path directory;

    private final List<Container> containers = new ArrayList<>();
    private final Map<String, Volumes> removed = new HashMap<>();
    private StateDirectory state;
    private AgentIdentity identity;
    private Application application;

    @BeforeEach
    void open() throws Exception {
        state = StateDirectory.open(Files.createDirectory(directory.resolve("state")));
        identity = AgentIdentity.open(state);
        application = new Application("shop", "bucket/prefix", identity, "localhost:8080/shop:");
    }

    @AfterEach
    void close() throws Exception {
        state.close();
    }

    @Test
    void containers_without_labels_are_its_own_if_they_are_older_than_its_first_start() throws Exception {
        containers.add(container("older", Map.of(), identity.firstStart().minusMillis(1)));
        containers.add(container("younger", Map.of(), identity.firstStart().plusMillis(1)));

        assertThat(application.containers(runtime())).extracting(Container::id).containsExactly("older");
    }

    @Test
    void containers_with_labels_are_its_own_if_they_have_its_id() throws Exception {
        containers.add(container("own", labels(identity.id(), identity.place()), Instant.now()));
        containers.add(container("others", labels("another", "0123456789abcdef:/gone"), Instant.now()));
        containers.add(container("former", labels(identity.formerLabel(), null), Instant.now()));

        assertThat(application.containers(runtime())).extracting(Container::id).containsExactly("own");
    }

    @Test
    void containers_of_an_agent_that_is_certainly_gone_are_taken_over() throws Exception {
        String place;
        var other = directory.resolve("other");
        try (var theirs = StateDirectory.open(other)) {
            place = AgentIdentity.open(theirs).place();
        }
        containers.add(container("theirs", labels("another", place), Instant.now()));
        assertThat(application.containers(runtime())).isEmpty();

        for (var file : List.of("agent.json", "lock", "")) {
            Files.delete(other.resolve(file));
        }

        assertThat(application.containers(runtime())).extracting(Container::id).containsExactly("theirs");
    }

    @Test
    void what_an_older_version_of_it_made_is_recognised_once_and_by_its_journal() throws Exception {
        var journal = Journal.open(state, Clock.systemUTC(), "boot");
        var config = config();
        journal.record(journal.launching(config));
        Files.delete(directory.resolve("state/agent.json"));
        identity = AgentIdentity.open(state);
        application = new Application("shop", "bucket/prefix", identity, "localhost:8080/shop:");
        var known = new HashMap<>(labels(identity.formerLabel(), null));
        known.put(Application.HASH_LABEL, config.hash().value());
        containers.add(container("known", known, Instant.now()));
        containers.add(container("namesake", labels(identity.formerLabel(), null), Instant.now()));

        application.recogniseFormer(runtime(), journal);
        assertThat(application.containers(runtime())).extracting(Container::id).containsExactly("known");

        containers.add(container("later", known, Instant.now()));
        application.recogniseFormer(runtime(), journal);
        assertThat(application.containers(runtime())).extracting(Container::id).containsExactly("known");
    }

    @Test
    void what_an_older_version_made_between_two_starts_is_its_own_if_the_journal_says_that_it_runs() throws Exception {
        var journal = Journal.open(state, Clock.systemUTC(), "boot");
        application.recogniseFormer(runtime(), journal);
        var config = config();
        journal.record(journal.launching(config));
        journal.move(
                config.hash(),
                new DeploymentState.Active(new Instance("made", "r1", new Address("127.0.0.1", 9292), 9292)));
        var known = new HashMap<>(labels(identity.formerLabel(), null));
        known.put(Application.HASH_LABEL, config.hash().value());
        containers.add(container("made", known, Instant.now()));
        containers.add(container("namesake", known, Instant.now()));

        application.recogniseFormer(runtime(), journal);

        assertThat(application.containers(runtime())).extracting(Container::id).containsExactly("made");
    }

    @Test
    void anonymous_volumes_go_only_with_containers_that_it_made() throws Exception {
        containers.add(container("own", labels(identity.id(), identity.place()), Instant.now()));
        containers.add(container("foreign", Map.of(), Instant.EPOCH));

        for (var id : List.of("own", "foreign", "gone")) {
            Application.remove(runtime(), id);
        }

        assertThat(removed).isEqualTo(Map.of("own", Volumes.DELETE, "foreign", Volumes.KEEP));
    }

    private static LaunchConfig config() throws Exception {
        var document = "{\"ContainerConfig\":{\"Image\":\"shop:1\"},\"HealthCheckPath\":\"up\",\"Revision\":\"r1\"}"
                .getBytes(StandardCharsets.UTF_8);
        return LaunchConfig.parse(ConfigHash.md5(document), document);
    }

    private static Map<String, String> labels(String agent, String place) {
        var labels = new HashMap<>(Map.of(
                Application.APP_LABEL,
                "shop",
                Application.STORE_LABEL,
                "bucket/prefix",
                Application.AGENT_LABEL,
                agent));
        if (place != null) {
            labels.put(Application.PLACE_LABEL, place);
        }
        return labels;
    }

    private static Container container(String id, Map<String, String> labels, Instant created) {
        return new Container(
                id,
                id,
                IMAGE,
                labels,
                created,
                List.of(),
                new Container.Status("running", 0, false, "", 0, Optional.empty()),
                Container.Network.OWN,
                List.of(),
                Map.<Integer, Address>of());
    }

    /** An engine with these containers, which can list, find and remove. */
    private ContainerRuntime runtime() {
        return (ContainerRuntime) Proxy.newProxyInstance(
                ContainerRuntime.class.getClassLoader(),
                new Class<?>[] {ContainerRuntime.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "list" ->
                        containers.stream()
                                .filter(c -> ((ContainerFilter) arguments[0]).accepts(c.image(), c.labels()))
                                .toList();
                    case "find" ->
                        containers.stream()
                                .filter(c -> c.id().equals(arguments[0]))
                                .findFirst();
                    case "remove" -> removed.put((String) arguments[0], (Volumes) arguments[1]);
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
