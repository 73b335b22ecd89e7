package io.wunderproxy.proxy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.FileSystem;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * The part of an answer that its client has not taken yet: first in, first out, in a temporary file without a name, which
 * is gone when it is closed. What waits to be written to the file is in memory. On one event loop, which never waits for
 * the file.
 */
final class AnswerSpool {
    private static final int PIECE = 64 * 1024;
    private static final int MOST_UNWRITTEN = 1024 * 1024;

    private final FileSystem files;
    private final Path directory;
    private final long limit;
    private final Runnable roomAgain;
    private final Parts unwritten = new Parts();
    private AsyncFile file;
    private long written;
    private long read;
    private boolean writing;
    private boolean broken;
    private boolean full;
    private boolean closed;
    private Consumer<Buffer> reader;

    /**
     * @param limit bytes in the file
     * @param roomAgain called when {@link #isFull} is no longer true. The sender may end at once then, so that what was
     *     taken must have been handed on before, or it would come after the end.
     */
    AnswerSpool(FileSystem files, Path directory, long limit, Runnable roomAgain) {
        this.files = files;
        this.directory = directory;
        this.limit = limit;
        this.roomAgain = roomAgain;
    }

    /** Takes a part, whether there is room or not. */
    void add(Buffer part) {
        unwritten.add(part);
        write();
        full |= isWithoutRoom();
    }

    /** Whether the sender must wait. */
    boolean isFull() {
        return full;
    }

    private boolean isWithoutRoom() {
        return broken || unwritten.bytes() > MOST_UNWRITTEN || written + unwritten.bytes() > limit;
    }

    /** Whether everything was taken. */
    boolean isEmpty() {
        return read == written && unwritten.isEmpty();
    }

    /** Hands the next part to {@code taker}, once, as soon as it can be read; null if it can't be. Not while empty. */
    void take(Consumer<Buffer> taker) {
        reader = taker;
        serve();
    }

    private void serve() {
        if (reader == null || closed) {
            return;
        }
        if (read < written) {
            var length = (int) Math.min(PIECE, written - read);
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
        writing = true;
        if (file == null) {
            open();
            return;
        }
        var part = unwritten.peek();
        file.write(part, written).onComplete(done -> {
            writing = false;
            if (closed) {
                return;
            }
            if (done.succeeded()) {
                unwritten.poll();
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
        TemporaryFile.open(files, directory, "answer").onComplete(opened -> {
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
        if (read == written && !writing) {
            read = 0;
            written = 0;
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
    void close() {
        if (!closed) {
            closed = true;
            unwritten.clear();
            if (file != null) {
                file.close();
            }
        }
    }
}
