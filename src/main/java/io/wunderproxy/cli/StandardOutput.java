package io.wunderproxy.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/**
 * The standard output of a command, which remembers that something could not be written: writers of text say nothing of it. What
 * comes after that is dropped, so that a deployment under way goes on.
 */
public final class StandardOutput extends OutputStream {

    private static final int BUFFER = 8192;

    private final OutputStream out;
    private volatile String problem;

    StandardOutput(OutputStream out) {
        this.out = out;
    }

    /** Takes the place of {@link System#out} from now on. */
    public static StandardOutput install() {
        var output = new StandardOutput(new FileOutputStream(FileDescriptor.out));
        System.setOut(new PrintStream(new BufferedOutputStream(output, BUFFER), true, System.out.charset()));
        return output;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            if (problem == null) {
                problem = ErrorMessages.words(e);
            }
            throw e;
        }
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    /**
     * How the command ended after all: one whose result nobody has got has failed.
     *
     * @param code how it ended by its own account
     * @param err is told why
     */
    public int exitCode(int code, PrintStream err) {
        if (problem == null) {
            return code;
        }
        err.println("wunderproxy: cannot write to the standard output: " + problem);
        return code == Exit.OK.code() ? Exit.FAILED.code() : code;
    }
}
