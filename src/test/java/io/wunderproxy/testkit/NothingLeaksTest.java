package io.wunderproxy.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.Test;

class NothingLeaksTest {
    @Test
    void finds_a_buffer_that_nobody_releases_and_says_who_made_it() {
        lose();

        assertThat(NothingLeaks.lostUntilTheEnd()).singleElement().asString().contains("NothingLeaksTest.lose");
    }

    @Test
    void finds_nothing_in_a_buffer_that_is_released_or_still_in_use() {
        PooledByteBufAllocator.DEFAULT.directBuffer(16).writeByte(1).release();
        var used = PooledByteBufAllocator.DEFAULT.directBuffer(16);

        assertThat(NothingLeaks.lostUntilTheEnd()).isEmpty();
        assertThat(used.release()).isTrue();
    }

    private static void lose() {
        ByteBuf lost = PooledByteBufAllocator.DEFAULT.directBuffer(16);
        lost.writeByte(1);
    }
}
