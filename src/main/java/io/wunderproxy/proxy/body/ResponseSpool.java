package io.wunderproxy.proxy.body;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.impl.ContextInternal;
import io.wunderproxy.proxy.admission.Budget;
import io.wunderproxy.proxy.admission.MemoryAccount;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * The part of a response that its client has not taken yet: first in, first out, in a temporary file without a name, which
 * is gone when it is closed. What waits to be written to the file is in memory. On one event loop, which never waits for
 * the file.
 */
public final class ResponseSpool {
    private static final int PIECE = 64 * 1024;
    private static final int MOST_UNWRITTEN = 1024 * 1024;
    /** Size, when memory is short, of a part that is read from the file, and of the data that waits to be written. */
    private static final int LEAN_PIECE = 8 * 1024;

    private final ContextInternal context;
    private final Path directory;
    private final long limit;
    private final Budget disk;
    private final MemoryAccount account;
    private final Runnable roomAgain;
    private final BufferQueue unwritten = new BufferQueue();
    private AsyncFile file;
    private long written;
    private long read;
    private long taken;
    private boolean refused;
    private boolean writing;
    private boolean broken;
    private boolean full;
    private boolean closed;
    private Consumer<Buffer> reader;

    /**
     * @param limit bytes in the file
     * @param disk what the files of all exchanges share
     * @param account of the client, for what waits to be written
     * @param roomAgain called when {@link #isFull} is no longer true. The sender may end at once then, so that what was
     *     taken must have been handed on before, or it would come after the end.
     */
    public ResponseSpool(
            ContextInternal context,
            Path directory,
            long limit,
            Budget disk,
            MemoryAccount account,
            Runnable roomAgain) {
        this.context = context;
        this.directory = directory;
        this.limit = limit;
        this.disk = disk;
        this.account = account;
        this.roomAgain = roomAgain;
    }

    /** Takes a part, whether there is room or not. */
    public void add(Buffer part) {
        account.claim(part.length());
        unwritten.add(part);
        write();
        full |= isWithoutRoom();
    }

    /** Whether the sender must wait. */
    public boolean isFull() {
        return full;
    }

    private boolean isWithoutRoom() {
        return broken
                || refused && !unwritten.isEmpty()
                || unwritten.bytes() > (account.isSpent() ? LEAN_PIECE : MOST_UNWRITTEN)
                || written + unwritten.bytes() > limit;
    }

    /** Whether everything was taken. */
    public boolean isEmpty() {
        return read == written && unwritten.isEmpty();
    }

    /** Hands the next part to {@code taker}, once, as soon as it can be read; null if it can't be. Not while empty. */
    public void take(Consumer<Buffer> taker) {
        reader = taker;
        serve();
    }

    private void serve() {
        if (reader == null || closed) {
            return;
        }
        if (read < written) {
            var length = (int) Math.min(account.isSpent() ? LEAN_PIECE : PIECE, written - read);
            var taker = reader;
            reader = null;
            file.read(Buffer.buffer(length), 0, read, length).onComplete(done -> {
                if (!closed) {
                    read += length;
                    taker.accept(done.succeeded() && done.result().length() == length ? done.result() : null);
                    rewindIfEmpty();
                }
            });
        } else if (!writing && !unwritten.isEmpty()) {
            // Nothing of it needs to go through the file.
            var part = unwritten.poll();
            account.give(part.length());
            var taker = reader;
            reader = null;
            taker.accept(part);
            makeRoom();
        }
    }

    private void write() {
        if (writing || broken || closed || unwritten.isEmpty() || written >= limit) {
            return;
        }
        if (file == null) {
            writing = true;
            open();
            return;
        }
        var part = unwritten.peek();
        refused = !disk.take(part.length());
        if (refused) {
            return;
        }
        taken += part.length();
        writing = true;
        file.write(part, written).onComplete(done -> {
            writing = false;
            if (closed) {
                return;
            }
            if (done.succeeded()) {
                unwritten.poll();
                account.give(part.length());
                written += part.length();
            } else {
                broken = true;
            }
            write();
            makeRoom();
            serve();
        });
    }

    private void open() {
        TemporaryFile.open(context, directory, "response").onComplete(opened -> {
            writing = false;
            if (opened.failed()) {
                broken = true;
            } else if (closed) {
                opened.result().close();
                return;
            } else {
                file = opened.result();
            }
            write();
            serve();
        });
    }

    private void rewindIfEmpty() {
        // Who took the last part may have closed it, which gives back what it had of the disk.
        if (!closed && read == written && !writing) {
            read = 0;
            written = 0;
            disk.give(taken);
            taken = 0;
            write();
            makeRoom();
        }
    }

    /** A file that was full takes nothing until it is empty, so that it never grows beyond its limit. */
    private void makeRoom() {
        if (full && !isWithoutRoom() && unwritten.bytes() <= MOST_UNWRITTEN / 2) {
            full = false;
            roomAgain.run();
        }
    }

    /** Deletes the file; the second and later calls do nothing. */
    public void close() {
        if (!closed) {
            closed = true;
            disk.give(taken);
            account.give(unwritten.bytes());
            unwritten.clear();
            if (file != null) {
                file.close();
            }
        }
    }
}
