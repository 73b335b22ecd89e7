package io.wunderproxy.cli;

import io.wunderproxy.names.ProgramVersion;
import java.io.IOException;
import picocli.CommandLine.IVersionProvider;

/** The text of {@code --version}: the build writes version and commit into a resource, the rest is known at run time. */
public final class Version implements IVersionProvider {

    /** The version alone, and the commit that it was built from: {@code 1.0.0+0a1b2c3}. */
    public static String number() throws IOException {
        return ProgramVersion.number();
    }

    @Override
    public String[] getVersion() throws IOException {
        var properties = ProgramVersion.properties();
        var changed = Boolean.parseBoolean(properties.getProperty("dirty")) ? "-dirty" : "";
        return new String[] {
            "wunderproxy %s (commit %s%s, %s)"
                    .formatted(properties.getProperty("version"), properties.getProperty("commit"), changed, builder())
        };
    }

    /** The program's runtime: its own machine code, and who made that, or a JVM. */
    private static String builder() {
        var nativeImage = System.getProperty("org.graalvm.nativeimage.imagecode") != null;
        var release = System.getProperty("java.vendor.version", "");
        return (nativeImage ? "native, " : "JVM ")
                + (release.isBlank() ? System.getProperty("java.vm.version") : release)
                + ", "
                + System.getProperty("java.vm.vendor");
    }
}
