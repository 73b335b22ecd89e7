package io.wunderproxy.names;

import java.io.IOException;
import java.util.Properties;

/** The facts that the build wrote down of this program. */
public final class ProgramVersion {

    private ProgramVersion() {}

    /** {@code version}, {@code commit} and {@code dirty}: whether there was more than the commit has. */
    public static Properties properties() throws IOException {
        var properties = new Properties();
        try (var in = ProgramVersion.class.getResourceAsStream("/version.properties")) {
            properties.load(in);
        }
        return properties;
    }

    /** The version, and the commit that it was built from: {@code 1.0.0+0a1b2c3}. */
    public static String number() throws IOException {
        var properties = properties();
        return properties.getProperty("version") + "+" + properties.getProperty("commit");
    }
}
