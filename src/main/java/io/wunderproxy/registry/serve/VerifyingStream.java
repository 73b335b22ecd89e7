package io.wunderproxy.registry.serve;

import io.wunderproxy.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/**
 * The bytes of a blob, as many as it should have. The last of them are given only when the digest of all of them is right. A
 * source that breaks off is opened again where it did.
 */
final class VerifyingStream extends InputStream {

    private static final int MOST_FAILURES = 3;

    private final Digest expected;
    private final long size;
    private final Source source;
    private final MessageDigest sum = Digest.algorithm();
    private InputStream in = InputStream.nullInputStream();
    private boolean opened;
    private boolean verified;
    private long position;
    private int failures;

    /** Where the bytes are. */
    interface Source {
        InputStream open(long from) throws IOException;
    }

    /** The bytes that were read have another digest. */
    static final class MismatchException extends IOException {
        MismatchException(Digest expected, Digest actual) {
            super("the blob " + expected + " has the digest " + actual
                    + " in the store: it was altered or cut short; push the image again with --force");
        }
    }

    VerifyingStream(Digest expected, long size, Source source) {
        this.expected = expected;
        this.size = size;
        this.source = source;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (position < size) {
            var read = readOn(bytes, offset, (int) Math.min(length, size - position));
            sum.update(bytes, offset, read);
            position += read;
            verifyAtEnd();
            return read;
        }
        verifyAtEnd();
        return -1;
    }

    private void verifyAtEnd() throws IOException {
        if (position == size && !verified) {
            var actual = Digest.of(sum);
            if (!actual.equals(expected)) {
                throw new MismatchException(expected, actual);
            }
            verified = true;
        }
    }

    private int readOn(byte[] bytes, int offset, int length) throws IOException {
        while (true) {
            try {
                if (!opened) {
                    in = source.open(position);
                    opened = true;
                }
                var read = in.read(bytes, offset, length);
                if (read > 0) {
                    return read;
                }
                throw new IOException("it ended after " + position + " of " + size + " bytes");
            } catch (MismatchException e) {
                throw e;
            } catch (IOException e) {
                close();
                opened = false;
                if (++failures == MOST_FAILURES) {
                    throw e;
                }
            }
        }
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
