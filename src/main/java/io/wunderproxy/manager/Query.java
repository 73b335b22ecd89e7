package io.wunderproxy.manager;

import io.vertx.ext.web.RoutingContext;
import io.wunderproxy.options.Amounts;
import java.time.Duration;
import java.util.Optional;

/** The query parameters of a request; one that can't be understood is an {@link IllegalArgumentException}. */
record Query(RoutingContext context) {

    Optional<String> text(String name) {
        return context.queryParam(name).stream().findFirst();
    }

    int number(String name, int least, int most, int usual) {
        var text = text(name);
        if (text.isEmpty()) {
            return usual;
        }
        if (text.get().matches("\\d{1,9}")) {
            var number = Integer.parseInt(text.get());
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw new IllegalArgumentException(name + ": must be a number from " + least + " to " + most);
    }

    /** A time like 500ms, 30s or 5m that is not zero. */
    static Duration time(String name, String value, Duration longest) {
        return Amounts.time(value)
                .filter(time -> !time.isZero() && time.compareTo(longest) <= 0)
                .orElseThrow(() -> new IllegalArgumentException(
                        name + ": must be a time like 500ms, 30s or 5m, at most " + Amounts.time(longest)));
    }

    boolean flag(String name, boolean usual) {
        return flag(name, text(name).orElse(null), usual);
    }

    /** @param value null if it was not given */
    static boolean flag(String name, String value, boolean usual) {
        return switch (value) {
            case null -> usual;
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(name + ": must be true or false");
        };
    }
}
