package io.wunderproxy.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostNameTest {

    @Test
    void it_is_what_the_kernel_says(@TempDir Path directory) throws Exception {
        var file = Files.writeString(directory.resolve("hostname"), "web-1\n");

        assertThat(HostName.read(file)).isEqualTo("web-1");
        assertThat(HostName.or(file, "unnamed")).isEqualTo("web-1");
    }

    @Test
    void a_host_that_the_kernel_does_not_name_is_called_as_its_reader_likes(@TempDir Path directory) {
        assertThat(HostName.or(directory.resolve("none"), "unnamed")).isEqualTo("unnamed");
    }
}
