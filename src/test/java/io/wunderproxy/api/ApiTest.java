package io.wunderproxy.api;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Holds the records, their description in OpenAPI and the scripts of the status page together. */
class ApiTest {

    private static final Path RESOURCES = Path.of("src/main/resources");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNode DESCRIPTION = description();

    private static final String HASH = "d41f5e6e0c1b2a39485766554433221a";
    private static final String TIME = "2026-01-31T12:00:05.120Z";

    private static final GateView GATE =
            new GateView("paused", Optional.of(30.0), Optional.of(1000L), Optional.of("back soon"), 3, text("paused"));

    private static final TimesView TIMES = new TimesView(600, 0.004, 0.01, 0.05, 0.2);

    private static final TrafficCounters COUNTERS = new TrafficCounters(
            10, 1.5, 200, 3000, 1, 2, 3, Map.of("1xx", 0L, "2xx", 7L, "3xx", 1L, "4xx", 1L, "5xx", 1L));

    private static final BackendTraffic BACKEND =
            new BackendTraffic(Map.of("1m", TIMES), Map.of("1m", TIMES), Map.of("active", 1L, "idle", 2L));

    private static final TrafficView TRAFFIC = new TrafficView(
            2,
            COUNTERS,
            COUNTERS,
            Map.of("200", 7L),
            Map.of("GET", 10L),
            Map.of("head-too-large", 1L),
            Map.of("switch", TIMES, "1m", TIMES, "5m", TIMES, "60m", TIMES),
            BACKEND,
            4);

    private static final PeerView PEER = new PeerView("10.0.0.8:80", true);
    private static final FleetView FLEET = new FleetView("wunderproxy", "i-0123", "ok", List.of(PEER));
    private static final RegistryView REGISTRY = new RegistryView("embedded", 8080, "Ok", text("my-images"));
    private static final SettingView SETTING =
            new SettingView("drain-timeout", text("5s"), "environment", text("WUNDERPROXY_DRAIN_TIMEOUT"));
    private static final AgentView AGENT = new AgentView(
            "shop",
            "0.0.0.0:80",
            "unix:///docker.sock",
            "my-bucket",
            "production",
            "/state",
            "/token",
            text("/etc/wunderproxy/settings"),
            List.of(SETTING));
    private static final Drift DRIFT = new Drift(HASH, "0cc175b9c0f1b6a831c399e269772661", text("active is another"));

    private static final DeploymentSummary SUMMARY = new DeploymentSummary(
            HASH,
            "4f2c1d",
            "active",
            TIME,
            text("1b2f9a31c0ffee"),
            text("4f2c1d"),
            text("172.17.0.2:9292"),
            Optional.of(32770L),
            text("exited with code 1"),
            text("healthy"),
            text("GET /up returned 200"),
            Optional.of(1L),
            text("switched"));

    private static final EventView EVENT = new EventView(
            "1769860000000-42",
            TIME,
            "pulling",
            text("good"),
            text(HASH),
            text("4f2c1d"),
            text("1b2f9a31c0ffee"),
            "pulling",
            Optional.of(1L),
            Optional.of(2L),
            Optional.of(true),
            text("GET /up returned 200"),
            Optional.of(3L),
            text("exited"),
            text(HASH),
            text(HASH));

    private static final BakeView BAKE = new BakeView("baked", HASH, TIME, "baked: 1000 requests");

    private static final LogLevelView LOG_LEVEL = new LogLevelView("proxy", "debug", Optional.of(900L));

    /** One of each record, without an empty field. */
    static final List<Record> EXAMPLES = List.of(
            GATE,
            TIMES,
            COUNTERS,
            BACKEND,
            TRAFFIC,
            PEER,
            FLEET,
            REGISTRY,
            AGENT,
            SETTING,
            new ReloadView(4711, "replaced by process 4711"),
            DRIFT,
            SUMMARY,
            EVENT,
            BAKE,
            new DeploymentView(
                    HASH,
                    "4f2c1d",
                    text("localhost:8080/shop:4f2c1d"),
                    "active",
                    true,
                    text("1b2f9a31c0ffee"),
                    text("172.17.0.2:9292"),
                    TIME,
                    text(TIME),
                    text(TIME),
                    text(TIME),
                    2,
                    text("exited with code 1"),
                    Optional.of(BAKE),
                    Optional.of(List.of(EVENT))),
            new TrafficHistoryView(
                    TIME,
                    10,
                    List.of(1769860810L),
                    Map.of(
                            "1xx",
                            List.of(0.0),
                            "2xx",
                            List.of(1.5),
                            "3xx",
                            List.of(0.0),
                            "4xx",
                            List.of(0.0),
                            "5xx",
                            List.of(0.1)),
                    Map.of(
                            "P50",
                            List.of(Optional.of(0.1)),
                            "P90",
                            List.of(Optional.empty()),
                            "P99",
                            List.of(Optional.of(0.2))),
                    Map.of("new", List.of(0L), "active", List.of(1L), "idle", List.of(2L), "upgraded", List.of(3L))),
            new Identity(
                    "i-0123", "10.0.0.7:8001", text("7c1f"), "1.0.0+0a1b2c3", Optional.of(List.of("HealthCheck.Port"))),
            new Problem("about:blank", "Conflict", 409, "exited with code 1", List.of("no such table: users")),
            new PauseRequest(text("30s"), Optional.of(1000L)),
            LOG_LEVEL,
            new LogLevelsView(List.of(LOG_LEVEL), text("log level of proxy: debug for 15m")),
            new Status(
                    33554432,
                    12.5,
                    4711,
                    Map.of("new", 0L, "active", 1L, "idle", 2L, "upgraded", 3L),
                    GATE,
                    TRAFFIC,
                    Optional.of(FLEET),
                    "Ok",
                    Optional.of(REGISTRY),
                    Optional.of(AGENT),
                    Optional.of(SUMMARY),
                    Optional.of(DRIFT),
                    text("the store can't be reached"),
                    List.of(SUMMARY)));

