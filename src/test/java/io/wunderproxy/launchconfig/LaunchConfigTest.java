package io.wunderproxy.launchconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.wunderproxy.proxy.rules.BasicAuth;
import io.wunderproxy.proxy.rules.Coding;
import io.wunderproxy.proxy.rules.ProxySettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LaunchConfigTest {

    private static final String CONTRACT_EXAMPLE = """
            {
              "ContainerConfig": { "Image": "localhost:8080/shop:4f2c1d", "Env": ["RAILS_ENV=production"],
                                   "ExposedPorts": {"9292/tcp": {}}, "Cmd": [] },
              "HostConfig": { "PortBindings": {"9292/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]} },
              "HealthCheckPath": "up",
              "Revision": "4f2c1d",
              "ForceReload": false
            }
            """;

    @Test
    void reads_the_example_of_the_contract() throws Exception {
        var config = parse(CONTRACT_EXAMPLE);

        assertThat(config.revision()).isEqualTo("4f2c1d");
        assertThat(config.image()).isEqualTo("localhost:8080/shop:4f2c1d");
        assertThat(config.environment()).containsExactly("RAILS_ENV=production");
        assertThat(config.port()).isEqualTo(9292);
        assertThat(config.healthCheck().path()).isEqualTo("/up");
        assertThat(config.forceReload()).isFalse();
    }

    @Test
    void the_application_speaks_http_1_unless_it_says_otherwise() throws Exception {
        assertThat(parse(CONTRACT_EXAMPLE).protocol()).isEqualTo(LaunchConfig.Protocol.HTTP_1_1);
        assertThat(parse(CONTRACT_EXAMPLE.replace("\"ForceReload\": false", "\"Protocol\": \"HTTP/2\""))
                        .protocol())
                .isEqualTo(LaunchConfig.Protocol.HTTP_2);
    }

    @Test
    void warns_of_what_keeps_the_next_revision_from_being_launched() throws Exception {
        assertThat(parse(CONTRACT_EXAMPLE).warnings()).isEmpty();
        assertThat(parse(CONTRACT_EXAMPLE.replace("\"HostPort\": \"\"", "\"HostPort\": \"8000\""))
                        .warnings())
                .singleElement()
                .asString()
                .contains("HostConfig.PortBindings.9292/tcp", "8000", "leave HostPort empty");
        for (var mode : new String[] {"host", "container:vpn"}) {
            assertThat(parse(minimal("\"Cmd\": []", "\"NetworkMode\": \"" + mode + "\""))
                            .warnings())
                    .singleElement()
                    .asString()
                    .contains("HostConfig.NetworkMode " + mode, "9292");
        }
        assertThat(parse(minimal("\"Cmd\": []", "\"NetworkMode\": \"hostly\"")).warnings())
                .isEmpty();
    }

    @Test
    void says_of_the_proxying_what_it_has_and_leaves_the_rest_to_the_agent() throws Exception {
        assertThat(parse(CONTRACT_EXAMPLE).proxy()).isEqualTo(ProxySettings.NONE);
        assertThat(parse(proxy("{}")).proxy()).isEqualTo(ProxySettings.NONE);

        var settings = parse(proxy("""
                        {"ResponseTimeout": "90s", "BodyTimeout": "250ms", "BackendIdleTimeout": "0s", "MaxBody": "10m",
                         "RequestBuffering": false, "ResponseBuffering": true, "Compression": ["zstd", "gzip"],
                         "ResponseHeaders": {"X-Frame-Options": "DENY", "A": ""}, "RemoveResponseHeaders": ["Server"],
                         "CanonicalHost": "www.shop.example", "AllowedNetworks": ["10.0.0.0/8", "::1"],
                         "BasicAuth": {"File": "/etc/shop.htpasswd"}}""")).proxy();

        assertThat(settings.responseTimeout()).contains(Duration.ofSeconds(90));
        assertThat(settings.bodyTimeout()).contains(Duration.ofMillis(250));
        assertThat(settings.backendIdleTimeout()).contains(Duration.ZERO);
        assertThat(settings.maxBody()).contains(10L << 20);
        assertThat(settings.requestBuffering()).contains(false);
        assertThat(settings.responseBuffering()).contains(true);
        assertThat(settings.compression()).contains(List.of(Coding.ZSTD, Coding.GZIP));
        assertThat(settings.responseHeaders()).containsExactly(entry("X-Frame-Options", "DENY"), entry("A", ""));
        assertThat(settings.removeResponseHeaders()).containsExactly("Server");
        assertThat(settings.canonicalHost()).contains("www.shop.example");
        assertThat(settings.allowedNetworks()).contains(List.of("10.0.0.0/8", "::1"));
        assertThat(settings.basicAuth()).contains(new BasicAuth("/etc/shop.htpasswd", "restricted"));
    }

    private static String proxy(String object) {
        return CONTRACT_EXAMPLE.replace("\"ForceReload\": false", "\"Proxy\": " + object);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                                | Proxy: must be an object",
                "{\"Timeout\": \"1s\"}             | Proxy.Timeout: is not a field",
                "{\"ResponseTimeout\": 5}          | Proxy.ResponseTimeout: must be a string",
                "{\"ResponseTimeout\": \"5 s\"}    | Proxy.ResponseTimeout: must be a time like",
                "{\"ResponseTimeout\": \"0s\"}     | Proxy.ResponseTimeout: must be 1ms to 8760h",
                "{\"BodyTimeout\": \"8761h\"}      | Proxy.BodyTimeout: must be 1ms to 8760h",
                "{\"BackendIdleTimeout\": \"-1s\"} | Proxy.BackendIdleTimeout: must be a time like",
                "{\"MaxBody\": \"1t\"}             | Proxy.MaxBody: must be a size like",
                "{\"MaxBody\": 1}                  | Proxy.MaxBody: must be a string",
                "{\"RequestBuffering\": \"on\"}    | Proxy.RequestBuffering: must be true or false",
                "{\"Compression\": \"gzip\"}       | Proxy.Compression: must be an array of strings",
                "{\"Compression\": [\"br\"]}       | Proxy.Compression: knows \"gzip\" and \"zstd\"",
                "{\"ResponseHeaders\": [\"a\"]}    | Proxy.ResponseHeaders: must be an object",
                "{\"ResponseHeaders\": {\"a\": 1}} | Proxy.ResponseHeaders: must be a string",
                "{\"ResponseHeaders\": {\"a b\": \"\"}}        | Proxy.ResponseHeaders: has a name that no header may have",
                "{\"ResponseHeaders\": {\"a\": \"b\\r\\nc: d\"}} | Proxy.ResponseHeaders: the value of a must be",
                "{\"ResponseHeaders\": {\"a\": \" b\"}}        | Proxy.ResponseHeaders: the value of a must be",
                "{\"ResponseHeaders\": {\"a\": \"1\", \"A\": \"2\"}} | Proxy.ResponseHeaders: A stands there twice",
                "{\"ResponseHeaders\": {\"Content-Length\": \"1\"}} | Proxy.ResponseHeaders: Content-Length is about the connection",
                "{\"ResponseHeaders\": {\"Upgrade\": \"a\"}}   | Proxy.ResponseHeaders: Upgrade is about the connection",
                "{\"RemoveResponseHeaders\": [\"connection\"]} | Proxy.RemoveResponseHeaders: connection is about",
                "{\"RemoveResponseHeaders\": [\"Transfer-Encoding\"]} | Proxy.RemoveResponseHeaders: Transfer-Encoding is about",
                "{\"RemoveResponseHeaders\": [\"Content-Encoding\"]}  | Proxy.RemoveResponseHeaders: Content-Encoding is about",
                "{\"BasicAuth\": {}}               | Proxy.BasicAuth.File: is missing",
                "{\"BasicAuth\": {\"File\": \"a\"}}  | Proxy.BasicAuth.File: must be the path of a file on the host",
                "{\"BasicAuth\": {\"User\": \"a\"}}  | Proxy.BasicAuth.User: is not a field",
                "{\"BasicAuth\": {\"File\": \"/a\", \"Realm\": \"\\\"\"}} | Proxy.BasicAuth.Realm: must be 1 to 100 characters",
                "{\"CanonicalHost\": \"https://a\"} | Proxy.CanonicalHost: must be the name of a host, without a port",
                "{\"CanonicalHost\": \"a:80\"}      | Proxy.CanonicalHost: must be the name of a host, without a port",
                "{\"CanonicalHost\": \"-a\"}        | Proxy.CanonicalHost: must be the name of a host, without a port",
                "{\"AllowedNetworks\": []}         | Proxy.AllowedNetworks: must not be empty",
                "{\"AllowedNetworks\": [\"10.0.0.0/33\"]} | Proxy.AllowedNetworks: must be IP addresses and networks",
                "{\"AllowedNetworks\": [\"host\"]} | Proxy.AllowedNetworks: must be IP addresses and networks",
            })
    void settings_of_the_proxying_that_cannot_be_meant_are_refused_by_their_field(String object, String message) {
        assertThatThrownBy(() -> parse(proxy(object)))
                .isInstanceOf(InvalidLaunchConfigException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "db.internal", "1.2", "300.1.1.1", "::g", "127.0.0.1:80"})
    void an_address_of_the_host_that_is_none_is_refused_by_its_field(String address) {
        assertThatThrownBy(() -> parse(CONTRACT_EXAMPLE.replace("\"127.0.0.1\"", "\"" + address + "\"")))
                .isInstanceOf(InvalidLaunchConfigException.class)
                .hasMessageContaining("HostConfig.PortBindings.9292/tcp.HostIp")
                .hasMessageContaining("must be an IP address");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0.0.0.0", "::", "::1", "fd00:1::2", "::ffff:127.0.0.1"})
    void an_address_of_the_host_may_be_of_either_version(String address) throws Exception {
        assertThat(parse(CONTRACT_EXAMPLE.replace("\"127.0.0.1\"", "\"" + address + "\""))
                        .revision())
                .isNotEmpty();
    }

    @Test
    void keeps_fields_of_docker_that_it_does_not_know() throws Exception {
        var config =
                parse(minimal("\"FutureField\": {\"a\": [1, 2]}", "\"Sysctls\": {\"net.core.somaxconn\": \"1024\"}"));

        assertThat(config.containerConfig().at("/FutureField/a/1").intValue()).isEqualTo(2);
        assertThat(config.hostConfig()
                        .path("Sysctls")
                        .path("net.core.somaxconn")
                        .textValue())
                .isEqualTo("1024");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{}; 9292",
                "{\"3000/tcp\":{}}; 3000",
                "{\"3000\":{}}; 3000",
                "{\"53/udp\":{}}; 9292",
                "{\"3000/tcp\":{},\"9292/tcp\":{}}; 9292",
                "{\"3000/tcp\":{},\"4000/tcp\":{}}; 9292"
            })
    void the_port_is_9292_unless_exactly_one_other_is_exposed(String exposed, int port) throws Exception {
        assertThat(parse(minimal("\"ExposedPorts\": " + exposed, "")).port()).isEqualTo(port);
    }

    @Test
    void an_image_without_a_tag_means_latest() throws Exception {
        assertThat(parse("{\"ContainerConfig\":{\"Image\":\"shop\"},\"HealthCheckPath\":\"\",\"Revision\":\"r1\"}")
                        .image())
                .isEqualTo("shop:latest");
    }

    @Test
    void reads_a_health_check_object() throws Exception {
        var check = parse("""
                        {"ContainerConfig":{"Image":"shop:1"},"Revision":"r1","HealthCheck":{"Path":"/ready?full=1","Port":9000,
                         "Interval":"250ms","Timeout":"3s","Successes":5,"Deadline":"2m","Headers":{"Host":"shop.example"}}}
                        """).healthCheck();

        assertThat(check.path()).isEqualTo("/ready?full=1");
        assertThat(check.port()).isEqualTo(Optional.of(9000));
        assertThat(check.interval()).isEqualTo(Optional.of(Duration.ofMillis(250)));
        assertThat(check.timeout()).isEqualTo(Optional.of(Duration.ofSeconds(3)));
        assertThat(check.successes()).isEqualTo(Optional.of(5));
        assertThat(check.deadline()).isEqualTo(Optional.of(Duration.ofMinutes(2)));
        assertThat(check.headers()).containsEntry("Host", "shop.example");
        assertThat(check.kind()).isEqualTo(HealthCheckConfig.Kind.HTTP);
        assertThat(check.good()).containsExactly(200);
        assertThat(check.restartAfter()).isEmpty();
    }

    @Test
    void reads_health_checks_of_other_kinds_and_statuses() throws Exception {
        var statuses = check("\"Path\":\"up\",\"Status\":\"200-202, 401\",\"RestartAfter\":\"30s\"");
        var grpc = check("\"Kind\":\"grpc\",\"Service\":\"shop.Orders\"");

        assertThat(statuses.good()).containsExactlyInAnyOrder(200, 201, 202, 401);
        assertThat(statuses.restartAfter()).contains(Duration.ofSeconds(30));
        assertThat(grpc.kind()).isEqualTo(HealthCheckConfig.Kind.GRPC);
        assertThat(grpc.service()).isEqualTo("shop.Orders");
        assertThat(check("\"Kind\":\"tcp\"").kind()).isEqualTo(HealthCheckConfig.Kind.TCP);
        assertThat(check("\"Kind\":\"docker\"").kind()).isEqualTo(HealthCheckConfig.Kind.DOCKER);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "\"Kind\":\"smtp\"; HealthCheck.Kind: must be http, grpc, tcp or docker",
                "\"Kind\":\"grpc\",\"Path\":\"up\"; HealthCheck.Path: means nothing to a health check of the Kind grpc",
                "\"Kind\":\"docker\",\"Port\":80; HealthCheck.Port: means nothing",
                "\"Path\":\"up\",\"Service\":\"x\"; HealthCheck.Service: means nothing",
                "\"Path\":\"up\",\"Status\":\"2xx\"; HealthCheck.Status: must be statuses",
                "\"Path\":\"up\",\"Status\":\"299-200\"; HealthCheck.Status: must be statuses",
                "\"Path\":\"up\",\"Status\":\"200,\"; HealthCheck.Status: must be statuses",
                "\"Path\":\"up\",\"RestartAfter\":\"1s\"; HealthCheck.RestartAfter: must be at least 5s",
                "\"Kind\":\"grpc\",\"Service\":\"a b\"; HealthCheck.Service: must be the name"
            })
    void refuses_what_a_health_check_can_not_do(String fields, String message) {
        assertThatThrownBy(() -> check(fields))
                .isInstanceOf(InvalidLaunchConfigException.class)
                .hasMessageContaining(message.strip());
    }

    private static HealthCheckConfig check(String fields) throws InvalidLaunchConfigException {
        return parse("{\"ContainerConfig\":{\"Image\":\"shop:1\"},\"Revision\":\"r1\",\"HealthCheck\":{" + fields
                        + "}}")
                .healthCheck();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "[]; not a JSON object",
                "{; not valid JSON",
                "{\"Revision\":\"a1\",\"Revision\":\"b2\"}; a name stands twice in one object",
                "{\"Revision\":\"r1\"}; ContainerConfig: is missing",
                "{\"ContainerConfig\":[]}; ContainerConfig: must be an object",
                "{\"ContainerConfig\":{}}; ContainerConfig.Image: is missing",
                "{\"ContainerConfig\":{\"Image\":7}}; ContainerConfig.Image: must be a string",
                "{\"ContainerConfig\":{\"Image\":\"UPPER CASE\"}}; ContainerConfig.Image: is not an image reference",
                "{\"ContainerConfig\":{\"Image\":\"a:1\",\"Env\":\"X=1\"}}; ContainerConfig.Env: must be an array",
                "{\"ContainerConfig\":{\"Image\":\"a:1\",\"Env\":[\"=x\"]}}; ContainerConfig.Env[0]: must have the form",
                "{\"ContainerConfig\":{\"Image\":\"a:1\",\"ExposedPorts\":{\"99999/tcp\":{}}}}; ContainerConfig.ExposedPorts: has a port",
                "{\"ContainerConfig\":{\"Image\":\"a:1\",\"ExposedPorts\":{\"80/icmp\":{}}}}; ContainerConfig.ExposedPorts: has a port",
                "{\"ContainerConfig\":{\"Image\":\"a:1\"},\"HostConfig\":{\"PortBindings\":{\"80/tcp\":{}}}}; HostConfig.PortBindings.80/tcp: must be an array",
                "{\"ContainerConfig\":{\"Image\":\"a:1\"},\"HostConfig\":{\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"x\"}]}}}; HostConfig.PortBindings.80/tcp.HostPort: has a port",
                "{\"ContainerConfig\":{\"Image\":\"a:1\"},\"Revision\":\"../x\"}; Revision: must be 2 to 100",
                "{\"ContainerConfig\":{\"Image\":\"a:1\"},\"Revision\":\"r1\"}; HealthCheckPath: is missing",
                "{\"ContainerConfig\":{\"Image\":\"a:1\"},\"Revision\":\"r1\",\"HealthCheckPath\":\"a b\"}; HealthCheckPath: is not a path",
                "{\"ContainerConfig\":{\"Image\":\"a:1\"},\"Revision\":\"r1\",\"HealthCheckPath\":\"up\",\"ForceReload\":\"yes\"}; ForceReload: must be true or false",
                "{\"ContainerConfig\":{\"Image\":\"a:1\"},\"Revision\":\"r1\",\"HealthCheckPath\":\"up\",\"Typo\":1}; Typo: is not a field",
                "{\"ContainerConfig\":{\"Image\":\"a:1\"},\"Revision\":\"r1\",\"HealthCheck\":{\"Path\":\"up\",\"Timeout\":\"3\"}}; HealthCheck.Timeout: must be a time",
                "{\"ContainerConfig\":{\"Image\":\"a:1\"},\"Revision\":\"r1\",\"HealthCheck\":{\"Path\":\"up\",\"Port\":0}}; HealthCheck.Port: must be a number"
            })
    void refuses_what_cannot_run_and_names_the_field(String document, String message) {
        assertThatThrownBy(() -> parse(document))
                .isInstanceOf(InvalidLaunchConfigException.class)
                .hasMessageContaining(message.strip());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"Password\": hunter2}", "{\"ContainerConfig\":{\"Image\":\"hunter2 hunter2\"}}"})
    void never_quotes_a_value(String document) {
        assertThatThrownBy(() -> parse(document)).hasMessageNotContaining("hunter2");
    }

    private static String minimal(String containerField, String hostField) {
        return "{\"ContainerConfig\":{\"Image\":\"shop:1\"" + (containerField.isEmpty() ? "" : "," + containerField)
                + "},\"HostConfig\":{" + hostField + "},\"HealthCheckPath\":\"up\",\"Revision\":\"r1\"}";
    }

    private static LaunchConfig parse(String document) throws InvalidLaunchConfigException {
        var bytes = document.getBytes(StandardCharsets.UTF_8);
        return LaunchConfig.parse(ConfigHash.md5(bytes), bytes);
    }
}
