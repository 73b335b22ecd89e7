package io.wunderproxy.remote;

import java.io.IOException;
import java.io.OutputStream;

/** Runs commands of a POSIX shell. */
interface Shell {

    /** Writes a command's standard input, which ends when it is closed, or else with the command. */
    interface Input {
        void writeTo(OutputStream input) throws IOException;
    }

    /**
     * Runs a command until it ends. Its output is passed on as it comes.
     *
     * @return its exit status, 128 + the signal's number if it was ended by a signal
     * @throws SshException if it could not be begun, or the connection broke off
     */
    int run(String command, Input input, OutputStream out, OutputStream err) throws SshException;
}
