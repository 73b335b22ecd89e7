package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The commands for tables, against DynamoDB Local. */
class TableIT {
    @RegisterExtension
    static final Host HOST = Host.withDirectoryStore();

    private static DynamoServer dynamo;

    @BeforeAll
    static void a_table_is_made() {
        dynamo = HOST.closeLater(DynamoServer.inMemory(HOST.directory()));
        var made = run("table create --table fleets --json").json();
        assertThat(made.path("Created").asBoolean()).isTrue();
        assertThat(made.path("Status").asText()).isEqualTo("ACTIVE");
        assertThat(made.path("Billing").asText()).isEqualTo("on demand");
        assertThat(made.path("Expires").asText()).isEqualTo("expires");
        for (var kind : List.of("members", "ledger")) {
            for (var number = 1; number <= 3; number++) {
                run(
                        "table put --table fleets",
                        "{\"pk\": \"%s#shop\", \"sk\": \"%d\", \"n\": %d.50, \"on\": true, \"tags\": [\"a\", {\"b\": null}]}"
                                .formatted(kind, number, number));
            }
        }
    }

    private static CommandLine shell() {
        var shell = new CommandLine(HOST, null);
        dynamo.environment().forEach(shell::with);
        return shell;
    }

    private static CommandLine.Result run(String words, String... more) {
        return shell().run(words, more).orFail();
    }

    @Test
    void making_it_twice_changes_nothing() {
        assertThat(run("table create --table fleets").out()).contains("there is a table fleets already");
    }

    @Test
    void a_table_with_capacity_tells_its_throughput() {
        run("table create --table paid --read 5 --write 7");

        var paid = run("table describe --table paid --json").json();
        assertThat(paid.path("Billing").asText()).isEqualTo("provisioned");
        assertThat(paid.path("ReadUnits").asInt()).isEqualTo(5);
        assertThat(run("table list").out()).containsPattern("paid +ACTIVE +0 +0 +provisioned +5 +7");
        assertThat(run("table list --json").json().findValuesAsText("Name")).contains("fleets", "paid");
    }

    @Test
    void a_scan_is_bounded_and_tells_what_it_took() {
        assertThat(run("table scan --table fleets --kind members --json").json())
                .hasSize(3)
                .allSatisfy(item -> assertThat(item.path("pk").asText()).isEqualTo("members#shop"));
        var two = run("table scan --table fleets --kind ledger --limit 2 --show-capacity");
        assertThat(two.out().lines().skip(1))
                .hasSize(2)
                .allMatch(line -> line.contains("n=1.5") || line.contains("on=true"));
        assertThat(two.err())
                .contains("there may be more")
                .containsPattern("consumed [0-9.]+ read units and 0.0 write");
    }

    @Test
    void an_item_comes_back_as_the_json_that_was_put() {
        JsonNode item = run("table get --table fleets ledger#shop 2 --json").json();
        assertThat(item.toString())
                .isEqualTo("{\"pk\":\"ledger#shop\",\"sk\":\"2\",\"n\":2.5,\"on\":true,\"tags\":[\"a\",{\"b\":null}]}");
        assertThat(run("table get --table fleets ledger#shop 2").out()).containsPattern("n +2.5");
        assertThat(run("table put --table fleets --show-capacity", "{\"pk\": \"x\", \"sk\": \"y\"}")
                        .err())
                .contains("0.0 read units and 1.0 write units");
    }

    @Test
    void what_is_not_there_or_there_already_has_an_exit_code() {
        assertThat(shell().run("table get --table fleets ledger#shop 9").exitCode())
                .isEqualTo(3);
        var taken = shell().run("table put --table fleets --if-absent", "{\"pk\": \"ledger#shop\", \"sk\": \"1\"}");
        assertThat(taken.exitCode()).as(taken.err()).isEqualTo(6);
        run("table put --table fleets --if-absent", "{\"pk\": \"ledger#shop\", \"sk\": \"0\", \"n\": 1}");

        var none = shell().run("table scan --table nothing --json");
        assertThat(none.exitCode()).isEqualTo(3);
        assertThat(none.json().path("Error").asText()).contains("there is no table nothing", "table create");
        var wrong = shell().run("table put --table fleets", "{\"pk\": \"a\"}");
        assertThat(wrong.exitCode()).isEqualTo(7);
        assertThat(wrong.err()).contains("pk and sk");
        assertThat(shell().run("table scan --table fleets --limit 0").exitCode())
                .isEqualTo(2);
    }

    @Test
    void an_unreachable_dynamodb_is_reported_in_words() {
        var dead =
                shell().with("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9").run("table list");
        assertThat(dead.exitCode()).isEqualTo(5);
        assertThat(dead.err())
                .contains("cannot list the tables: cannot reach DynamoDB")
                .doesNotContain("Exception");
        var nowhere = shell().without("AWS_REGION").run("table list");
        assertThat(nowhere.err()).contains("set AWS_REGION");
    }

    @Test
    void the_history_of_a_fleet_shows_what_the_ledger_has() {
        var fleet = HOST.bucket() + "/" + Host.PREFIX;
        put(
                "{\"pk\": \"ledger#%s\", \"sk\": \"000000000001\", \"number\": 1, \"revision\": \"blue\", \"hash\": \"d41f5e6e0c1b\","
                        + " \"previousHash\": \"\", \"by\": \"ann\", \"startedAt\": \"2026-01-31T12:00:00Z\", \"endedAt\":"
                        + " \"2026-01-31T12:00:42Z\", \"phase\": \"DONE\", \"message\": \"\"}",
                fleet);
        put(
                "{\"pk\": \"ledger#%s\", \"sk\": \"000000000002\", \"number\": 2, \"revision\": \"green\", \"hash\": \"aaaa5e6e0c1b\","
                        + " \"previousHash\": \"d41f5e6e0c1b\", \"by\": \"bob\", \"startedAt\": \"2026-01-31T13:00:00Z\","
                        + " \"phase\": \"LAUNCHING\", \"message\": \"\"}",
                fleet);
        put(
                "{\"pk\": \"ledger#%s\", \"sk\": \"000000000002#web-1\", \"number\": 2, \"host\": \"web-1\", \"manager\": \"http://web-1\","
                        + " \"previousHash\": \"d41f5e6e0c1b\", \"state\": \"FAILED\", \"message\": \"no such table: users\","
                        + " \"at\": \"2026-01-31T13:00:05Z\"}",
                fleet);

        var shown = run("fleet history --table fleets --hosts").out().lines().toList();
        assertThat(shown).hasSize(4);
        assertThat(shown.get(1)).containsPattern("2 +green +aaaa5e6e +2026-01-31T13:00:00Z +launching +1 failed +bob");
        assertThat(shown.get(2)).contains("web-1", "5.0 s", "failed", "no such table: users");
        assertThat(shown.get(3)).containsPattern("1 +blue +d41f5e6e .* 42.0 s +done");
        var json = run("fleet history --table fleets --json --limit 1 --show-capacity");
        assertThat(json.json().at("/0/Hosts/0/State").asText()).isEqualTo("failed");
        assertThat(json.json()).hasSize(1);
        assertThat(json.err()).contains("read units");
    }

    private static void put(String item, String fleet) {
        run("table put --table fleets", item.formatted(fleet));
    }
}
