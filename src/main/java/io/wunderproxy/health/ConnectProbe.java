package io.wunderproxy.health;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.time.Duration;

/** Asks by a connection. */
final class ConnectProbe {

    /**
     * How long an accepted connection must last: Docker's own proxy of a published port accepts, and closes it when nothing listens
     * in the container.
     */
    private static final Duration LASTS = Duration.ofMillis(100);

    private static final ProbeResult ACCEPTED = new ProbeResult.Healthy("was accepted");

    private final Vertx vertx;
    private final NetClient client;

    ConnectProbe(Vertx vertx) {
        this.vertx = vertx;
        this.client = vertx.createNetClient();
    }

    void ask(Target.At target, Attempt attempt) {
        client.connect(target.port(), target.host())
                .onFailure(attempt::failed)
                .onSuccess(socket -> judge(socket, attempt));
    }

    private void judge(NetSocket socket, Attempt attempt) {
        attempt.connected(socket::close);
        attempt.soFar(ACCEPTED);
        socket.closeHandler(closed -> attempt.end(new ProbeResult.Broken("the connection was closed at once")));
        socket.handler(greeting -> attempt.end());
        vertx.setTimer(LASTS.toMillis(), timer -> attempt.end());
    }
}
