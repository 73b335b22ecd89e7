package io.wunderproxy.proxy.loop;

import io.netty.channel.Channel;
import io.vertx.core.buffer.Buffer;
import io.wunderproxy.proxy.admission.MemoryAccount;
import io.wunderproxy.proxy.body.BodyOptions;
import io.wunderproxy.proxy.body.Buffers;
import io.wunderproxy.proxy.body.ResponseSpool;
import java.util.function.Consumer;

/**
 * Lets one response come as fast as its client takes it: what a slow client leaves waits in memory, then in a temporary file, and only
 * then the backend is held back. On one event loop.
 */
public final class ResponsePacer {
    /** The client's side of the response. */
    public interface Receiver {
        /** Writes a part, and takes it over. */
        void send(Buffer part);

        /** Whether so much of what was written waits that no more should be. */
        boolean isFull();

        /** Runs the step once, when there is room again. */
        void whenRoom(Runnable step);
    }

    /** The backend's side of the response. */
    public interface Source {
        void pauseResponse();

        void resumeResponse();

        /** The response is cut off: what was stored of it is gone. */
        void responseLost();
    }

    private final ProxyWorker worker;
    private final Channel client;
    private final MemoryAccount account;
    private final Receiver receiver;
    private final Source source;
    /** Made when the client is slow for the first time. */
    private Waits.Wait patience;

    private long mostOnDisk;
    private boolean clientIsSlow;
    private long timesTaken;
    private boolean backendPaused;
    private boolean storing;
    private boolean closed;
    private ResponseSpool spool;
    private boolean forwarding;
    private boolean awaitsStored;
    private Runnable whenTaken;

    /** @param account of the client, for what waits to be written to the file */
    public ResponsePacer(ProxyWorker worker, Channel client, MemoryAccount account, Receiver receiver, Source source) {
        this.worker = worker;
        this.client = client;
        this.account = account;
        this.receiver = receiver;
        this.source = source;
    }

    /**
     * A response begins.
     *
     * @param isStream whether parts of the response mean something by themselves, so that none of them may wait in a file
     */
    public void begin(boolean isStream, BodyOptions options) {
        mostOnDisk = isStream ? 0 : options.responseDisk();
    }

    /** Whether the next move is the client's, who has to read. */
    public boolean isAwaitingClient() {
        return clientIsSlow;
    }

    /** How often the client has taken what was waiting for it. */
    public long timesTaken() {
        return timesTaken;
    }

    /** Whether parts have to be given to {@link #store}, so that none overtakes another. */
    public boolean isStoring() {
        return storing;
    }

    /** Keeps a part until the client has taken those before it. */
    public void store(Buffer part) {
        spool.add(Buffers.own(part));
        if (spool.isFull()) {
            pause();
        }
    }

    /** A part was written to the client. */
    public void sent() {
        if (receiver.isFull() && !clientIsSlow) {
            waitForClient(receiver::whenRoom);
            pause();
            if (mostOnDisk > 0) {
                if (patience == null) {
                    patience = worker.patience().then(this::storeIfStillSlow);
                }
                patience.begin();
            }
        }
    }

    /**
     * Something that may not wait in a file was written to the client, which has no room for more.
     *
     * @param whenRoom runs a step once, when there is room again
     */
    public void waitFor(Consumer<Runnable> whenRoom) {
        if (!clientIsSlow) {
            waitForClient(whenRoom);
            pause();
        }
    }

    /** The response comes from another connection from now on, which is held back if that before it was. */
    public void sourceChanged() {
        if (backendPaused) {
            source.pauseResponse();
        }
    }

    private void storeIfStillSlow() {
        if (clientIsSlow && !closed && client.isActive()) {
            storing = true;
            if (spool == null) {
                spool = new ResponseSpool(
                        worker.context(),
                        worker.listener().temporary(),
                        mostOnDisk,
                        worker.limits().disk(),
                        account,
                        this::resume);
            }
            resume();
        }
    }

    private void endPatience() {
        if (patience != null) {
            patience.end();
        }
    }

    private void pause() {
        if (!backendPaused) {
            backendPaused = true;
            source.pauseResponse();
        }
    }

    private void resume() {
        if (backendPaused) {
            backendPaused = false;
            source.resumeResponse();
        }
    }

    private void waitForClient(Consumer<Runnable> whenRoom) {
        clientIsSlow = true;
        whenRoom.accept(this::clientTakesMore);
    }

    private void clientTakesMore() {
        if (closed) {
            return;
        }
        clientIsSlow = false;
        endPatience();
        timesTaken++;
        forwardStored();
    }

    /** Part by part, some of which come at once and others later, until the client is slow again or nothing is left. */
    private void forwardStored() {
        if (forwarding) {
            return;
        }
        forwarding = true;
        while (!clientIsSlow && !awaitsStored && spool != null && !spool.isEmpty()) {
            awaitsStored = true;
            spool.take(this::forwardStored);
        }
        forwarding = false;
        if (!clientIsSlow && !awaitsStored) {
            taken();
        }
    }

    private void forwardStored(Buffer part) {
        awaitsStored = false;
        if (part == null) {
            source.responseLost();
            return;
        }
        receiver.send(part);
        if (receiver.isFull()) {
            waitForClient(receiver::whenRoom);
        }
        forwardStored();
    }

    private void taken() {
        storing = false;
        resume();
        if (whenTaken != null) {
            var then = whenTaken;
            whenTaken = null;
            then.run();
        }
    }

    /**
     * The response is complete: runs {@code then} when the client has been sent all that was stored of it.
     *
     * @return whether that is later; if not, it is not run
     */
    public boolean end(Runnable then) {
        if (spool != null && !spool.isEmpty()) {
            whenTaken = then;
            return true;
        }
        return false;
    }

    /** Frees what it holds. */
    public void close() {
        closed = true;
        endPatience();
        if (spool != null) {
            spool.close();
        }
    }
}