    private static Optional<String> text(String text) {
        return Optional.of(text);
    }

    @Test
    void every_record_has_an_example() {
        var records = new ClassFileImporter()
                .importPackages("io.wunderproxy.api").stream()
                        .filter(type -> type.isRecord()
                                && type.getModifiers().toString().contains("PUBLIC"))
                        .map(JavaClass::getSimpleName)
                        .toList();

        assertThat(EXAMPLES.stream().map(example -> example.getClass().getSimpleName()))
                .containsExactlyInAnyOrderElementsOf(records);
    }

    @ParameterizedTest
    @FieldSource("EXAMPLES")
    void a_record_is_read_as_it_was_written_whatever_else_stands_there(Record example) throws Exception {
        var json = json(example);

        assertThat(names(json)).isEqualTo(componentNames(example.getClass()));
        assertThat(read(example.getClass(), parsed(json.deepCopy().put("Unknown", "x"))))
                .isEqualTo(example);
    }

    @ParameterizedTest
    @FieldSource("EXAMPLES")
    void what_is_missing_has_a_default_that_can_be_written(Record example) throws Exception {
        var empty = read(example.getClass(), JsonNodeFactory.instance.objectNode());

        assertThat(json(read(example.getClass(), json(empty)))).isEqualTo(json(empty));
    }

    @ParameterizedTest
    @FieldSource("EXAMPLES")
    void the_description_has_each_field_of_a_record_and_no_other(Record example) throws Exception {
        var name = schemaName(example.getClass());
        var properties = DESCRIPTION.at("/components/schemas/" + name + "/properties");

        assertThat(names(properties)).as(name).isEqualTo(componentNames(example.getClass()));
        for (var field : json(example).properties()) {
            assertFits(name + "." + field.getKey(), field.getValue(), properties.path(field.getKey()));
        }
        for (var field : json(read(example.getClass(), JsonNodeFactory.instance.objectNode()))
                .properties()) {
            assertFits(name + "." + field.getKey(), field.getValue(), properties.path(field.getKey()));
        }
    }

    @Test
    void the_description_has_no_example_with_a_field_that_is_not_written() throws Exception {
        var checked = new TreeSet<String>();
        for (var content : DESCRIPTION.findParents("example")) {
            var schema = content.path("schema");
            var ofItems = schema.path("type").asText().equals("array");
            var reference =
                    (ofItems ? schema.path("items") : schema).path("$ref").asText();
            var type = EXAMPLES.stream()
                    .map(Record::getClass)
                    .filter(c -> reference.equals("#/components/schemas/" + schemaName(c)))
                    .findFirst();
            if (type.isPresent()) {
                for (var example : ofItems ? content.path("example") : List.of(content.path("example"))) {
                    assertIsPartOf(reference, example, json(read(type.get(), example)));
                }
                checked.add(schemaName(type.get()));
            }
        }

        assertThat(checked)
                .contains("Status", "Deployment", "DeploymentSummary", "Event", "Gate", "TrafficHistory", "Problem");
    }

