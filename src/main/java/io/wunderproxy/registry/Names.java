package io.wunderproxy.registry;

import java.util.regex.Pattern;

/** Names that the distribution specification allows. */
public final class Names {

    private static final Pattern REPOSITORY =
            Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*");

    private static final int LONGEST_REPOSITORY = 255;

    private static final Pattern TAG = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");

    private Names() {}

    /** Whether a repository may have this name; such a name is also a safe path. */
    public static boolean isRepository(String name) {
        return name.length() <= LONGEST_REPOSITORY && REPOSITORY.matcher(name).matches();
    }

    public static boolean isTag(String name) {
        return TAG.matcher(name).matches();
    }
}
