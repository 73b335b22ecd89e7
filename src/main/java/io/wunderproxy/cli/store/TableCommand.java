package io.wunderproxy.cli.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.Table;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.fleet.DynamoTables;
import io.wunderproxy.fleet.FleetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks after the DynamoDB tables of fleets. */
@Command(
        name = "table",
        description = {
            "Make and look at the DynamoDB tables in which fleets keep their members, deploy lock and ledger.",
            "",
            "Region, credentials and endpoint are found as every AWS tool finds them: AWS_REGION, AWS_PROFILE, "
                    + "AWS_ENDPOINT_URL_DYNAMODB, ..."
        },
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Examples:",
            "  wunderproxy table create --table wunderproxy",
            "  wunderproxy table list",
            "  wunderproxy table scan --table wunderproxy --kind members --show-capacity",
            "  wunderproxy table get --table wunderproxy 'lock#my-bucket/production' lock"
        })
public final class TableCommand {

    private static final int MOST_ITEMS = 10_000;
    private static final int LONGEST_VALUE = 60;

    @Spec
    CommandSpec spec;

    /** The table's name. */
    static final class Name {
        @Option(
                names = "--table",
                paramLabel = "<name>",
                required = true,
                description = "The DynamoDB table. Required.")
        String table;
    }

    @Command(
            name = "create",
            description = {
                "Make a table for one or more fleets and wait until it can be used.",
                "",
                "It is billed by request, unless capacity is given. Items that have expired are deleted by DynamoDB. A"
                        + " table that is there already is left as it is."
            },
            footer = {
                "",
                "Examples:",
                "  wunderproxy table create --table wunderproxy",
                "  wunderproxy table create --table wunderproxy --read 10 --write 40"
            })
    void create(
            @Mixin Name name,
            @Option(
                            names = "--read",
                            paramLabel = "<units>",
                            description = "Read units a second to pay for, instead of by request; needs --write.")
                    Long read,
            @Option(
                            names = "--write",
                            paramLabel = "<units>",
                            description = "Write units a second to pay for; needs " + "--read.")
                    Long write,
            @Mixin CapacityOption capacity,
            @Mixin OutputOptions output)
            throws FleetException, InterruptedException {
        if ((read == null) != (write == null)) {
            throw misuse("create", "--read and --write: give both or none");
        }
        if (read != null && (read < 1 || write < 1)) {
            throw misuse("create", "--read and --write: must be at least 1");
        }
        try (var tables = DynamoTables.open()) {
            var made = tables.create(
                    name.table,
                    read == null ? Optional.empty() : Optional.of(new DynamoTables.Throughput(read, write)));
            if (output.json) {
                output.print(tables.describe(name.table).put("Created", made));
            } else {
                output.out()
                        .println(made ? "created table " + name.table : "there is a table " + name.table + " already");
                output.out().flush();
            }
            capacity.tell(output, tables.consumed());
        }
    }

    @Command(
            name = "list",
            description = {
                "List the tables: state, number of items, size, throughput.",
                "",
                "DynamoDB counts items and bytes about every six hours."
            },
            footer = {"", "Example:", "  wunderproxy table list --json | jq '.[].Name'"})
    void list(@Mixin CapacityOption capacity, @Mixin OutputOptions output) throws FleetException {
        try (var tables = DynamoTables.open()) {
            var all = tables.list();
            if (output.json) {
                output.print(JsonNodeFactory.instance.arrayNode().addAll(all));
            } else if (all.isEmpty()) {
                output.note("there are no tables in this region and account");
            } else {
                var rows = new ArrayList<List<String>>();
                rows.add(List.of("NAME", "STATUS", "ITEMS", "BYTES", "BILLING", "READ UNITS/S", "WRITE UNITS/S"));
                for (var table : all) {
                    rows.add(List.of(
                            table.path("Name").asText(),
                            table.path("Status").asText(),
                            table.path("Items").asText(),
                            table.path("Bytes").asText(),
                            table.path("Billing").asText(),
                            table.path("ReadUnits").asText(),
                            table.path("WriteUnits").asText()));
                }
                Table.print(output.out(), rows, "READ UNITS/S", "WRITE UNITS/S", "BILLING", "BYTES");
                output.out().flush();
            }
            capacity.tell(output, tables.consumed());
        }
    }

    @Command(
            name = "describe",
            description = "Show one table: state, number of items, size, keys, billing, expiry.",
            footer = {"", "Example:", "  wunderproxy table describe --table wunderproxy"})
    void describe(@Mixin Name name, @Mixin CapacityOption capacity, @Mixin OutputOptions output) throws FleetException {
        try (var tables = DynamoTables.open()) {
            print(tables.describe(name.table), output);
            capacity.tell(output, tables.consumed());
        }
    }

