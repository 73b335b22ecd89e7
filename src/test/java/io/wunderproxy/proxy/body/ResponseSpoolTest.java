package io.wunderproxy.proxy.body;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import io.wunderproxy.proxy.admission.Budget;
import io.wunderproxy.proxy.admission.MemoryAccount;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResponseSpoolTest {
    private static final int LARGE = 600 * 1024;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final List<String> order = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> emptied = new CompletableFuture<>();
    private final MemoryAccount account = new MemoryAccount(new Budget(Long.MAX_VALUE), () -> {});
    private ResponseSpool spool;

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    /** A sender that learns of room may end the response at once. */
    @Test
    void whoever_learns_of_room_comes_after_what_was_taken_before() throws Exception {
        vertx.runOnContext(start -> {
            var context = (ContextInternal) vertx.getOrCreateContext();
            spool = new ResponseSpool(context, directory, 1024 * 1024, new Budget(Long.MAX_VALUE), account, () -> {
                order.add(spool.isEmpty() ? "room, all taken" : "room");
            });
            spool.add(Buffer.buffer(new byte[LARGE]));
            spool.add(Buffer.buffer(new byte[LARGE]));
            assertThat(spool.isFull()).isTrue();
            takeAll(0);
        });

        emptied.get(10, TimeUnit.SECONDS);
        assertThat(order.indexOf("last part")).isNotNegative();
        assertThat(order.subList(0, order.indexOf("last part"))).doesNotContain("room, all taken");
    }

    /** What Netty alone calls runs in no context of Vert.x, which would choose another loop then. */
    @Test
    void hands_parts_out_on_the_event_loop_that_it_belongs_to() throws Exception {
        for (var i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            var context = ((VertxInternal) vertx).createEventLoopContext();
            var taken = new CompletableFuture<Boolean>();
            context.nettyEventLoop().execute(() -> {
                spool = new ResponseSpool(context, directory, LARGE, new Budget(Long.MAX_VALUE), account, () -> {});
                spool.add(Buffer.buffer(new byte[LARGE]));
                spool.take(part -> taken.complete(context.nettyEventLoop().inEventLoop()));
            });
            assertThat(taken.get(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** The last part may be what ends the response. */
    @Test
    void gives_the_disk_back_once_if_it_is_closed_by_whoever_takes_the_last_part() throws Exception {
        var disk = new Budget(Long.MAX_VALUE);
        vertx.runOnContext(start -> {
            var context = (ContextInternal) vertx.getOrCreateContext();
            spool = new ResponseSpool(context, directory, LARGE, disk, account, () -> {});
            spool.add(Buffer.buffer(new byte[LARGE]));
            closeAfterTheLast();
        });

        emptied.get(10, TimeUnit.SECONDS);
        assertThat(disk.used()).isZero();
    }

    private void closeAfterTheLast() {
        if (account.bytes() > 0) {
            // Not written yet: what is taken now would not come out of the file.
            vertx.setTimer(1, again -> closeAfterTheLast());
            return;
        }
        spool.take(part -> {
            if (spool.isEmpty()) {
                spool.close();
                vertx.runOnContext(next -> emptied.complete(null));
            } else {
                closeAfterTheLast();
            }
        });
    }

    private void takeAll(int before) {
        spool.take(part -> {
            var taken = before + part.length();
            order.add(taken == 2 * LARGE ? "last part" : "part");
            if (taken < 2 * LARGE) {
                vertx.runOnContext(next -> takeAll(taken));
            } else {
                vertx.runOnContext(next -> emptied.complete(null));
            }
        });
    }
}
