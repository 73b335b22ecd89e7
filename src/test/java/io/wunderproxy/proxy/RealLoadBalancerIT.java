package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.blackbox.Ports;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HAProxy in front, which passes TCP on and says by the PROXY protocol who the client is. */
class RealLoadBalancerIT {
    @TempDir
    Path directory;

    /** The client's address is one that the proxy does not trust. */
    private static final String CLIENT = "127.0.0.9";

    @ParameterizedTest
    @ValueSource(strings = {"send-proxy", "send-proxy-v2"})
    void haproxy_says_who_the_client_is(String option) throws Exception {
        try (var backend = TestBackend.responding(request -> ok(String.join("\n", request.headerLines()) + "\n"));
                var proxy = TestProxy.start(
                                options -> options.proxyProtocol(true).trustedProxies(List.of("127.0.0.1")))
                        .to(backend)) {
            var port = Ports.free();
            var file = Files.writeString(directory.resolve("haproxy.conf"), """
                    global
                      nbthread 1
                      maxconn 100
                    defaults
                      mode tcp
                      timeout connect 10s
                      timeout client 20s
                      timeout server 20s
                    listen f
                      bind 127.0.0.1:%d
                      server s 127.0.0.1:%d source 127.0.0.1 check check-send-proxy %s
                    """.formatted(port, proxy.port(), option));
            var process = new ProcessBuilder("haproxy", "-db", "-f", file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("haproxy.out").toFile())
                    .start();
            try {
                await().until(() -> {
                    try (var client = Wire.connect(port)) {
                        client.get("/");
                        var response = client.read();
                        return response != null && response.status() == 200;
                    } catch (ConnectException notYet) {
                        return false;
                    }
                });
                try (var client = Wire.connect(port, CLIENT)) {
                    for (var i = 0; i < 2; i++) {
                        client.get("/");
                        assertThat(client.read().body())
                                .contains("X-Forwarded-For: " + CLIENT + "\n", "X-Real-IP: " + CLIENT + "\n");
                    }
                }
                // Its checks send the header too.
                assertThat(proxy.stats.front().recent()).isEmpty();
            } finally {
                process.destroy();
                process.waitFor();
            }
        }
    }
}
