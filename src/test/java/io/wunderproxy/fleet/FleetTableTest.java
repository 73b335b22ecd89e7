package io.wunderproxy.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.blackbox.DynamoServer;
import io.wunderproxy.testkit.SetClock;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members, lock and ledger of a fleet, in a real table. */
class FleetTableTest {
    private static final String TABLE = "fleets";
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    /** Of now, since DynamoDB deletes what has expired. */
    private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    private static final AtomicInteger FLEETS = new AtomicInteger();

    @TempDir
    static Path directory;

    private static DynamoServer server;

    private final String name = FleetTable.fleet("bucket", "/production-" + FLEETS.incrementAndGet() + "/");
    private final SetClock clock = new SetClock(NOW);
    private FleetTable fleet;

    @BeforeAll
    static void aTable() throws Exception {
        server = DynamoServer.inMemory(directory);
        try (var tables = DynamoTables.at(server.endpoint())) {
            assertThat(tables.create(TABLE, Optional.empty())).isTrue();
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() {
        fleet = open(server.endpoint());
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private FleetTable open(URI endpoint) {
        return FleetTable.at(endpoint, TABLE, name, clock);
    }

    private Member member(String id) {
        return member(id, NOW);
    }

    private Member startedAt(Instant since) {
        return member("a", since);
    }

    private Member member(String id, Instant since) {
        return new Member(
                id,
                "http://10.0.0.7:8001",
                id + ":80",
                "4f2c1d",
                "d41f5e6e0c1b2a39485766554433221a",
                "healthy",
                "1.0",
                4,
                since,
                clock.instant(),
                INTERVAL);
    }

    private Rollout rollout(long number, Rollout.Phase phase) {
        return new Rollout(
                number, "4f2c1d", "d41f", "", "ann", NOW, phase.isFinished() ? NOW : null, phase, "", List.of());
    }

    private HostOutcome outcome(long number, String host, HostOutcome.State state) {
        return new HostOutcome(number, host, "http://" + host, "d41f", state, "", NOW);
    }

    // ---- members ----

    @Test
    void keeps_what_members_say_of_themselves() throws FleetException {
        fleet.members().put(member("b"));
        fleet.members().put(member("a"));
        assertThat(fleet.members().all()).containsExactly(member("a"), member("b"));

        fleet.members().remove(member("a"));
        fleet.members().remove(member("a"));
        assertThat(fleet.members().all()).containsExactly(member("b"));
    }

    @Test
    void leaves_a_member_alone_that_took_the_place_of_one_that_goes() throws FleetException {
        fleet.members().put(startedAt(NOW.plusSeconds(1)));

        fleet.members().remove(startedAt(NOW));

        assertThat(fleet.members().all()).containsExactly(startedAt(NOW.plusSeconds(1)));
    }

    @Test
    void counts_a_member_as_gone_after_three_intervals_and_forgets_it_after_a_day() throws FleetException {
        fleet.members().put(member("a"));
        clock.add(INTERVAL.multipliedBy(3));
        assertThat(fleet.members().all().getFirst().isFresh(clock.instant())).isTrue();
        clock.add(Member.CLOCK_SKEW);
        assertThat(fleet.members().all().getFirst().isFresh(clock.instant())).isFalse();
        clock.add(Duration.ofDays(1));
        assertThat(fleet.members().all()).isEmpty();
    }

    @Test
    void refuses_two_live_hosts_of_one_name() throws FleetException {
        fleet.members().put(member("a"));
        var other = new Member(
                "a",
                "http://10.0.0.8:8001",
                "10.0.0.8:80",
                "",
                "",
                "starting",
                "1.0",
                4,
                NOW.plusSeconds(1),
                NOW,
                INTERVAL);
        assertThatThrownBy(() -> fleet.members().put(other))
                .isInstanceOf(FleetException.Conflict.class)
                .hasMessageContaining("--member-id");
        clock.add(INTERVAL.multipliedBy(3).plus(Member.CLOCK_SKEW).plusSeconds(1));
        fleet.members().put(other);
    }

    @Test
    void reads_members_beyond_one_page() throws FleetException {
        var long20k = "x".repeat(20_000);
        for (var i = 0; i < 120; i++) {
            var m = member("m%03d".formatted(i));
            fleet.members()
                    .put(new Member(
                            m.id(),
                            m.manager(),
                            m.proxy(),
                            long20k,
                            "",
                            "healthy",
                            "1",
                            1,
                            m.since(),
                            m.seen(),
                            m.interval()));
        }
        assertThat(fleet.members().all()).hasSize(120);
    }

    // ---- neighbours ----

    private List<String> neighbours(String id, int each) throws FleetException {
        return fleet.members().neighbours(id, each).stream().map(Member::id).toList();
    }

    @Test
    void finds_neighbours_around_the_ring() throws FleetException {
        for (var id : List.of("a", "b", "c", "d", "e", "f", "g")) {
            fleet.members().put(member(id));
        }
        assertThat(neighbours("d", 2)).containsExactly("e", "f", "c", "b");
        assertThat(neighbours("a", 2)).containsExactly("b", "c", "g", "f");
        assertThat(neighbours("g", 2)).containsExactly("a", "b", "f", "e");
        assertThat(neighbours("d", 8)).containsExactlyInAnyOrder("a", "b", "c", "e", "f", "g");
        assertThat(neighbours("joining", 2)).containsExactly("a", "b", "g", "f");
    }

    @Test
    void passes_over_neighbours_that_have_gone() throws FleetException {
        for (var i = 0; i < 20; i++) {
            fleet.members().put(member("gone-%02d".formatted(i)));
        }
        clock.add(INTERVAL.multipliedBy(4));
        fleet.members().put(member("a"));
        fleet.members().put(member("z"));
        assertThat(neighbours("a", 8)).containsExactly("z");
    }

    @Test
    void neighbours_cost_the_same_however_many_members_there_are() throws FleetException {
        for (var i = 0; i < 40; i++) {
            fleet.members().put(member("m%03d".formatted(i)));
        }
        var few = reads();
        for (var i = 40; i < 400; i++) {
            fleet.members().put(member("m%03d".formatted(i)));
        }
        assertThat(reads()).isEqualTo(few).isLessThanOrEqualTo(3);
    }

    private double reads() throws FleetException {
        try (var measured = open(server.endpoint())) {
            assertThat(measured.members().neighbours("m020", 8)).hasSize(16);
            return measured.consumed().reads();
        }
    }

    // ---- lock ----

    @Test
    void gives_the_lock_to_one_at_a_time_with_a_rising_number() throws FleetException {
        try (var other = open(server.endpoint())) {
            try (var held = fleet.lock("ann", "deploy 4f2c1d")) {
                held.ensureHeld();
                assertThatThrownBy(() -> other.lock("bob", "deploy 5a"))
                        .isInstanceOfSatisfying(LockedException.class, locked -> {
                            assertThat(locked.owner()).isEqualTo("ann");
                            assertThat(locked.since()).isEqualTo(NOW);
                            assertThat(locked.until())
                                    .isEqualTo(NOW.plus(DeployLock.LEASE).plus(Member.CLOCK_SKEW));
                        })
                        .hasMessageContainingAll("ann", "deploy 4f2c1d");
            }
            try (var next = other.lock("bob", "deploy 5a"); ) {
                assertThat(next.fence()).isEqualTo(2);
            }
        }
    }

    @Test
    void tells_who_holds_the_lock_and_takes_nothing() throws FleetException {
        fleet.ensureUnlocked();
        try (var other = open(server.endpoint())) {
            try (var held = other.lock("ann", "deploy 4f2c1d")) {
                assertThatThrownBy(fleet::ensureUnlocked)
                        .isInstanceOf(LockedException.class)
                        .hasMessageContainingAll("ann", "deploy 4f2c1d");
                held.ensureHeld();
            }
            fleet.ensureUnlocked();

            try (var dead = other.lock("ann", "deploy 4f2c1d")) {
                clock.add(DeployLock.LEASE.plus(Member.CLOCK_SKEW).plusMillis(1));
                fleet.ensureUnlocked();
                assertThat(dead.fence()).isEqualTo(2);
            }
        }
    }

    @Test
    void breaks_a_lock_only_when_its_lease_is_over_and_its_owner_notices() throws FleetException {
        try (var other = open(server.endpoint())) {
            var dead = fleet.lock("ann", "deploy 4f2c1d");
            clock.add(DeployLock.LEASE);
            assertThat(dead.isLost()).isTrue();
            assertThatThrownBy(() -> other.lock("bob", "deploy 5a")).isInstanceOf(LockedException.class);

            clock.add(Member.CLOCK_SKEW.plusMillis(1));
            try (var taken = other.lock("bob", "deploy 5a")) {
                assertThat(taken.fence()).isEqualTo(dead.fence() + 1);
                assertThatThrownBy(dead::ensureHeld).hasMessageContaining("lost");
                dead.close();
                taken.ensureHeld();
                assertThat(taken.isLost()).isFalse();
            }
        }
    }

    @Test
    void an_owner_whose_clock_is_late_finds_out_that_the_lock_was_taken() throws FleetException {
        var ahead = new SetClock(NOW);
        ahead.add(Duration.ofMinutes(5));
        try (var other = FleetTable.at(server.endpoint(), TABLE, name, ahead);
                var late = fleet.lock("ann", "deploy 4f2c1d");
                var taken = other.lock("bob", "deploy 5a")) {
            assertThat(late.isLost()).isFalse();
            assertThatThrownBy(late::ensureHeld).hasMessageContainingAll("taken by bob", "deploy 5a");
            assertThat(late.isLost()).isTrue();
            assertThat(taken.isLost()).isFalse();
        }
    }

    @Test
    void does_not_take_its_own_lock_for_somebody_elses_when_the_response_was_lost() throws Exception {
        try (var thief = new ResponseThief(server.endpoint().getPort());
                var robbed = open(thief.endpoint())) {
            thief.stealNext();
            try (var lock = robbed.lock("ann", "deploy 4f2c1d")) {
                assertThat(thief.stolen()).isEqualTo(1);
                assertThat(lock.fence()).isEqualTo(1);
                lock.ensureHeld();
                thief.stealNext();
                lock.ledger().record(rollout(1, Rollout.Phase.LAUNCHING));
                thief.stealNext();
            }
            assertThat(thief.stolen()).isEqualTo(3);
            fleet.lock("bob", "deploy 5a").close();
        }
    }

    // ---- ledger ----

    @Test
    void tells_the_newest_deployments_with_their_hosts() throws FleetException {
        for (var number = 1; number <= 3; number++) {
            try (var lock = fleet.lock("ann", "deploy")) {
                var ledger = lock.ledger();
                ledger.record(rollout(lock.fence(), Rollout.Phase.SWITCHING));
                ledger.record(outcome(lock.fence(), "b", HostOutcome.State.CONFIRMED));
                ledger.record(outcome(lock.fence(), "a", HostOutcome.State.LAUNCHING));
                ledger.record(outcome(lock.fence(), "a", HostOutcome.State.SWITCHED));
                ledger.record(rollout(lock.fence(), Rollout.Phase.DONE));
            }
        }
        assertThat(fleet.ledger().rollouts(2)).extracting(Rollout::number).containsExactly(3L, 2L);
        var last = fleet.ledger().last().orElseThrow();
        assertThat(last.phase()).isEqualTo(Rollout.Phase.DONE);
        assertThat(last.endedAt()).isEqualTo(NOW);
        assertThat(last.hosts())
                .containsExactly(
                        outcome(3, "a", HostOutcome.State.SWITCHED), outcome(3, "b", HostOutcome.State.CONFIRMED));
    }

    @Test
    void reads_a_deployment_of_many_hosts() throws FleetException {
        try (var lock = fleet.lock("ann", "deploy")) {
            var ledger = lock.ledger();
            ledger.record(rollout(lock.fence(), Rollout.Phase.LAUNCHING));
            for (var host : IntStream.range(0, 300).mapToObj("h%03d"::formatted).toList()) {
                ledger.record(new HostOutcome(1, host, "", "", HostOutcome.State.FAILED, "x".repeat(9000), NOW));
            }
        }
        var hosts = fleet.ledger().last().orElseThrow().hosts();
        assertThat(hosts).hasSize(300);
        assertThat(hosts.getFirst().message()).hasSize(4000);
    }

    @Test
    void who_lost_the_lock_can_not_overwrite_what_the_next_one_wrote() throws FleetException {
        try (var other = open(server.endpoint())) {
            var late = fleet.lock("ann", "deploy").ledger();
            late.record(rollout(1, Rollout.Phase.SWITCHING));
            clock.add(Duration.ofMinutes(2));
            try (var taken = other.lock("bob", "roll back")) {
                late.record(outcome(1, "a", HostOutcome.State.SWITCHED));
                taken.ledger().record(rollout(1, Rollout.Phase.FAILED));
                taken.ledger().record(rollout(taken.fence(), Rollout.Phase.ROLLING_BACK));
            }
            assertThatThrownBy(() -> late.record(rollout(1, Rollout.Phase.DONE)))
                    .isInstanceOf(FleetException.Conflict.class)
                    .hasMessageContaining("taken over");
            assertThat(fleet.ledger().rollouts(9))
                    .extracting(Rollout::phase)
                    .containsExactly(Rollout.Phase.ROLLING_BACK, Rollout.Phase.FAILED);
        }
    }

    // ---- what goes wrong ----

    @Test
    void says_that_there_is_no_such_table() {
        try (var missing = FleetTable.at(server.endpoint(), "missing", name, clock)) {
            assertThatThrownBy(missing.members()::all)
                    .isInstanceOf(FleetException.NotFound.class)
                    .hasMessageContainingAll("there is no table missing", "table create");
        }
    }

    @Test
    void says_that_dynamo_db_can_not_be_reached() {
        try (var dead = open(URI.create("http://127.0.0.1:9"))) {
            assertThatThrownBy(() -> dead.members().put(member("a")))
                    .isInstanceOf(FleetException.class)
                    .hasMessageContainingAll("cannot write member a", "cannot reach DynamoDB");
        }
    }
}