    @Test
    void the_page_reads_no_field_that_is_not_written() throws Exception {
        var fields = new HashMap<String, Set<String>>();
        EXAMPLES.forEach(example -> collect("", json(example), fields));
        var known = fields.values().stream().flatMap(Set::stream).collect(toSet());
        // Fields of objects that are not the API's.
        var others = Set.of("Authorization", "DateTimeFormat");
        var read = new TreeSet<String>();
        for (var script : scripts()) {
            var text = Files.readString(script);
            for (var name : found("(?<=\\.)([A-Z]\\w*)", text)) {
                if (!others.contains(name)) {
                    assertThat(known).as(script + " reads ." + name).contains(name);
                    read.add(name);
                }
            }
            for (var list : found("(?:const|let|\\()\\s*\\{([A-Z]\\w*(?:\\s*,\\s*[A-Z]\\w*)*)\\}", text)) {
                for (var name : list.split("\\s*,\\s*")) {
                    assertThat(known).as(script + " reads " + name).contains(name);
                    read.add(name);
                }
            }
            for (var name : found("\\bproblem\\.(\\w+)", text)) {
                assertThat(componentNames(Problem.class))
                        .as(script + " reads problem." + name)
                        .contains(name);
            }
            var pair = Pattern.compile(
                            "\\.([A-Z]\\w*)(?:\\?)?(?:\\.([A-Z]\\w*|(?:new|active|idle|upgraded)\\b)|\\['(\\w+)'\\])")
                    .matcher(text);
            for (var at = 0; pair.find(at); at = pair.end(1)) {
                var name = pair.group(2) == null ? pair.group(3) : pair.group(2);
                assertThat(fields.getOrDefault(pair.group(1), Set.of()))
                        .as(script + " reads " + pair.group())
                        .contains(name);
            }
        }

        assertThat(read)
                .contains("Active", "SinceSwitch", "StatusClasses", "Events", "Message")
                .hasSizeGreaterThan(30);
    }

    private static List<Path> scripts() throws IOException {
        try (var files = Files.list(RESOURCES.resolve("page"))) {
            return files.filter(file -> file.toString().endsWith(".js")).toList();
        }
    }

    private static List<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    /** The names of the fields below each name; at "" those at the top. */
    private static void collect(String name, JsonNode node, Map<String, Set<String>> fields) {
        if (node.isArray()) {
            node.forEach(item -> collect(name, item, fields));
        }
        node.properties().forEach(field -> {
            fields.computeIfAbsent(name, any -> new HashSet<>()).add(field.getKey());
            collect(field.getKey(), field.getValue(), fields);
        });
    }

    private static JsonNode description() {
        try {
            return new YAMLMapper().readTree(Files.readString(RESOURCES.resolve("openapi.yaml")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String schemaName(Class<?> type) {
        return type.getSimpleName().replaceFirst("View$", "");
    }

    private static Set<String> names(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).collect(toSet());
    }

    /** Problem details have names of their own, in lower case (RFC 9457). */
    private static Set<String> componentNames(Class<?> type) {
        return Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .map(name -> type == Problem.class ? name : name.substring(0, 1).toUpperCase() + name.substring(1))
                .collect(toSet());
    }

    private static void assertFits(String name, JsonNode value, JsonNode schema) {
        var types = types(schema).toList();
        assertThat(types).as(name).isNotEmpty();
        assertThat(types)
                .as(name + " is " + value)
                .containsAnyOf(
                        switch (value.getNodeType()) {
                            case NULL -> new String[] {"null"};
                            case STRING -> new String[] {"string"};
                            case BOOLEAN -> new String[] {"boolean"};
                            case ARRAY -> new String[] {"array"};
                            case NUMBER ->
                                value.isIntegralNumber() ? new String[] {"integer", "number"} : new String[] {"number"};
                            default -> new String[] {"object"};
                        });
    }

    private static Stream<String> types(JsonNode schema) {
        if (schema.has("$ref")) {
            return types(DESCRIPTION.at(schema.path("$ref").asText().substring(1)));
        }
        if (schema.has("oneOf")) {
            var all = Stream.<String>empty();
            for (var one : schema.path("oneOf")) {
                all = Stream.concat(all, types(one));
            }
            return all;
        }
        var type = schema.path("type");
        return type.isArray() ? type.valueStream().map(JsonNode::asText) : Stream.of(type.asText());
    }

    private static void assertIsPartOf(String name, JsonNode part, JsonNode whole) {
        if (part.isObject()) {
            part.properties().forEach(field -> {
                assertThat(whole.has(field.getKey()))
                        .as(name + "." + field.getKey())
                        .isTrue();
                assertIsPartOf(name + "." + field.getKey(), field.getValue(), whole.path(field.getKey()));
            });
        } else if (part.isArray()) {
            assertThat(whole.size()).as(name).isEqualTo(part.size());
            for (var i = 0; i < part.size(); i++) {
                assertIsPartOf(name + "." + i, part.get(i), whole.get(i));
            }
        } else if (part.isNumber()) {
            assertThat(whole.asDouble()).as(name).isEqualTo(part.asDouble());
        } else {
            assertThat(whole).as(name).isEqualTo(part);
        }
    }

    private static JsonNode parsed(JsonNode written) throws IOException {
        return JSON.readTree(written.toString());
    }

    private static ObjectNode json(Record view) {
        try {
            return (ObjectNode) view.getClass().getMethod("toJson").invoke(view);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static Record read(Class<?> type, JsonNode json) throws ReflectiveOperationException {
        var of = type.getMethod("of", JsonNode.class);
        assertThat(Modifier.isStatic(of.getModifiers())).isTrue();
        try {
            return (Record) of.invoke(null, json);
        } catch (InvocationTargetException e) {
            throw new AssertionError(e.getCause());
        }
    }
}
