package io.wunderproxy.health;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Responds to probes as a test says; until it says anything, every container is healthy. */
public final class FakeProbe implements Probe {

    private final List<Target.At> asked = new CopyOnWriteArrayList<>();
    private final Deque<ProbeResult> next = new ArrayDeque<>();
    private volatile Function<Target.At, ProbeResult> usual = at -> new ProbeResult.Healthy();

    /** These come first, each once. */
    public synchronized void respondsFirst(ProbeResult... results) {
        next.addAll(List.of(results));
    }

    public void responds(ProbeResult result) {
        usual = at -> result;
    }

    public void responds(Function<Target.At, ProbeResult> response) {
        usual = response;
    }

    public List<Target.At> asked() {
        return List.copyOf(asked);
    }

    @Override
    public ProbeResult ask(Target.At target, HealthCheck check) {
        asked.add(target);
        var first = first();
        return first == null ? usual.apply(target) : first;
    }

    private synchronized ProbeResult first() {
        return next.poll();
    }
}
