package io.wunderproxy.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostNameTest {

    @Test
    void it_is_the_kernels_and_without_that_the_resolvers(@TempDir Path directory) throws Exception {
        var file = Files.writeString(directory.resolve("hostname"), "web-1\n");

        assertThat(HostName.read(file)).isEqualTo("web-1");
        assertThat(HostName.read(directory.resolve("none")))
                .isEqualTo(InetAddress.getLocalHost().getHostName());
    }
}
