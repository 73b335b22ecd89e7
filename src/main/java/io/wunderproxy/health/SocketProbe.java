package io.wunderproxy.health;

import io.vertx.core.Vertx;
import io.wunderproxy.health.HealthCheck.Question;

/** Asks over the network, as the check says. */
public final class SocketProbe implements Probe {

    private final HttpProbe http;
    private final GrpcProbe grpc;
    private final ConnectProbe connect;

    public SocketProbe(Vertx vertx) {
        var requests = new ProbeRequests(vertx);
        this.http = new HttpProbe(requests);
        this.grpc = new GrpcProbe(requests);
        this.connect = new ConnectProbe(vertx);
    }

    @Override
    public ProbeResult ask(Target.At target, HealthCheck check) throws InterruptedException {
        var attempt = new Attempt(check.timeout());
        switch (check.question()) {
            case Question.Http question -> http.ask(target, question, attempt);
            case Question.Grpc question -> grpc.ask(target, question, attempt);
            // An engine that is away can't be asked; whoever accepts a connection runs at least.
            case Question.Connect _, Question.Engine _ -> connect.ask(target, attempt);
        }
        return attempt.await();
    }
}
