package io.wunderproxy.install;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Files that the program brings along, from the directory deploy of the project. */
enum Template {
    /** The service. */
    UNIT("wunderproxy.service"),
    /** Its user and its group. */
    USERS("wunderproxy.sysusers"),
    /** The environment that it begins with. */
    SETTINGS("environment"),
    /** The options that it begins with: none. */
    OPTIONS("settings");

    private final String resource;

    Template(String name) {
        this.resource = "/host/" + name;
    }

    /** Without the end of the last line. */
    String text() {
        try (var in = Template.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceFirst("\n+$", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
