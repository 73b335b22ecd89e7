package io.wunderproxy.rollout;

import io.wunderproxy.client.FakeManager;
import io.wunderproxy.fleet.FakeRecords;
import io.wunderproxy.launchconfig.BrokenStore;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.store.StoreException;
import io.wunderproxy.time.ManualTime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A fleet in memory, its store in a directory, and a clock that stands still: all that a rollout has to do with. */
final class TestFleet {

    static final String ANN = "ann@host";

    final ManualTime time = ManualTime.flying();
    final FakeRecords records = new FakeRecords();
    final BrokenStore objects;
    final LaunchConfigStore store;
    final TreeMap<String, FakeManager> hosts = new TreeMap<>();
    final Heard heard = new Heard();

    RolloutPolicy policy = new RolloutPolicy(
            Share.parse("100%"), Share.parse("2"), Duration.ofSeconds(10), 0.01, 3, Duration.ofMinutes(1));

    /** What a rollout has said. */
    static final class Heard implements RolloutListener {
        final List<String> lines = new CopyOnWriteArrayList<>();

        @Override
        public void step(String text) {
            lines.add(text);
        }

        @Override
        public void warn(String text) {
            lines.add("! " + text);
        }

        @Override
        public void host(String name, Stage stage, String message) {
            lines.add(name + " " + stage.label());
        }
    }

    TestFleet(Path directory) {
        this.objects = BrokenStore.over(LaunchConfigStore.open("file:" + directory, "shop"));
        this.store = objects.store();
    }

    /** Hosts that serve this already. */
    TestFleet hosts(int number, LaunchConfig serving) {
        for (var i = 1; i <= number; i++) {
            add("web" + i).serving(serving.hash().value());
        }
        return this;
    }

    FakeManager add(String name) {
        var manager = new FakeManager(name);
        hosts.put(name, manager);
        return manager;
    }

    FakeManager host(int number) {
        return hosts.get("web" + number);
    }

    static LaunchConfig config(String revision) {
        var document = """
            {"ContainerConfig": {"Image": "localhost:8080/shop:%1$s"}, "HealthCheckPath": "up", "Revision": "%1$s"}
            """.formatted(revision).getBytes(StandardCharsets.UTF_8);
        try {
            return LaunchConfig.parse(ConfigHash.sha256(document), document);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Makes this the current configuration. */
    LaunchConfig promoted(String revision) throws Exception {
        var config = config(revision);
        store.put(config);
        var promotions = store.promotions(time.clock());
        promotions.promote(promotions.read(), config, ANN);
        return config;
    }

    /** The configuration becomes current, and whoever promotes it doesn't learn of it. */
    void losesTheResponseOfThePromotion() {
        objects.afterWrite(key -> {
            if (key.equals("current.json")) {
                throw new StoreException("the connection broke");
            }
        });
    }

    /** The configuration becomes current, whoever promotes it doesn't learn of it, and the store can't be read from then on. */
    void losesTheStoreAtThePromotion() {
        objects.afterWrite(key -> {
            if (key.equals("current.json")) {
                objects.beforeRead(read -> {
                    throw new StoreException("the store is gone");
                });
                throw new StoreException("the connection broke");
            }
        });
    }

    Optional<ConfigHash> current() throws Exception {
        return store.promotions(time.clock()).read().currentHash();
    }

    private Discovery discovery() {
        return new Discovery() {
            @Override
            public List<Found> find() {
                return hosts.entrySet().stream()
                        .map(host -> new Found(host.getKey(), host::getValue))
                        .toList();
            }

            @Override
            public boolean isOpen() {
                return true;
            }
        };
    }

    FleetSession session() {
        return session(Optional.of(records));
    }

    FleetSession session(Optional<FleetRecords> kept) {
        return new FleetSession(
                new FleetSession.Fleet(kept, discovery(), new Parallel(1)),
                store,
                () -> ANN,
                policy,
                heard,
                time.clock(),
                time);
    }

    FleetSession.Result deploy(LaunchConfig config) throws Exception {
        return session().deploy("deploy " + config.revision(), (store, base) -> config);
    }

    /** What each host serves, in the order of their names. */
    List<String> serving() {
        return hosts.values().stream().map(FakeManager::active).toList();
    }
}
