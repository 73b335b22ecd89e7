package io.wunderproxy.fleet;

import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/**
 * The items with one partition key, and the calls on them; what these take of the table's capacity is counted.
 *
 * @param key of the partition
 */
record Partition(Dynamo dynamo, String table, String key) {

    static final String EQUAL = "pk = :pk";

    /** All items, in the order of their sort keys. */
    QueryRequest.Builder query() {
        return QueryRequest.builder()
                .tableName(table)
                .keyConditionExpression(EQUAL)
                .expressionAttributeValues(Map.of(":pk", Item.text(key)))
                .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL);
    }

    /** @param what begins the message if it fails: {@code "cannot read ..."} */
    QueryResponse ask(String what, QueryRequest.Builder query) throws FleetException {
        var response = dynamo.call(what, table, client -> client.query(query.build()));
        dynamo.read(response.consumedCapacity());
        return response;
    }

    /** Where the next page begins; null after the last one. */
    static Map<String, AttributeValue> next(QueryResponse page) {
        return page.hasLastEvaluatedKey() && !page.lastEvaluatedKey().isEmpty() ? page.lastEvaluatedKey() : null;
    }

    Item item(String sort) {
        return Item.of(key, sort);
    }

    /** @throws ConditionalCheckFailedException if its condition does not hold */
    void put(String what, Item item, PutItemRequest.Builder put) throws FleetException {
        var request = put.tableName(table)
                .item(item.attributes())
                .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)
                .build();
        dynamo.wrote(dynamo.call(what, table, client -> client.putItem(request)).consumedCapacity());
    }

    /** @throws ConditionalCheckFailedException if its condition does not hold */
    void delete(String what, String sort, DeleteItemRequest.Builder delete) throws FleetException {
        var request = delete.tableName(table)
                .key(item(sort).attributes())
                .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)
                .build();
        dynamo.wrote(
                dynamo.call(what, table, client -> client.deleteItem(request)).consumedCapacity());
    }

    /** @throws ConditionalCheckFailedException if its condition does not hold */
    UpdateItemResponse update(String what, String sort, UpdateItemRequest.Builder update) throws FleetException {
        var request = update.tableName(table)
                .key(item(sort).attributes())
                .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)
                .build();
        var response = dynamo.call(what, table, client -> client.updateItem(request));
        dynamo.wrote(response.consumedCapacity());
        return response;
    }
}
