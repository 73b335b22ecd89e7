package io.wunderproxy.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.events.EventLog.Entry;
import io.wunderproxy.events.EventLog.FellBehindException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EventLogTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final Duration NOT_AT_ALL = Duration.ZERO;

    private final EventLog log = new EventLog(Clock.fixed(NOON, ZoneOffset.UTC), 5);

    @Test
    void an_event_gets_an_id_of_the_start_of_the_agent_and_a_number_that_counts_up() {
        var first = log.add(event("one"));
        var second = log.add(event("two"));

        assertThat(first.id()).isEqualTo(NOON.toEpochMilli() + "-1");
        assertThat(second.id()).isEqualTo(NOON.toEpochMilli() + "-2");
        assertThat(first.time()).isEqualTo(NOON);
    }

    @Test
    void only_the_latest_events_are_kept() {
        add(7);

        assertThat(messages(log.all())).containsExactly("3", "4", "5", "6", "7");
        assertThat(messages(log.recent(2))).containsExactly("6", "7");
        assertThat(log.recent(0)).isEmpty();
    }

    @Test
    void a_new_reader_hears_what_happens_from_now_on() throws Exception {
        add(3);
        var reader = log.recentAndNew(0);
        assertThat(reader.next(NOT_AT_ALL)).isEmpty();

        log.add(event("new"));

        assertThat(messages(reader.next(NOT_AT_ALL))).containsExactly("new");
        assertThat(reader.next(NOT_AT_ALL)).isEmpty();
    }

    @Test
    void a_reader_may_begin_with_the_latest_events() throws Exception {
        add(3);

        assertThat(messages(log.recentAndNew(2).next(NOT_AT_ALL))).containsExactly("2", "3");
    }

    @Test
    void a_reader_waits_for_news() throws Exception {
        var reader = log.recentAndNew(0);
        var heard = new CompletableFuture<List<Entry>>();
        var waiting = Thread.ofVirtual().start(() -> {
            try {
                heard.complete(reader.next(Duration.ofMinutes(1)));
            } catch (InterruptedException | FellBehindException e) {
                heard.completeExceptionally(e);
            }
        });
        await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);

        log.add(event("news"));

        assertThat(messages(heard.get(10, TimeUnit.SECONDS))).containsExactly("news");
    }

    @Test
    void a_reader_continues_after_the_id_that_it_knows() throws Exception {
        add(2);
        var known = log.add(event("known")).id();
        log.add(event("missed"));

        assertThat(messages(log.after(known).next(NOT_AT_ALL))).containsExactly("missed");
    }

    @Test
    void an_id_that_is_not_kept_any_more_or_of_another_run_or_none_at_all_gives_everything() throws Exception {
        var early = log.add(event("early")).id();
        add(6);
        var never = NOON.toEpochMilli() + "-99";

        for (var id : List.of(early, never, "1000-3", "", "x", "1-2-3", "99999999999999999999-1")) {
            assertThat(messages(log.after(id).next(NOT_AT_ALL))).as(id).containsExactly("2", "3", "4", "5", "6");
        }
    }

    @Test
    void a_reader_that_falls_behind_what_is_kept_is_cut_off() {
        var reader = log.recentAndNew(0);
        add(6);

        assertThatThrownBy(() -> reader.next(NOT_AT_ALL)).isInstanceOf(FellBehindException.class);
    }

    @Test
    void a_reader_that_is_as_slow_as_can_be_loses_nothing() throws Exception {
        var reader = log.recentAndNew(0);
        add(5);

        assertThat(messages(reader.next(NOT_AT_ALL))).containsExactly("1", "2", "3", "4", "5");
    }

    @Test
    void of_progress_only_the_latest_is_kept_and_nobody_falls_behind_for_it() throws Exception {
        var reader = log.recentAndNew(0);
        log.add(pulling("a", "begins"));
        for (var i = 1; i <= 50; i++) {
            log.add(pulling("a", i + " MB").untilNext());
            log.add(pulling("b", i + " MB of another").untilNext());
        }
        log.add(event("pulled"));

        assertThat(messages(log.all())).containsExactly("begins", "50 MB", "50 MB of another", "pulled");
        assertThat(messages(reader.next(NOT_AT_ALL))).containsExactly("begins", "50 MB", "50 MB of another", "pulled");
    }

    @Test
    void a_message_is_one_line_of_bounded_length() {
        assertThat(event("one\n two\r\n\tthree\u001b[31m").message()).isEqualTo("one two three [31m");
        assertThat(event("x".repeat(5000)).with(EventDetail.REASON, "y\n".repeat(5000)))
                .satisfies(long_ -> {
                    assertThat(long_.message()).hasSize(1000);
                    assertThat(long_.details().get(EventDetail.REASON).toString())
                            .hasSize(1000)
                            .doesNotContain("\n");
                });
    }

    @Test
    void the_log_names_the_deployment_that_the_message_does_not_repeat() {
        assertThat(event("paused").logLine()).isEqualTo("paused");
        assertThat(event("fetching").about("0123456789abcdef").logLine()).isEqualTo("configuration 01234567: fetching");
        assertThat(event("pulled x").about("0123456789abcdef", "r1").logLine())
                .isEqualTo("revision r1 (01234567): pulled x");
    }

    private void add(int number) {
        IntStream.rangeClosed(1, number).forEach(i -> log.add(event(String.valueOf(i))));
    }

    private static Event event(String message) {
        return Event.of(EventType.RECOVERING, message);
    }

    private static Event pulling(String hash, String message) {
        return Event.of(EventType.PULLING, message).about(hash, "r1");
    }

    private static List<String> messages(List<Entry> entries) {
        return entries.stream().map(entry -> entry.event().message()).toList();
    }
}
