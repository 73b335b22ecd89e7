package io.wunderproxy.names;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The name of this host: one for all who ask. */
public final class HostName {

    /** See proc_sys_kernel(5). */
    private static final Path FILE = Path.of("/proc/sys/kernel/hostname");

    private HostName() {}

    /**
     * The kernel's name of this host; no resolver is asked, which may not know it.
     *
     * @throws IOException if the kernel does not tell it
     */
    public static String read() throws IOException {
        return read(FILE);
    }

    static String read(Path file) throws IOException {
        return Files.readString(file).strip();
    }

    /** The name that {@link #read} finds, or this one if there is none. */
    public static String or(String unnamed) {
        return or(FILE, unnamed);
    }

    static String or(Path file, String unnamed) {
        try {
            return read(file);
        } catch (IOException e) {
            return unnamed;
        }
    }
}
