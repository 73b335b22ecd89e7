package io.wunderproxy.registry.serve;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** One blob on its way from the store into a file, which any number of readers follow while it grows. */
final class Download {

    private static final int CHUNK = 128 * 1024;

    /** A store that is silent for longer has failed before. */
    private static final long SILENCE_SECONDS = 180;

    private final Path file;
    private final long size;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private long written;
    private boolean broken;

    Download(Path file, long size) {
        this.file = file;
        this.size = size;
    }

    /** Writes it all, to the disk. */
    void run(InputStream verified) throws IOException {
        try (var to = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            var bytes = new byte[CHUNK];
            for (int read; (read = verified.read(bytes)) > 0; ) {
                var buffer = ByteBuffer.wrap(bytes, 0, read);
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
                tell(read);
            }
            to.force(true);
        }
    }

    private void tell(int read) {
        lock.lock();
        try {
            written += read;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing will follow: readers take the rest from elsewhere. */
    void breakOff() {
        lock.lock();
        try {
            broken = true;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How many bytes are there after this position: at least one, or none at its end. */
    private long awaitBytes(long position) throws IOException {
        lock.lock();
        try {
            while (written <= position && written < size) {
                if (broken || !news.await(SILENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException("its download broke off");
                }
            }
            return written - position;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    /** Reads from the beginning, and waits for what is not there yet. */
    InputStream follow() throws IOException {
        awaitBytes(0);
        return new Follower(FileChannel.open(file, StandardOpenOption.READ));
    }

    private final class Follower extends InputStream {

        private final FileChannel from;
        private long position;

        Follower(FileChannel from) {
            this.from = from;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            var available = awaitBytes(position);
            if (available == 0) {
                return -1;
            }
            var read = from.read(ByteBuffer.wrap(bytes, offset, (int) Math.min(length, available)), position);
            position += Math.max(0, read);
            return read;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public void close() throws IOException {
            from.close();
        }
    }
}
