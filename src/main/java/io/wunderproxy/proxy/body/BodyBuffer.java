package io.wunderproxy.proxy.body;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.impl.ContextInternal;
import io.wunderproxy.proxy.admission.Budget;
import io.wunderproxy.proxy.admission.MemoryAccount;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A request's body that is read to its end before any of it is sent on, so that a slow client keeps no application
 * worker waiting: the beginning in memory, the rest in a temporary file without a name, which is gone when it is
 * closed. The client is held back while the file is slower. On one event loop, which never waits for the file.
 */
public final class BodyBuffer {
    private static final int PIECE = 64 * 1024;
    /** No file is made for less; the number of requests in flight is bounded. */
    private static final int SMALL = 16 * 1024;

    private final ContextInternal context;
    private final Path directory;
    private final int memoryLimit;
    private final long limit;
    private final MemoryAccount account;
    private final Budget disk;
    private final BufferQueue memory = new BufferQueue();
    /** Behind what is in the file. */
    private final BufferQueue unwritten = new BufferQueue();

    private HttpServerRequest source;
    private Runnable whenPartRead;
    private Handler<AsyncResult<Void>> whenRead;
    private AsyncFile file;
    private long size;
    private long stored;
    private int pendingWrites;
    private long pendingBytes;
    private boolean staysInMemory;
    private boolean opening;
    private boolean ended;
    private boolean stopped;
    private boolean closed;

    /** The body is larger than the limit. */
    public static final class TooLarge extends Exception {
        private static final long serialVersionUID = 1L;

        TooLarge() {
            super("larger than the limit", null, false, false);
        }
    }

    /**
     * @param directory where the temporary file is made, if it is needed
     * @param memoryLimit bytes that are kept in memory
     * @param limit bytes altogether
     * @param account of the client, for what is in memory
     * @param disk what the files of all exchanges share
     */
    public BodyBuffer(
            ContextInternal context, Path directory, int memoryLimit, long limit, MemoryAccount account, Budget disk) {
        this.context = context;
        this.directory = directory;
        this.memoryLimit = memoryLimit;
        this.limit = limit;
        this.account = account;
        this.disk = disk;
    }

    /**
     * Takes the body that {@link #add} and {@link #end} bring; {@code then} is called once, when it is complete or can't be
     * stored.
     *
     * @param onPart is run for each part that arrives
     */
    public void readFrom(HttpServerRequest request, Runnable onPart, Handler<AsyncResult<Void>> then) {
        source = request;
        whenPartRead = onPart;
        whenRead = then;
    }

    /** Makes no file: all of the body is in memory already, and somebody waits for its end. */
    public void stayInMemory() {
        staysInMemory = true;
    }

    /** Everything has arrived. */
    public void end() {
        ended = true;
        writeOut();
        finishIfComplete();
    }

    /** Takes no more, although there is more; the caller has paused the request and reads the rest of it. */
    public void stop() {
        stopped = true;
        writeOut();
        finishIfComplete();
    }

    /** Whether everything has arrived, stored or not. */
    public boolean hasEnded() {
        return ended;
    }

    public void add(Buffer part) {
        size += part.length();
        if (closed) {
            return;
        }
        whenPartRead.run();
        if (part.length() == 0) {
            // What ends a body over HTTP/2. Vert.x would end its writing at once and not on the file's context.
            return;
        }
        if (size > limit) {
            fail(new TooLarge());
        } else if (file != null) {
            store(part);
        } else if (!opening && size <= memoryLimit && account.take(part.length())) {
            memory.add(part);
        } else if (staysInMemory || !opening && size <= Math.min(SMALL, memoryLimit)) {
            account.claim(part.length());
            memory.add(part);
        } else {
            // Parts that arrive while the file is opened wait in memory; the pause lets only few of them through.
            account.claim(part.length());
            memory.add(part);
            open();
        }
    }

    private void open() {
        pause();
        if (opening) {
            return;
        }
        opening = true;
        TemporaryFile.open(context, directory, "body").onComplete(opened -> {
            opening = false;
            if (opened.failed()) {
                fail(opened.cause());
            } else if (closed) {
                opened.result().close();
            } else {
                file = opened.result();
                resume();
                finishIfComplete();
            }
        });
    }

    private void store(Buffer part) {
        if (!disk.take(part.length())) {
            fail(new IOException("all the space for temporary files is used"));
            return;
        }
        stored += part.length();
        account.claim(part.length());
        unwritten.add(part);
        if (unwritten.bytes() >= PIECE || account.isSpent()) {
            writeOut();
        }
    }

    private void writeOut() {
        for (var part = unwritten.poll(); part != null; part = unwritten.poll()) {
            write(part);
        }
    }

    private void write(Buffer part) {
        var length = part.length();
        pendingWrites++;
        pendingBytes += length;
        file.write(part).onComplete(written -> {
            pendingWrites--;
            if (!closed) {
                pendingBytes -= length;
                account.give(length);
            }
            if (written.failed()) {
                fail(written.cause());
            } else {
                finishIfComplete();
            }
        });
        if (file.writeQueueFull()) {
            pause();
            file.drainHandler(drained -> resume());
        }
    }

    /** A request that has ended can't be paused. */
    private void pause() {
        if (!ended) {
            source.pause();
        }
    }

    private void resume() {
        if (!ended && !stopped) {
            source.resume();
        }
    }

    private void finishIfComplete() {
        if ((ended || stopped) && pendingWrites == 0 && !opening && whenRead != null) {
            var then = whenRead;
            whenRead = null;
            then.handle(Future.succeededFuture());
        }
    }

    private void fail(Throwable cause) {
        if (whenRead != null) {
            var then = whenRead;
            whenRead = null;
            close();
            resume();
            then.handle(Future.failedFuture(cause));
        }
    }

    /** The number of bytes. */
    public long size() {
        return size;
    }

    /** The part that is in memory: all of it unless {@link #file} has the rest. */
    public Iterable<Buffer> memory() {
        return memory.all();
    }

    /** The rest of the body, ready to be read from its start; null if all is in memory. */
    public AsyncFile file() {
        return file;
    }

    public boolean isClosed() {
        return closed;
    }

    /** Deletes the file; the second and later calls do nothing. */
    public void close() {
        if (!closed) {
            closed = true;
            account.give(memory.bytes() + unwritten.bytes() + pendingBytes);
            pendingBytes = 0;
            disk.give(stored);
            memory.clear();
            unwritten.clear();
            if (file != null) {
                file.close();
            }
        }
    }
}
