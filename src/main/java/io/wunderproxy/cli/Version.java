package io.wunderproxy.cli;

import java.io.IOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints; the build writes it into a resource. */
public final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() throws IOException {
        var properties = new Properties();
        try (var in = Version.class.getResourceAsStream("/version.properties")) {
            properties.load(in);
        }
        return new String[] {"wunderproxy " + properties.getProperty("version")};
    }
}
