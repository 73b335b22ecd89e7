package io.wunderproxy.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.auth.PasswordChecks.Result;
import io.wunderproxy.testkit.Patience;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PasswordChecksTest {
    @TempDir
    Path directory;

    private final AtomicLong now = new AtomicLong();
    private final PasswordChecks checks = new PasswordChecks(now::get);

    @AfterEach
    void close() {
        checks.close();
    }

    private String file(int cost) throws Exception {
        var hash = OpenBSDBCrypt.generate("2y", "right".toCharArray(), new byte[16], cost);
        return Files.writeString(directory.resolve("htpasswd"), "ann:" + hash).toString();
    }

    private static Credentials credentials(String text) {
        return Credentials.of(
                List.of("Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))));
    }

    private CompletableFuture<Result> check(String file, String text) {
        var result = new CompletableFuture<Result>();
        checks.check(file, credentials(text), result::complete);
        return result;
    }

    private static Result end(CompletableFuture<Result> result) throws Exception {
        return result.get(Patience.LONG.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void a_password_that_was_right_is_known_until_its_file_may_have_changed() throws Exception {
        var file = file(4);
        assertThat(checks.isKnown(file, credentials("ann:right"))).isFalse();
        assertThat(end(check(file, "ann:wrong"))).isEqualTo(Result.WRONG);
        assertThat(end(check(file, "ann:right"))).isEqualTo(Result.RIGHT);

        assertThat(checks.isKnown(file, credentials("ann:right"))).isTrue();
        assertThat(checks.isKnown(file, credentials("ann:wrong"))).isFalse();
        assertThat(checks.isKnown(file, credentials("annr:ight"))).isFalse();
        now.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThat(checks.isKnown(file, credentials("ann:right"))).isFalse();
        assertThat(end(check(file, "ann:right"))).isEqualTo(Result.RIGHT);
    }

    @Test
    void a_flood_of_wrong_passwords_does_not_wait_without_end() throws Exception {
        var file = file(7);
        var flood = new ArrayList<CompletableFuture<Result>>();
        for (var i = 0; i < 200; i++) {
            flood.add(check(file, "ann:wrong" + i));
        }
        var results = new ArrayList<Result>();
        for (var one : flood) {
            results.add(end(one));
        }
        assertThat(results).contains(Result.UNKNOWN, Result.WRONG).doesNotContain(Result.RIGHT);
        assertThat(results.stream().filter(Result.WRONG::equals).count()).isGreaterThanOrEqualTo(64);
        assertThat(end(check(file, "ann:right"))).isEqualTo(Result.RIGHT);
    }

    @Test
    void who_is_known_does_not_wait_behind_a_flood_of_wrong_passwords() throws Exception {
        var file = file(10);
        assertThat(end(check(file, "ann:right"))).isEqualTo(Result.RIGHT);
        var flood = new ArrayList<CompletableFuture<Result>>();
        for (var i = 0; i < 200; i++) {
            flood.add(check(file, "ann:wrong" + i));
        }
        now.addAndGet(Duration.ofSeconds(2).toNanos());

        assertThat(end(check(file, "ann:right"))).isEqualTo(Result.RIGHT);
        assertThat(flood).anyMatch(result -> !result.isDone());
    }
}
