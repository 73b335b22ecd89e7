package io.wunderproxy.proxy.stats;

import io.wunderproxy.proxy.transport.ProxyStartException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A log file that is appended to, and opened again when somebody has moved it. */
public final class LogFile implements AccessLog.Sink {
    private final Path path;
    private OutputStream out;

    /** @throws ProxyStartException if the file can't be written */
    public LogFile(Path path) {
        this.path = path;
        try {
            out = open();
        } catch (IOException cause) {
            throw ProxyStartException.cannotWrite(path, cause);
        }
    }

    private OutputStream open() throws IOException {
        return Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Override
    public void write(byte[] lines, int length) throws IOException {
        out.write(lines, 0, length);
    }

    @Override
    public void reopen() throws IOException {
        var next = open();
        out.close();
        out = next;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
