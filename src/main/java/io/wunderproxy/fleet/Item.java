package io.wunderproxy.fleet;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The attributes of an item that is written; and how those of one that was read are understood. */
final class Item {

    /** The names of the two halves of the key, and of the attribute that tells DynamoDB when to delete an item. */
    static final String PARTITION = "pk";

    static final String SORT = "sk";
    static final String EXPIRES = "expires";

    private static final int LONGEST_MESSAGE = 4000;

    private final Map<String, AttributeValue> attributes = new LinkedHashMap<>();

    static Item of(String partition, String sort) {
        return new Item().with(PARTITION, partition).with(SORT, sort);
    }

    Item with(String name, String text) {
        attributes.put(name, text(text));
        return this;
    }

    Item with(String name, long number) {
        attributes.put(name, number(number));
        return this;
    }

    Item with(String name, Instant time) {
        return with(name, time.toString());
    }

    /** A text for people, which may be too long for an item: its end is left out then. */
    Item withMessage(String message) {
        return with(
                "message",
                message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE - 1) + "…");
    }

    Map<String, AttributeValue> attributes() {
        return attributes;
    }

    static AttributeValue text(String text) {
        return AttributeValue.fromS(text);
    }

    static AttributeValue number(long number) {
        return AttributeValue.fromN(Long.toString(number));
    }

    /** A text; empty if there is none. */
    static String text(Map<String, AttributeValue> item, String name) {
        var value = item.get(name);
        return value == null || value.s() == null ? "" : value.s();
    }

    /** A number; 0 if there is none. */
    static long number(Map<String, AttributeValue> item, String name) {
        var value = item.get(name);
        try {
            return value == null || value.n() == null ? 0 : Long.parseLong(value.n());
        } catch (NumberFormatException notWhole) {
            return 0;
        }
    }

    /** A time; null if there is none. */
    static Instant time(Map<String, AttributeValue> item, String name) {
        try {
            return Instant.parse(text(item, name));
        } catch (DateTimeException e) {
            return null;
        }
    }
}
