package io.wunderproxy.handover;

import io.netty.channel.EventLoopGroup;
import io.wunderproxy.handover.Message.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The agent that this process replaces, as this process sees it. An agent that dies in the middle is not waited for: what it had
 * is this process's then, as at any start.
 */
public final class Predecessor implements AutoCloseable {
    /**
     * The sockets that the agent listened at.
     *
     * @param lent whether they are the service manager's
     */
    public record Sockets(List<Integer> descriptors, boolean lent) {}

    private static final Logger LOG = Logger.getLogger(Predecessor.class);

    /** The environment variable that says to whom a process succeeds. */
    static final String VARIABLE = "WUNDERPROXY_SUCCEEDS";

    private static final String TRUSTED = " trusted";

    /** Far beyond what the agent waits for work of its own that is under way. */
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private final EventLoopGroup group;
    private final Line line;
    private final boolean trusted;

    private Predecessor(EventLoopGroup group, Line line, boolean trusted) {
        this.group = group;
        this.line = line;
        this.trusted = trusted;
    }

    /** Whether this environment names an agent to replace. */
    public static boolean isNamed(Map<String, String> environment) {
        return !environment.getOrDefault(VARIABLE, "").isEmpty();
    }

    static String reference(String name, boolean trusted) {
        return name + (trusted ? TRUSTED : "");
    }

    /**
     * The agent that this environment names.
     *
     * @return empty if this process replaces none
     * @throws IOException if it can't be reached, or is not the parent of this process
     */
    public static Optional<Predecessor> find(Map<String, String> environment) throws IOException {
        if (!isNamed(environment)) {
            return Optional.empty();
        }
        var reference = environment.get(VARIABLE);
        var trusted = reference.endsWith(TRUSTED);
        var name = trusted ? reference.substring(0, reference.length() - TRUSTED.length()) : reference;
        var parent = ProcessHandle.current().parent().map(ProcessHandle::pid);
        var group = Line.thread();
        try {
            var line = Line.to(Invitation.address(name), group);
            if (!parent.equals(Optional.of(line.peer()))) {
                line.close();
                throw new IOException("it is not the agent that has started this process");
            }
            return Optional.of(new Predecessor(group, line, trusted));
        } catch (IOException e) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IOException("cannot replace an agent (" + VARIABLE + "): " + e.getMessage(), e);
        }
    }

    /** Whether root has started it, or the one that it replaced. */
    public boolean isTrusted() {
        return trusted;
    }

    /** Says that the settings are understood, and takes the descriptors of the listening sockets. */
    public Sockets takeSockets() throws IOException, InterruptedException {
        line.send(Message.of(Kind.HELLO, Message.VERSION));
        var said = receive(Kind.SOCKETS);
        var lent = said.endsWith(Message.LENT);
        var number = lent ? said.substring(0, said.length() - Message.LENT.length()) : said;
        var descriptors = line.receive(Integer.parseInt(number), Message.of(Kind.TAKING_SOCKET), PATIENCE);
        line.send(Message.of(Kind.HAS_SOCKETS));
        return new Sockets(descriptors, lent);
    }

    /**
     * Waits until the agent writes journal and containers no more.
     *
     * @return what it serves; empty if that is to be found out as at any start
     */
    public Optional<String> takeState() throws InterruptedException {
        return unlessGone(() -> {
            line.send(Message.of(Kind.WANTS_STATE));
            return receive(Kind.STATE);
        });
    }

    /** Says that this process is ready, and waits until it may accept connections. */
    public void ready() throws InterruptedException {
        unlessGone(() -> {
            line.send(Message.of(Kind.READY));
            return receive(Kind.GO);
        });
    }

    /** Says that this process accepts connections, and waits until the agent begins to end. */
    public void accepting() throws InterruptedException {
        unlessGone(() -> {
            line.send(Message.of(Kind.ACCEPTING));
            return receive(Kind.LEAVING);
        });
    }

    /** Says why this process can't replace the agent. */
    public void failed(String why) {
        try {
            line.send(Message.of(Kind.FAILED, why));
        } catch (IOException gone) {
            LOG.debugf("nobody to tell why this process can't start: %s", gone.getMessage());
        }
    }

    private interface Exchange {
        String make() throws IOException, InterruptedException;
    }

    private Optional<String> unlessGone(Exchange exchange) throws InterruptedException {
        if (line.ended().isDone()) {
            return Optional.empty();
        }
        try {
            return Optional.of(exchange.make());
        } catch (IOException e) {
            LOG.warnf("the agent that this one replaces is gone: %s", e.getMessage());
            line.close();
            return Optional.empty();
        }
    }

    private String receive(Kind awaited) throws IOException, InterruptedException {
        var said = line.receive(PATIENCE);
        if (said.kind() != awaited) {
            throw new IOException("it speaks another language: " + said.line());
        }
        return said.text();
    }

    /** Completes when the agent has ended, with all that it served. */
    public CompletableFuture<Void> ended() {
        return line.ended();
    }

    @Override
    public void close() {
        line.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
