package io.wunderproxy.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Where the output goes. */
enum Terminal {
    OUT(1),
    ERR(2);

    private static final Pattern DEVICE = Pattern.compile("/dev/(pts/\\d+|tty\\w*|console)");

    private final int descriptor;

    Terminal(int descriptor) {
        this.descriptor = descriptor;
    }

    /** Whether somebody reads it as it comes. Java itself only tells whether both input and output are a terminal. */
    boolean isInteractive() {
        try {
            var target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor));
            return DEVICE.matcher(target.toString()).matches();
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether text can be drawn over: the cursor goes where it is told to. */
    boolean isDrawable() {
        return isInteractive() && !isDumb();
    }

    private static boolean isDumb() {
        return "dumb".equals(System.getenv("TERM"));
    }

    /** Whether it shows colours, and its user wants them: see no-color.org. */
    boolean isColoured() {
        return isInteractive() && System.getenv().getOrDefault("NO_COLOR", "").isEmpty() && !isDumb();
    }

    /** The text in a colour if there are colours. */
    String paint(Colour colour, String text) {
        return isColoured() ? colour.code + text + "\033[0m" : text;
    }

    /** What a colour means. */
    enum Colour {
        GOOD("\033[32m"),
        BAD("\033[31m"),
        UNSURE("\033[33m"),
        FAINT("\033[2m"),
        STRONG("\033[1m");

        private final String code;

        Colour(String code) {
            this.code = code;
        }
    }
}
