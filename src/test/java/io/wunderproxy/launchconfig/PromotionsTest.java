package io.wunderproxy.launchconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.launchconfig.Promotions.LostRaceException;
import io.wunderproxy.testkit.Patience;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromotionsTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    @TempDir
    Path directory;

    private LaunchConfigStore store;
    private Promotions promotions;

    @BeforeEach
    void open() {
        store = LaunchConfigStore.open("file:" + directory, "shop");
        promotions = store.promotions(Clock.fixed(NOW, ZoneOffset.UTC));
        directory.resolve("shop").toFile().mkdir();
    }

    @Test
    void the_first_promotion_makes_both_files() throws Exception {
        var blue = stored("blue");

        promotions.promote(promotions.read(), blue, "ann@host");

        assertThat(Files.readAllBytes(file("current.json"))).isEqualTo(blue.document());
        assertThat(promotions.read().history().entries())
                .containsExactly(new History.Entry("blue", "2026-01-31T12:00:00Z", "ann@host", blue.hash()));
    }

    @Test
    void the_history_keeps_the_last_ten_oldest_first() throws Exception {
        for (var i = 0; i < 13; i++) {
            promotions.promote(promotions.read(), stored("revision-" + i), "ann@host");
        }

        var revisions = promotions.read().history().entries().stream()
                .map(History.Entry::revision)
                .toList();
        assertThat(revisions).hasSize(10).startsWith("revision-3").endsWith("revision-12");
    }

    @Test
    void promoting_what_is_current_changes_nothing() throws Exception {
        var blue = stored("blue");
        promotions.promote(promotions.read(), blue, "ann@host");

        promotions.promote(promotions.read(), blue, "bob@host");

        assertThat(promotions.read().history().entries()).hasSize(1);
    }

    @Test
    void who_is_second_learns_who_was_first() throws Exception {
        var base = promotions.read();
        promotions.promote(base, stored("blue"), "ann@host");

        assertThatThrownBy(() -> promotions.promote(base, stored("green"), "bob@host"))
                .isInstanceOf(LostRaceException.class)
                .hasMessageContaining("ann@host promoted revision blue")
                .hasMessageContaining("2026-01-31T12:00:00Z");
        assertThat(promotions.read().history().entries()).hasSize(1);
    }

    @Test
    void who_is_second_with_the_same_is_not_second() throws Exception {
        var base = promotions.read();
        var blue = stored("blue");
        promotions.promote(base, blue, "ann@host");

        promotions.promote(base, blue, "bob@host");

        assertThat(promotions.read().history().entries()).hasSize(1);
    }

    @Test
    void of_many_at_once_one_wins() throws Exception {
        var base = promotions.read();
        var start = new CountDownLatch(1);
        var won = new AtomicInteger();
        var lost = new AtomicInteger();
        var threads = new java.util.ArrayList<Thread>();
        for (var i = 0; i < 16; i++) {
            var config = stored("revision-" + i);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    Patience.await(start);
                    promotions.promote(base, config, "ann@host");
                    won.incrementAndGet();
                } catch (LostRaceException e) {
                    lost.incrementAndGet();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }

        start.countDown();
        for (var thread : threads) {
            thread.join();
        }

        assertThat(won.get()).isEqualTo(1);
        assertThat(lost.get()).isEqualTo(15);
        var now = promotions.read();
        assertThat(now.history().entries()).hasSize(1);
        assertThat(now.currentHash())
                .contains(now.history().entries().getFirst().hash());
    }

    @Test
    void a_current_json_that_was_changed_by_hand_meanwhile_is_not_overwritten() throws Exception {
        promotions.promote(promotions.read(), stored("blue"), "ann@host");
        var base = promotions.read();
        Files.write(file("current.json"), document("by-hand"));

        assertThatThrownBy(() -> promotions.promote(base, stored("green"), "bob@host"))
                .isInstanceOf(LostRaceException.class)
                .hasMessageContaining("keeps no history");
        assertThat(Files.readAllBytes(file("current.json"))).isEqualTo(document("by-hand"));
    }

    @Test
    void what_was_broken_off_between_the_two_writes_is_completed() throws Exception {
        promotions.promote(promotions.read(), stored("blue"), "ann@host");
        var green = stored("green");
        breakOff(green);

        assertThat(promotions.read().interrupted()).isTrue();
        assertThat(promotions.repair(promotions.read()))
                .hasValueSatisfying(
                        done -> assertThat(done).contains("completed").contains("green"));

        assertThat(promotions.read().interrupted()).isFalse();
        assertThat(promotions.read().currentHash()).contains(green.hash());
        assertThat(promotions.repair(promotions.read())).isEmpty();
    }

    @Test
    void what_will_become_of_what_was_broken_off_can_be_seen_before() throws Exception {
        promotions.promote(promotions.read(), stored("blue"), "ann@host");
        var green = stored("green");
        breakOff(green);
        var found = promotions.read();

        assertThat(promotions.preview(found).promoted(green.hash())).isTrue();
        assertThat(promotions.read().currentHash()).isEqualTo(found.currentHash());

        Files.delete(file("container." + green.hash() + ".json"));
        assertThat(promotions.preview(found).history().last())
                .isEqualTo(found.history().entries().stream().findFirst());
        assertThat(promotions.read().interrupted()).isTrue();
    }

    @Test
    void what_was_broken_off_is_undone_when_its_configuration_is_gone() throws Exception {
        var blue = stored("blue");
        promotions.promote(promotions.read(), blue, "ann@host");
        var green = stored("green");
        breakOff(green);
        Files.delete(file("container." + green.hash() + ".json"));

        assertThat(promotions.repair(promotions.read()))
                .hasValueSatisfying(done -> assertThat(done).contains("undid").contains("green"));

        assertThat(promotions.read().history().last().orElseThrow().hash()).isEqualTo(blue.hash());
        assertThat(promotions.read().currentHash()).contains(blue.hash());
    }

    @Test
    void a_current_json_that_is_younger_than_the_history_was_put_there_by_hand_and_stays() throws Exception {
        promotions.promote(promotions.read(), stored("blue"), "ann@host");
        await().until(() -> {
            Files.write(file("current.json"), document("by-hand"));
            return changed("current.json").compareTo(changed("history.json")) > 0;
        });
        // As a copy that keeps the time of its original.
        Files.setLastModifiedTime(
                file("current.json"), FileTime.from(Instant.now().minusSeconds(60)));

        assertThat(promotions.read().interrupted()).isFalse();
        assertThat(promotions.repair(promotions.read())).isEmpty();
    }

    @Test
    void who_is_overtaken_between_its_two_writes_by_one_that_completed_it_has_promoted() throws Exception {
        var base = promotions.read();
        var blue = stored("blue");
        var shared = BrokenStore.over(store);
        var overtaking = new Promotions(shared.store(), Clock.fixed(NOW, ZoneOffset.UTC));
        // Somebody else acts between the write of the history and that of current.json.
        shared.afterWrite(key -> {
            if (key.equals("history.json")) {
                promotes("green");
            }
        });

        overtaking.promote(base, blue, "ann@host");

        assertThat(promotions.read().history().entries().stream().map(History.Entry::revision))
                .containsExactly("blue", "green");
        assertThat(promotions.read().interrupted()).isFalse();
    }

    @Test
    void a_history_that_is_none_is_named() throws Exception {
        Files.writeString(file("history.json"), "{}");

        assertThatThrownBy(promotions::read)
                .isInstanceOf(InvalidLaunchConfigException.class)
                .hasMessageContaining("history.json");
    }

    @Test
    void rollback_passes_over_what_was_gone_back_from() {
        var a = entry("a");
        var b = entry("b");
        var c = entry("c");

        assertThat(new History(List.of(a, b, c)).lastGoodBefore(c.hash())).contains(b);
        assertThat(new History(List.of(a, b, c, b)).lastGoodBefore(b.hash())).contains(a);
        assertThat(new History(List.of(a, b, c, b, c)).lastGoodBefore(c.hash())).contains(b);
        assertThat(new History(List.of(a, b, a)).lastGoodBefore(a.hash())).isEmpty();
        assertThat(new History(List.of(a)).lastGoodBefore(entry("by hand").hash()))
                .contains(a);
    }

    // ---- what the tests share ----

    private FileTime changed(String name) throws IOException {
        return (FileTime) Files.getAttribute(file(name), "unix:ctime");
    }

    private void promotes(String revision) {
        try {
            promotions.repair(promotions.read());
            promotions.promote(promotions.read(), stored(revision), "bob@host");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void breakOff(LaunchConfig config) throws Exception {
        var base = promotions.read();
        var entry = new History.Entry(config.revision(), NOW.toString(), "ann@host", config.hash());
        assertThat(store.objects()
                        .write("history.json", base.history().with(entry).toJson(), base.historyVersion()))
                .isTrue();
    }

    private LaunchConfig stored(String revision) throws Exception {
        var document = document(revision);
        var config = LaunchConfig.parse(ConfigHash.sha256(document), document);
        store.put(config);
        return config;
    }

    private static byte[] document(String revision) {
        return """
                {"ContainerConfig": {"Image": "localhost:8080/shop:%1$s"}, "HealthCheckPath": "up", "Revision": "%1$s"}
                """.formatted(revision).getBytes(StandardCharsets.UTF_8);
    }

    private static History.Entry entry(String revision) {
        return new History.Entry(
                revision, NOW.toString(), "ann@host", ConfigHash.md5(revision.getBytes(StandardCharsets.UTF_8)));
    }

    private Path file(String key) {
        return directory.resolve("shop").resolve(key);
    }
}
