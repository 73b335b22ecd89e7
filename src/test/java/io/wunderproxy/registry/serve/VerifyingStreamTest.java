package io.wunderproxy.registry.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.registry.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VerifyingStreamTest {

    private static final byte[] CONTENT = new byte[100_000];

    static {
        new Random(1).nextBytes(CONTENT);
    }

    private static InputStream from(byte[] content, long position) {
        return new ByteArrayInputStream(content, (int) position, content.length - (int) position);
    }

    @Test
    void gives_what_has_the_digest() throws IOException {
        try (var stream = new VerifyingStream(Digest.of(CONTENT), CONTENT.length, at -> from(CONTENT, at))) {
            assertThat(stream.readNBytes(CONTENT.length)).isEqualTo(CONTENT);
            assertThat(stream.read()).isEqualTo(-1);
        }
    }

    @Test
    void keeps_the_last_bytes_back_if_the_digest_is_wrong() throws IOException {
        var altered = CONTENT.clone();
        altered[5] ^= 1;
        var read = 0;
        try (var stream = new VerifyingStream(Digest.of(CONTENT), CONTENT.length, at -> from(altered, at))) {
            assertThatThrownBy(() -> stream.skipNBytes(CONTENT.length))
                    .isInstanceOf(VerifyingStream.MismatchException.class)
                    .hasMessageContaining(Digest.of(altered).toString());
        }
        try (var stream = new VerifyingStream(Digest.of(CONTENT), CONTENT.length, at -> from(altered, at))) {
            var chunk = new byte[30_000];
            while (read < 90_000) {
                read += stream.read(chunk);
            }
            assertThatThrownBy(() -> stream.read(chunk)).isInstanceOf(VerifyingStream.MismatchException.class);
        }
    }

    @Test
    void continues_where_a_source_broke_off_but_not_forever() throws IOException {
        var opened = new ArrayList<Long>();
        VerifyingStream.Source breaking = at -> {
            opened.add(at);
            return new SequenceInputStream(
                    new ByteArrayInputStream(CONTENT, (int) at, (int) Math.min(40_000, CONTENT.length - at)),
                    new InputStream() {
                        @Override
                        public int read() throws IOException {
                            throw new IOException("reset");
                        }
                    });
        };
        try (var stream = new VerifyingStream(Digest.of(CONTENT), CONTENT.length, breaking)) {
            assertThat(stream.readNBytes(CONTENT.length)).isEqualTo(CONTENT);
        }
        assertThat(opened).isEqualTo(List.of(0L, 40_000L, 80_000L));

        try (var stream =
                new VerifyingStream(Digest.of(CONTENT), CONTENT.length, at -> InputStream.nullInputStream())) {
            assertThatThrownBy(stream::read)
                    .isInstanceOf(IOException.class)
                    .hasMessage("it ended after 0 of 100000 bytes");
        }
    }
}
