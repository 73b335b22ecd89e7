package io.wunderproxy.fleet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/** The tables themselves, and whatever lies in them, for people who look after them. Items are plain JSON. */
public final class DynamoTables implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** How long a new table may take until it can be used. */
    private static final Duration CREATION = Duration.ofMinutes(2);

    private static final Duration POLL = Duration.ofMillis(500);

    /** Which items of a fleet's table. */
    public enum Kind {
        MEMBERS,
        LOCK,
        LEDGER
    }

    /** Read and write units a second that are paid for whether they are used or not. */
    public record Throughput(long reads, long writes) {}

    private final Dynamo dynamo;

    private DynamoTables(Dynamo dynamo) {
        this.dynamo = dynamo;
    }

    /** Those in the region and account that the environment names. */
    public static DynamoTables open() {
        return new DynamoTables(Dynamo.ofEnvironment());
    }

    /** Those of a server that takes any credentials. */
    static DynamoTables at(URI endpoint) {
        return new DynamoTables(Dynamo.at(endpoint));
    }

    /**
     * Makes a table for fleets, whose items expire, and waits until it can be used. One that is there already is completed.
     *
     * @param throughput empty: paid by request
     * @return whether there was none
     * @throws FleetException.Conflict if there is one with other keys
     */
    public boolean create(String table, Optional<Throughput> throughput) throws FleetException, InterruptedException {
        var what = "cannot create the table " + table;
        var made = exists(table).isEmpty();
        if (made) {
            dynamo.call(what, table, client -> client.createTable(creation(table, throughput)));
        }
        var description = awaitActive(table);
        if (!hasOurKeys(description)) {
            throw new FleetException.Conflict(
                    "there is a table " + table + " with other keys than pk and sk, both text; choose another name");
        }
        var expiry = dynamo.call(what, table, client -> client.describeTimeToLive(request -> request.tableName(table)))
                .timeToLiveDescription()
                .timeToLiveStatus();
        if (expiry == TimeToLiveStatus.DISABLED) {
            dynamo.call(
                    what,
                    table,
                    client -> client.updateTimeToLive(request -> request.tableName(table)
                            .timeToLiveSpecification(
                                    ttl -> ttl.attributeName(Item.EXPIRES).enabled(true))));
        }
        return made;
    }

    // The SDK takes varargs of a generic type and does not say that it does no harm to them.
    @SuppressWarnings("unchecked")
    private static CreateTableRequest creation(String table, Optional<Throughput> throughput) {
        var request = CreateTableRequest.builder()
                .tableName(table)
                .attributeDefinitions(
                        a -> a.attributeName(Item.PARTITION).attributeType(ScalarAttributeType.S),
                        a -> a.attributeName(Item.SORT).attributeType(ScalarAttributeType.S))
                .keySchema(k -> k.attributeName(Item.PARTITION).keyType(KeyType.HASH), k -> k.attributeName(Item.SORT)
                        .keyType(KeyType.RANGE));
        throughput.ifPresentOrElse(
                units -> request.billingMode(BillingMode.PROVISIONED)
                        .provisionedThroughput(ProvisionedThroughput.builder()
                                .readCapacityUnits(units.reads())
                                .writeCapacityUnits(units.writes())
                                .build()),
                () -> request.billingMode(BillingMode.PAY_PER_REQUEST));
        return request.build();
    }

    private Optional<TableDescription> exists(String table) throws FleetException {
        try {
            return Optional.of(describeTable(table));
        } catch (FleetException.NotFound none) {
            return Optional.empty();
        }
    }

    private TableDescription awaitActive(String table) throws FleetException, InterruptedException {
        var deadline = System.nanoTime() + CREATION.toNanos();
        while (System.nanoTime() - deadline < 0) {
            var description = exists(table);
            if (description.filter(d -> d.tableStatus() == TableStatus.ACTIVE).isPresent()) {
                return description.get();
            }
            Thread.sleep(POLL);
        }
        throw new FleetException("the table " + table + " could not be used within " + CREATION.toMinutes()
                + " minutes; see 'wunderproxy table describe'");
    }

    private static boolean hasOurKeys(TableDescription description) {
        var keys = new HashMap<String, KeyType>();
        description.keySchema().forEach(key -> keys.put(key.attributeName(), key.keyType()));
        return keys.equals(Map.of(Item.PARTITION, KeyType.HASH, Item.SORT, KeyType.RANGE))
                && description.attributeDefinitions().stream()
                        .filter(a -> keys.containsKey(a.attributeName()))
                        .allMatch(a -> a.attributeType() == ScalarAttributeType.S);
    }

    /** All tables, by name, as {@link #describe} has them but for what expires. */
    public List<ObjectNode> list() throws FleetException {
        var tables = new ArrayList<ObjectNode>();
        String last = null;
        do {
            var from = last;
            var page = dynamo.call(
                    "cannot list the tables",
                    "",
                    client -> client.listTables(request -> request.exclusiveStartTableName(from)));
            for (var name : page.tableNames()) {
                var table = exists(name);
                if (table.isPresent()) {
                    tables.add(json(table.get()));
                }
            }
            last = page.lastEvaluatedTableName();
        } while (last != null);
        return tables;
    }

    /** A table: state, items, size, keys, billing, throughput, which attribute lets items expire. */
    public ObjectNode describe(String table) throws FleetException {
        var node = json(describeTable(table));
        var expiry = dynamo.call(
                        "cannot describe the table " + table,
                        table,
                        client -> client.describeTimeToLive(request -> request.tableName(table)))
                .timeToLiveDescription();
        var on = expiry.timeToLiveStatus() == TimeToLiveStatus.ENABLED
                || expiry.timeToLiveStatus() == TimeToLiveStatus.ENABLING;
        return node.put("Expires", on ? expiry.attributeName() : null);
    }

    private TableDescription describeTable(String table) throws FleetException {
        return dynamo.call(
                        "cannot describe the table " + table,
                        table,
                        client -> client.describeTable(request -> request.tableName(table)))
                .table();
    }

    private static ObjectNode json(TableDescription table) {
        var onDemand = table.billingModeSummary() != null
                && table.billingModeSummary().billingMode() == BillingMode.PAY_PER_REQUEST;
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("Name", table.tableName())
                .put("Status", table.tableStatusAsString())
                .put("Items", table.itemCount())
                .put("Bytes", table.tableSizeBytes())
                .put("Billing", onDemand ? "on demand" : "provisioned");
        if (!onDemand && table.provisionedThroughput() != null) {
            node.put("ReadUnits", table.provisionedThroughput().readCapacityUnits())
                    .put("WriteUnits", table.provisionedThroughput().writeCapacityUnits());
        }
        if (table.creationDateTime() != null) {
            node.put("CreatedAt", table.creationDateTime().toString());
        }
        var keys = node.putObject("Keys");
        table.keySchema().forEach(key -> keys.put(key.attributeName(), key.keyTypeAsString()));
        return node;
    }

    /**
     * Items in no order. All items that are skipped are read, and paid for, as well.
     *
     * @param kind empty: all items
     * @param limit how many at most
     */
    public List<ObjectNode> scan(String table, Optional<Kind> kind, int limit) throws FleetException {
        var items = new ArrayList<ObjectNode>();
        var request = ScanRequest.builder().tableName(table).returnConsumedCapacity(ReturnConsumedCapacity.TOTAL);
        kind.ifPresentOrElse(
                which -> request.filterExpression("begins_with(pk, :kind)")
                        .expressionAttributeValues(
                                Map.of(":kind", Item.text(which.name().toLowerCase(Locale.ROOT) + "#"))),
                () -> request.limit(limit));
        Map<String, AttributeValue> last = null;
        do {
            request.exclusiveStartKey(last);
            var page = dynamo.call("cannot scan the table " + table, table, client -> client.scan(request.build()));
            dynamo.read(page.consumedCapacity());
            page.items().stream()
                    .limit(limit - items.size())
                    .map(DynamoTables::json)
                    .forEach(items::add);
            last = page.hasLastEvaluatedKey() && !page.lastEvaluatedKey().isEmpty() ? page.lastEvaluatedKey() : null;
        } while (last != null && items.size() < limit);
        return items;
    }

    /** One item; empty if there is none. */
    public Optional<ObjectNode> get(String table, String partition, String sort) throws FleetException {
        var response = dynamo.call(
                "cannot read from the table " + table,
                table,
                client -> client.getItem(request -> request.tableName(table)
                        .key(Item.of(partition, sort).attributes())
                        .consistentRead(true)
                        .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)));
        dynamo.read(response.consumedCapacity());
        return response.hasItem() && !response.item().isEmpty() ? Optional.of(json(response.item())) : Optional.empty();
    }

    /**
     * Writes one item whole.
     *
     * @param ifAbsent only if there is none with its key
     * @throws FleetException.Invalid if it is no object with the texts {@code pk} and {@code sk}
     * @throws FleetException.Conflict if there is one
     */
    public void put(String table, String json, boolean ifAbsent) throws FleetException {
        var item = item(json);
        try {
            var response = dynamo.call(
                    "cannot write to the table " + table,
                    table,
                    client -> client.putItem(request -> {
                        request.tableName(table).item(item).returnConsumedCapacity(ReturnConsumedCapacity.TOTAL);
                        if (ifAbsent) {
                            request.conditionExpression("attribute_not_exists(pk)")
                                    .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD);
                        }
                    }));
            dynamo.wrote(response.consumedCapacity());
        } catch (ConditionalCheckFailedException e) {
            // An attempt whose response was lost may have written it.
            if (!item.equals(e.item())) {
                throw new FleetException.Conflict(
                        "there is an item " + item.get(Item.PARTITION).s() + " "
                                + item.get(Item.SORT).s() + " already; without --if-absent it is replaced");
            }
        }
    }

    private static Map<String, AttributeValue> item(String json) throws FleetException {
        try {
            if (JSON.readTree(json) instanceof ObjectNode object
                    && object.path(Item.PARTITION).isTextual()
                    && object.path(Item.SORT).isTextual()) {
                return attributes(object);
            }
        } catch (JsonProcessingException e) {
            throw new FleetException.Invalid("this is not JSON: " + e.getOriginalMessage(), e);
        }
        throw new FleetException.Invalid("an item is a JSON object with the texts pk and sk in it, its key");
    }

    private static Map<String, AttributeValue> attributes(ObjectNode object) {
        var attributes = new LinkedHashMap<String, AttributeValue>();
        object.properties().forEach(field -> attributes.put(field.getKey(), attribute(field.getValue())));
        return attributes;
    }

    private static AttributeValue attribute(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> AttributeValue.fromS(value.asText());
            case NUMBER -> AttributeValue.fromN(value.decimalValue().toPlainString());
            case BOOLEAN -> AttributeValue.fromBool(value.booleanValue());
            case ARRAY ->
                AttributeValue.fromL(
                        value.valueStream().map(DynamoTables::attribute).toList());
            case OBJECT -> AttributeValue.fromM(attributes((ObjectNode) value));
            default -> AttributeValue.fromNul(true);
        };
    }

    /** The key first, the rest by name. Sets become arrays, bytes Base64. */
    private static ObjectNode json(Map<String, AttributeValue> item) {
        var node = JsonNodeFactory.instance.objectNode();
        var rest = new TreeMap<>(item);
        for (var key : List.of(Item.PARTITION, Item.SORT)) {
            if (rest.containsKey(key)) {
                node.set(key, json(rest.remove(key)));
            }
        }
        rest.forEach((name, value) -> node.set(name, json(value)));
        return node;
    }

    private static JsonNode json(AttributeValue value) {
        var nodes = JsonNodeFactory.instance;
        return switch (value.type()) {
            case S -> nodes.textNode(value.s());
            case N -> nodes.numberNode(new BigDecimal(value.n()));
            case BOOL -> nodes.booleanNode(value.bool());
            case M -> json(value.m());
            case L ->
                nodes.arrayNode()
                        .addAll(value.l().stream().map(DynamoTables::json).toList());
            case SS ->
                nodes.arrayNode()
                        .addAll(value.ss().stream().map(nodes::textNode).toList());
            case NS ->
                nodes.arrayNode()
                        .addAll(value.ns().stream()
                                .map(number -> nodes.numberNode(new BigDecimal(number)))
                                .toList());
            case B -> nodes.textNode(base64(value.b()));
            case BS ->
                nodes.arrayNode()
                        .addAll(value.bs().stream()
                                .map(b -> nodes.textNode(base64(b)))
                                .toList());
            default -> nodes.nullNode();
        };
    }

    private static String base64(SdkBytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.asByteArray());
    }

    /** The capacity of the tables that the calls took until now. */
    public ConsumedUnits consumed() {
        return dynamo.consumed();
    }

    @Override
    public void close() {
        dynamo.close();
    }
}
