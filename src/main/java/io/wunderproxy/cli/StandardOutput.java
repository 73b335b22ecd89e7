package io.wunderproxy.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/**
 * The standard output of a command, which remembers that something could not be written: writers of text don't report it. Later
 * output is dropped, so that a deployment under way continues.
 */
public final class StandardOutput extends OutputStream {

    private static final int BUFFER = 8192;

    private final OutputStream out;
    private final boolean pipe;
    private volatile String problem;

    /** @param pipe whether writing can fail only because the reader goes away */
    StandardOutput(OutputStream out, boolean pipe) {
        this.out = out;
        this.pipe = pipe;
    }

    /** Takes the place of {@link System#out} from now on. */
    public static StandardOutput install() {
        var output = new StandardOutput(new FileOutputStream(FileDescriptor.out), Terminal.OUT.isPipe());
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
            throw remembered(e);
        }
    }

    private IOException remembered(IOException e) {
        if (problem == null) {
            problem = ErrorMessages.words(e);
        }
        return e;
    }

    @Override
    public void flush() throws IOException {
        try {
            out.flush();
        } catch (IOException e) {
            throw remembered(e);
        }
    }

    /**
     * The final exit code: a command whose result nobody has got has failed. Nothing is reported for a reader that has read
     * enough, as head(1) does.
     *
     * @param code the command's own exit code
     * @param err where the reason is printed
     */
    public int exitCode(int code, PrintStream err) {
        if (problem == null) {
            return code;
        }
        if (pipe) {
            return code == Exit.OK.code() ? Exit.READER_GONE.code() : code;
        }
        err.println("wunderproxy: cannot write to the standard output: " + problem);
        return code == Exit.OK.code() ? Exit.FAILED.code() : code;
    }
}
