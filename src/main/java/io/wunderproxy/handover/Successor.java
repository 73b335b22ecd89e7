package io.wunderproxy.handover;

import io.netty.channel.EventLoopGroup;
import io.wunderproxy.handover.Message.Kind;
import io.wunderproxy.handover.Phase.Action;
import io.wunderproxy.handover.Phase.Step;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * The process that is to replace this agent, as this agent sees it: its child, which gets the listening sockets and what the
 * agent alone may write, step by step. Until it accepts connections, this agent does so too.
 */
public final class Successor implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Successor.class);

    /** All that the agent has to give. The calls come from the thread that hands over, in this order. */
    public interface Estate {
        /** The descriptors of the listening sockets. */
        List<Integer> sockets();

        /** Whether they are the service manager's, who removes the files of those that have a path. */
        boolean areLent();

        /**
         * Stops to write journal and containers, and lets another process do so.
         *
         * @param isWanted whether the successor still waits for it
         * @return the deployment that serves, as the successor knows it; empty if none does
         * @throws IOException if there is work under way that must not be broken off; the message says what
         */
        String passState(BooleanSupplier isWanted) throws IOException, InterruptedException;

        /** The successor accepts connections: this agent is replaced, and accepts no more. */
        void leave(long process);

        /** The successor has ended: all that was passed on is this agent's again. */
        void takeBack();
    }

    private final EventLoopGroup group;
    private final Invitation invitation;
    private final Process process;
    private final Duration patience;
    private Line line;
    private int passed;

    private Successor(EventLoopGroup group, Invitation invitation, Process process, Duration patience) {
        this.group = group;
        this.invitation = invitation;
        this.process = process;
        this.patience = patience;
    }

    /**
     * Starts it.
     *
     * @param environment of the process to come
     * @param patience how long each step may take
     */
    public static Successor start(Program program, Map<String, String> environment, Duration patience)
            throws HandoverException {
        var group = Line.thread();
        Invitation invitation = null;
        try {
            program.check();
            invitation = Invitation.open(group);
            var builder = new ProcessBuilder(program.command()).inheritIO();
            builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
            var given = builder.environment();
            given.clear();
            given.putAll(environment);
            // They name this process.
            List.of("WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
                    .forEach(given::remove);
            given.put(Predecessor.VARIABLE, Predecessor.reference(invitation.name(), program.trusted()));
            return new Successor(group, invitation, builder.start(), patience);
        } catch (IOException e) {
            if (invitation != null) {
                invitation.close();
            }
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new HandoverException("cannot start its successor: " + e.getMessage(), e);
        }
    }

    public long pid() {
        return process.pid();
    }

    /** Whether the process runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Hands over, and returns when the successor accepts connections. If that fails the successor has ended, and the agent has
     * everything back.
     */
    public void handOver(Estate estate) throws HandoverException {
        var phase = Phase.STARTED;
        var problem = "";
        try {
            line = invitation.await(process.toHandle(), patience);
            while (!phase.isOver()) {
                var said = line.receive(patience);
                var step = step(phase, said);
                if (step.action() == Action.TAKE_BACK) {
                    problem = said.kind() == Kind.FAILED ? said.text() : "it speaks another language: " + said.line();
                    break;
                }
                // Whatever fails in doing it, it may have been done.
                phase = step.next();
                act(step.action(), estate);
            }
        } catch (IOException e) {
            problem = String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            problem = "interrupted";
        } finally {
            if (phase != Phase.LEAVING) {
                end(phase, estate);
            }
        }
        if (phase == Phase.LEAVING && !problem.isEmpty()) {
            LOG.warnf("the successor, process %d, is gone already: %s", process.pid(), problem);
        }
        if (phase != Phase.LEAVING) {
            throw new HandoverException((problem.isEmpty() ? "an error, see the log" : problem)
                    + (process.isAlive() || process.exitValue() == KILLED ? "" : "; exit code " + process.exitValue()));
        }
    }

    private static final int KILLED = 128 + 9;

    private static Step step(Phase phase, Message said) {
        return said.kind() == Kind.HELLO && !said.text().equals(Message.VERSION)
                ? phase.failed()
                : phase.on(said.kind());
    }

    private void act(Action action, Estate estate) throws IOException, InterruptedException {
        LOG.infof("hand-over to process %d: %s", process.pid(), action.words());
        switch (action) {
            case ANNOUNCE_SOCKETS ->
                line.send(Message.of(Kind.SOCKETS, estate.sockets().size() + (estate.areLent() ? Message.LENT : "")));
            case PASS_SOCKET -> {
                var all = estate.sockets();
                if (passed == all.size()) {
                    throw new IOException("it asks for more sockets than there are");
                }
                line.send(all.get(passed++));
            }
            case PASS_STATE -> line.send(Message.of(Kind.STATE, estate.passState(process::isAlive)));
            case RELEASE -> line.send(Message.of(Kind.GO));
            case LEAVE -> {
                estate.leave(process.pid());
                line.send(Message.of(Kind.LEAVING));
            }
            case NOTHING, TAKE_BACK -> {}
        }
    }

    /** The state comes back when the process is gone, and not before: only one of the two may write. */
    private void end(Phase phase, Estate estate) {
        process.destroyForcibly();
        process.toHandle().onExit().join();
        try {
            if (phase.wasPassed()) {
                estate.takeBack();
            }
        } finally {
            close();
        }
    }

    /** Leaves the process alone. It knows then that this agent has ended. */
    @Override
    public void close() {
        if (line != null) {
            line.close();
        }
        invitation.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
