package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator's pages for the proxy's own errors. */
@OnEveryLane
class ErrorPagesTest {
    @TempDir
    Path pages;

    private TestProxy proxy() {
        return TestProxy.start(options -> options.errorPages(pages).checkInterval(Duration.ofMillis(20)));
    }

    @Test
    void responds_with_the_page_of_the_status_or_else_of_its_class() throws Exception {
        Files.writeString(pages.resolve("503.html"), "<h1>starting</h1>");
        Files.writeString(pages.resolve("5xx.html"), "<h1>sorry</h1>");
        try (var proxy = proxy();
                var client = proxy.connect()) {
            var starting = proxy.get("/");
            assertThat(starting.status()).isEqualTo(503);
            assertThat(starting.header("Content-Type")).contains("text/html; charset=utf-8");
            assertThat(starting.header("Retry-After")).contains("1");
            assertThat(starting.body()).isEqualTo("<h1>starting</h1>");
            proxy.active.switchTo(TestBackend.notListening());
            assertThat(proxy.get("/").body()).isEqualTo("<h1>sorry</h1>");
            client.send("GET / HTTP/1.1\r\n\r\n");
            assertThat(client.read().header("Content-Type")).contains("text/plain; charset=utf-8");
        }
    }

    @Test
    void uses_changed_pages_without_a_restart_but_no_huge_ones() throws Exception {
        try (var proxy = proxy()) {
            assertThat(proxy.get("/").body()).doesNotContain("<h1>");
            Files.writeString(pages.resolve("503.html"), "<h1>first</h1>");
            await().until(() -> proxy.get("/").body().equals("<h1>first</h1>"));
            Files.writeString(pages.resolve("503.html"), "<h1>the second</h1>");
            await().until(() -> proxy.get("/").body().equals("<h1>the second</h1>"));
            Files.write(pages.resolve("503.html"), new byte[1024 * 1024]);
            await().until(() -> proxy.get("/").body().startsWith("the application is starting"));
        }
    }

    @Test
    void leaves_the_applications_own_errors_alone() throws Exception {
        Files.writeString(pages.resolve("5xx.html"), "<h1>sorry</h1>");
        try (var backend = TestBackend.responding(
                        request -> ok("the application's").replace("200 OK", "500 Internal Server Error"));
                var proxy = proxy().to(backend)) {
            assertThat(proxy.get("/").body()).isEqualTo("the application's");
        }
    }

    @Test
    void sends_no_body_in_response_to_head() throws Exception {
        Files.writeString(pages.resolve("503.html"), "<h1>starting</h1>");
        try (var proxy = proxy();
                var client = proxy.connect()) {
            client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(503);
            assertThat(client.read().body()).isEqualTo("<h1>starting</h1>");
        }
    }
}
