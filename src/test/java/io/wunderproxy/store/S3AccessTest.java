package io.wunderproxy.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;

class S3AccessTest {
    private final S3Access s3 = new S3Access("bucket");
    private final AtomicInteger attempts = new AtomicInteger();

    @Test
    void a_call_whose_connection_breaks_under_the_sdk_is_made_again() throws Exception {
        var response = s3.call("cannot read x", () -> {
            switch (attempts.incrementAndGet()) {
                case 1 -> throw new NullPointerException();
                case 2 -> throw new UncheckedIOException(new IOException("broken pipe"));
                default -> {
                    return "response";
                }
            }
        });

        assertThat(response).isEqualTo("response");
    }

    @Test
    void one_that_always_breaks_is_a_store_that_can_not_be_reached() {
        assertThatThrownBy(() -> s3.call("cannot write x", () -> {
                    attempts.incrementAndGet();
                    throw new UncheckedIOException(new IOException("broken pipe"));
                }))
                .isInstanceOf(StoreException.class)
                .hasMessage("cannot write x: broken pipe");
        assertThat(attempts).hasValue(S3Access.ATTEMPTS);
    }

    @Test
    void what_the_sdk_has_tried_again_already_is_not() {
        assertThatThrownBy(() -> s3.call("cannot write x", () -> {
                    attempts.incrementAndGet();
                    throw SdkClientException.create("no route");
                }))
                .isInstanceOf(SdkClientException.class);
        assertThat(attempts).hasValue(1);
    }
}
