package io.wunderproxy.proxy.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "2001:db8::a",
                "1:2:3:4:5:6:7:8",
                "1::8",
                "64:ff9b::10.0.0.1"
            })
    void is_read_as_the_jdk_reads_it(String text) throws Exception {
        assertThat(IpAddress.parse(text)).isEqualTo(InetAddress.getByName(text).getAddress());
    }

    @Test
    void may_have_brackets_and_a_zone() throws Exception {
        var bare = InetAddress.getByName("fe80::1").getAddress();

        assertThat(IpAddress.parse("fe80::1%eth0")).isEqualTo(bare);
        assertThat(IpAddress.parse("[fe80::1]")).isEqualTo(bare);
    }

    @Test
    void may_have_leading_zeros() {
        assertThat(IpAddress.parse("010.000.00.1")).containsExactly(10, 0, 0, 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "256.1.1.1",
                "1.2.3.4 ",
                "1..2.3",
                "0001.2.3.4",
                "a",
                ":",
                ":::",
                "1:2",
                "1:2:3:4:5:6:7:8:9",
                "1::2::3",
                "12345::",
                "g::",
                "1:2:3:4:5:6:7::8",
                "::1:",
                ":1::",
                "::1.2.3",
                "1:2:3:4:5:6:7:1.2.3.4",
                "[::1",
                "::1]"
            })
    void is_nothing_else(String text) {
        assertThat(IpAddress.parse(text)).isNull();
    }

    @Test
    void is_read_in_each_form_that_it_can_be_written_in() throws Exception {
        var random = new Random(1);
        var bytes = new byte[16];
        for (var i = 0; i < 10_000; i++) {
            random.nextBytes(bytes);
            for (var group = random.nextInt(9); group < 8; group++) {
                bytes[2 * group] = 0;
                bytes[2 * group + 1] = 0;
            }
            var zeros = 8;
            while (zeros > 0 && bytes[2 * zeros - 1] == 0 && bytes[2 * zeros - 2] == 0) {
                zeros--;
            }
            var whole = new StringBuilder();
            for (var group = 0; group < 8; group++) {
                whole.append(group == 0 ? "" : ":")
                        .append(Integer.toHexString((bytes[2 * group] & 0xff) << 8 | bytes[2 * group + 1] & 0xff));
            }
            assertThat(IpAddress.parse(whole.toString())).as(whole.toString()).isEqualTo(bytes);
            if (zeros < 8) {
                var groups =
                        String.join(":", List.of(whole.toString().split(":")).subList(0, zeros));
                assertThat(IpAddress.parse(groups + "::")).as(groups).isEqualTo(bytes);
            }
        }
    }
}
