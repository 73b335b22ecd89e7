package io.wunderproxy.remote;

/** Words as a POSIX shell reads them. */
public final class ShellWords {

    private ShellWords() {}

    /** A command of a shell that passes these words on as they are. */
    public static String quote(Iterable<String> words) {
        var command = new StringBuilder();
        for (var word : words) {
            command.append(command.isEmpty() ? "" : " ")
                    .append(word.matches("[\\w@%+:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'");
        }
        return command.toString();
    }
}
