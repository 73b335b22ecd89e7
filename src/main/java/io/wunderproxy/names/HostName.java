package io.wunderproxy.names;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What this host is called: one name for all who ask. */
public final class HostName {

    /** See proc_sys_kernel(5). */
    private static final Path FILE = Path.of("/proc/sys/kernel/hostname");

    private HostName() {}

    /**
     * The kernel's name of this host; without a kernel that tells it in a file, the resolver's.
     *
     * @throws IOException if neither can be had
     */
    public static String read() throws IOException {
        return read(FILE);
    }

    static String read(Path file) throws IOException {
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            return InetAddress.getLocalHost().getHostName();
        }
    }

    /** The name that {@link #read} finds, or this one if there is none. */
    public static String or(String unnamed) {
        try {
            return read();
        } catch (IOException e) {
            return unnamed;
        }
    }
}
