package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Reads the fields of one JSON object: unknown ones are ignored, and one that is missing, null or of another type has a default,
 * since the hosts of a fleet may have different versions.
 */
record Fields(JsonNode node) {

    /** A text, empty by default. */
    String text(String name) {
        return optionalText(name).orElse("");
    }

    Optional<String> optionalText(String name) {
        return Optional.ofNullable(node.path(name).textValue());
    }

    /** An integer, 0 by default. */
    long number(String name) {
        return node.path(name).asLong();
    }

    Optional<Long> optionalNumber(String name) {
        return Optional.of(node.path(name)).filter(JsonNode::isNumber).map(JsonNode::longValue);
    }

    /** A decimal number, 0 by default. */
    double decimal(String name) {
        return node.path(name).asDouble();
    }

    Optional<Double> optionalDecimal(String name) {
        return Optional.of(node.path(name)).filter(JsonNode::isNumber).map(JsonNode::doubleValue);
    }

    /** A flag, false by default. */
    boolean flag(String name) {
        return node.path(name).asBoolean();
    }

    Optional<Boolean> optionalFlag(String name) {
        return Optional.of(node.path(name)).filter(JsonNode::isBoolean).map(JsonNode::booleanValue);
    }

    /** An object, by default with the default of each of its fields. */
    <T> T object(String name, Function<JsonNode, T> of) {
        return of.apply(node.path(name));
    }

    <T> Optional<T> optionalObject(String name, Function<JsonNode, T> of) {
        return Optional.of(node.path(name)).filter(JsonNode::isObject).map(of);
    }

    /** A list, empty by default. */
    <T> List<T> list(String name, Function<JsonNode, T> of) {
        return items(node.path(name), of);
    }

    <T> Optional<List<T>> optionalList(String name, Function<JsonNode, T> of) {
        return Optional.of(node.path(name)).filter(JsonNode::isArray).map(array -> items(array, of));
    }

    static <T> List<T> items(JsonNode array, Function<JsonNode, T> of) {
        return array.isArray() ? array.valueStream().map(of).toList() : List.of();
    }

    /** A map in the order of its fields, empty by default. */
    <T> Map<String, T> map(String name, Function<JsonNode, T> of) {
        var map = new LinkedHashMap<String, T>();
        node.path(name).properties().forEach(entry -> map.put(entry.getKey(), of.apply(entry.getValue())));
        return map;
    }

    /** Writes numbers by their names. */
    static void putNumbers(ObjectNode node, String name, Map<String, Long> numbers) {
        putAll(node, name, numbers, (object, entry) -> object.put(entry.getKey(), entry.getValue()));
    }

    static <T> void putAll(
            ObjectNode node, String name, Map<String, T> values, BiConsumer<ObjectNode, Map.Entry<String, T>> put) {
        var object = node.putObject(name);
        values.entrySet().forEach(entry -> put.accept(object, entry));
    }
}
