package io.wunderproxy.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients never take the files that the agent itself needs. */
class OpenFilesTest {

    @ParameterizedTest
    @CsvSource({
        "65536, 16000, 16000, 512",
        "1048576, 16000, 16000, 512",
        "9223372036854775807, 16000, 16000, 512",
        "1024, 16000, 320, 128",
        "1024, 100, 100, 128",
        "256, 16000, 80, 32",
    })
    void are_shared_out_between_proxy_manager_and_agent(long most, int wanted, int proxy, int manager) {
        var files = new OpenFiles(most);

        assertThat(files.ofProxy(wanted)).isEqualTo(proxy);
        assertThat(files.ofManager()).isEqualTo(manager);
    }
}
