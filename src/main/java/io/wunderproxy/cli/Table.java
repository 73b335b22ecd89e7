package io.wunderproxy.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Columns of text, each as wide as it must be; the first row is their heading. */
final class Table {

    private Table() {}

    static void print(PrintWriter out, List<List<String>> texts) {
        var rows = texts.stream()
                .map(row -> row.stream().map(Printable::text).toList())
                .toList();
        var widths = IntStream.range(0, rows.getFirst().size())
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        for (var row : rows) {
            var line = IntStream.range(0, widths.length)
                    .mapToObj(column -> row.get(column)
                            + " ".repeat(widths[column] - row.get(column).length()))
                    .collect(Collectors.joining("  "))
                    .stripTrailing();
            out.println(row == rows.getFirst() ? Terminal.OUT.paint(Terminal.Colour.FAINT, line) : line);
        }
    }
}
