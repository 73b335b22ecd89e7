package io.wunderproxy.deployment;

import io.wunderproxy.deployment.Failure.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Keeps out callers that lost the right to deploy to the fleet without noticing: each time it is taken it has a higher number
 * than ever before, and a call with a lower number than the highest seen here comes too late. The highest one survives a crash.
 */
public final class Fence {

    /** The file with the highest number, in the state directory. */
    private static final String FILE = "fence";

    private final StateDirectory directory;

    public Fence(StateDirectory directory) {
        this.directory = directory;
    }

    /**
     * Lets a call of the deployment with this number pass.
     *
     * @throws DeploymentException if a later deployment was here before
     */
    public synchronized void pass(long number) throws DeploymentException {
        try {
            var highest = highest();
            if (number < highest) {
                throw new DeploymentException(
                        Kind.SUPERSEDED,
                        "deployment " + number + " was superseded by " + highest
                                + "; nothing was changed (if the fleet's table was made anew, remove "
                                + directory.path().resolve(FILE) + ")");
            }
            if (number > highest) {
                directory.write(FILE, Long.toString(number).getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            throw new DeploymentException(Kind.STATE_UNWRITABLE, e.getMessage());
        }
    }

    private long highest() throws IOException {
        var content = directory.read(FILE);
        if (content.isEmpty()) {
            return 0;
        }
        try {
            return Long.parseLong(new String(content.get(), StandardCharsets.US_ASCII).strip());
        } catch (NumberFormatException e) {
            throw new IOException(directory.path().resolve(FILE) + " does not hold a number; remove it");
        }
    }
}
