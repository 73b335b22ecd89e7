package io.wunderproxy.rollout;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;

/** Runs an action for many hosts, a limited number at a time. Its threads end with the program. */
public final class Parallel {

    private final ExecutorService threads;

    public Parallel(int atATime) {
        // Not virtual threads: in a native binary these can't be the first to read a system property.
        threads = Executors.newFixedThreadPool(
                atATime, Thread.ofPlatform().daemon().name("fleet-", 0).factory());
    }

    /**
     * Runs an action for each, and returns the results in their order.
     *
     * @throws RuntimeException the exception of the first of them that failed
     */
    public <T, R> List<R> map(List<T> some, Function<? super T, ? extends R> action) {
        var calls = some.stream()
                .map(one -> threads.<R>submit(() -> action.apply(one)))
                .toList();
        return calls.stream()
                .map(call -> {
                    try {
                        return call.get();
                    } catch (ExecutionException e) {
                        throw e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw RolloutException.interrupted();
                    }
                })
                .toList();
    }

    public <T> void forEach(List<T> some, Consumer<? super T> action) {
        map(some, one -> {
            action.accept(one);
            return true;
        });
    }
}