    @Command(
            name = "scan",
            description = {
                "Print items of a table.",
                "",
                "A scan reads the whole table up to the limit, and that is paid for. With --kind, skipped items are"
                        + " read as well."
            },
            footer = {
                "",
                "Examples:",
                "  wunderproxy table scan --table wunderproxy --kind members",
                "  wunderproxy table scan --table wunderproxy --limit 1000 --json | jq '.[].sk'"
            })
    void scan(
            @Mixin Name name,
            @Option(
                            names = "--kind",
                            paramLabel = "<members|lock|ledger>",
                            description = "Only these items of fleets. Default: all items")
                    DynamoTables.Kind kind,
            @Option(
                            names = {"-n", "--limit"},
                            paramLabel = "<number>",
                            defaultValue = "100",
                            description = "How many, at most 10000. Default: ${DEFAULT-VALUE}")
                    int limit,
            @Mixin CapacityOption capacity,
            @Mixin OutputOptions output)
            throws FleetException {
        if (limit < 1 || limit > MOST_ITEMS) {
            throw misuse("scan", "--limit: must be 1 to " + MOST_ITEMS);
        }
        try (var tables = DynamoTables.open()) {
            var items = tables.scan(name.table, Optional.ofNullable(kind), limit);
            if (output.json) {
                output.print(JsonNodeFactory.instance.arrayNode().addAll(items));
            } else if (items.isEmpty()) {
                output.note("there are no such items");
            } else {
                var rows = new ArrayList<List<String>>();
                rows.add(List.of("PK", "SK", "ATTRIBUTES"));
                for (var item : items) {
                    rows.add(List.of(item.path("pk").asText(), item.path("sk").asText(), attributes(item)));
                }
                Table.print(output.out(), rows);
                output.out().flush();
            }
            if (items.size() == limit) {
                output.note("these are the first " + limit + "; there may be more, see --limit");
            }
            capacity.tell(output, tables.consumed());
        }
    }

    @Command(
            name = "get",
            description = "Print one item.",
            footer = {
                "",
                "Examples:",
                "  wunderproxy table get --table wunderproxy 'members#my-bucket/production' web-1",
                "  wunderproxy table get --table wunderproxy 'lock#my-bucket/production' lock --json | jq .fence"
            })
    void get(
            @Mixin Name name,
            @Parameters(index = "0", paramLabel = "<pk>", description = "The partition key.") String partition,
            @Parameters(index = "1", paramLabel = "<sk>", description = "The sort key.") String sort,
            @Mixin CapacityOption capacity,
            @Mixin OutputOptions output)
            throws FleetException {
        try (var tables = DynamoTables.open()) {
            var item = tables.get(name.table, partition, sort);
            capacity.tell(output, tables.consumed());
            print(
                    item.orElseThrow(() -> new CommandFailure(
                            Exit.NOT_FOUND,
                            "there is no item " + partition + " " + sort + " in the table " + name.table
                                    + "; see 'wunderproxy table scan'")),
                    output);
        }
    }

    @Command(
            name = "put",
            exitCodeList = {"6:with --if-absent: there is such an item already"},
            description = {
                "Write one item, whole, without asking.",
                "",
                "Texts, numbers, booleans, arrays and objects become what DynamoDB has for them."
            },
            footer = {
                "",
                "Examples:",
                "  wunderproxy table put --table notes '{\"pk\": \"notes\", \"sk\": \"1\", \"text\": \"hello\"}'",
                "  wunderproxy table put --table notes --if-absent - < item.json"
            })
    void put(
            @Mixin Name name,
            @Parameters(index = "0", paramLabel = "<json>", description = "The item, or - for standard input.")
                    String json,
            @Option(names = "--if-absent", description = "Only if there is no item with its key.") boolean ifAbsent,
            @Mixin CapacityOption capacity,
            @Mixin OutputOptions output)
            throws FleetException {
        try (var tables = DynamoTables.open()) {
            var item =
                    StoreOptions.isFile(json) ? new String(StoreOptions.readFile(json), StandardCharsets.UTF_8) : json;
            tables.put(name.table, item, ifAbsent);
            if (output.json) {
                output.print(JsonNodeFactory.instance.objectNode().put("Table", name.table));
            }
            capacity.tell(output, tables.consumed());
        }
    }

    private static void print(ObjectNode node, OutputOptions output) {
        if (output.json) {
            output.print(node);
            return;
        }
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("ATTRIBUTE", "VALUE"));
        node.properties().forEach(field -> rows.add(List.of(field.getKey(), text(field.getValue()))));
        Table.print(output.out(), rows);
        output.out().flush();
    }

    /** An item's attributes besides its key, on one line. */
    private static String attributes(ObjectNode item) {
        var text = new StringBuilder();
        item.properties().stream()
                .filter(field -> !field.getKey().equals("pk") && !field.getKey().equals("sk"))
                .forEach(field -> {
                    var value = text(field.getValue());
                    text.append(text.isEmpty() ? "" : "  ")
                            .append(field.getKey())
                            .append('=')
                            .append(
                                    value.length() <= LONGEST_VALUE
                                            ? value
                                            : value.substring(0, LONGEST_VALUE - 1) + "…");
                });
        return text.toString();
    }

    /** One line without control characters, which an item may have. */
    private static String text(JsonNode value) {
        return (value.isValueNode() ? value.asText() : value.toString()).replaceAll("\\p{Cntrl}+", " ");
    }

    private ParameterException misuse(String command, String message) {
        return new ParameterException(spec.commandLine().getSubcommands().get(command), message);
    }
}
