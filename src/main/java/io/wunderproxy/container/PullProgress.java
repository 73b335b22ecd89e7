package io.wunderproxy.container;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.PullResponseItem;
import io.wunderproxy.container.ContainerRuntime.PullState;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Adds up the engine's many messages about the layers of an image, and reports the sum now and then. The library's callback for
 * pulls is not used, as it expects the words of Docker.
 */
final class PullProgress extends ResultCallback.Adapter<PullResponseItem> {

    private record Layer(long current, long total) {}

    private static final long INTERVAL_NANOS = Duration.ofMillis(500).toNanos();

    private final Consumer<PullState> progress;
    private final Map<String, Layer> layers = new LinkedHashMap<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private volatile String refusal;
    private volatile long lastNews = System.nanoTime();
    private long lastReport = lastNews - INTERVAL_NANOS;

    PullProgress(Consumer<PullState> progress) {
        this.progress = progress;
    }

    /** Nanoseconds since the engine last said anything. */
    long silence() {
        return System.nanoTime() - lastNews;
    }

    /** Waits for the end of the pull; the library's own wait with a timeout would close it. */
    boolean ended(Duration within) throws InterruptedException {
        return end.await(within.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void onComplete() {
        super.onComplete();
        end.countDown();
    }

    @Override
    public void onError(Throwable failure) {
        super.onError(failure);
        end.countDown();
    }

    /** The engine's own message that it could not pull; empty if there is none. */
    Optional<String> refusal() {
        return Optional.ofNullable(refusal);
    }

    @Override
    @SuppressWarnings("deprecation") // For an engine that sends the error without its details.
    public void onNext(PullResponseItem item) {
        lastNews = System.nanoTime();
        if (item.getErrorDetail() != null && item.getErrorDetail().getMessage() != null) {
            refusal = item.getErrorDetail().getMessage();
        } else if (item.getError() != null) {
            refusal = item.getError();
        }
        var detail = item.getProgressDetail();
        if (!"Downloading".equals(item.getStatus()) || detail == null || detail.getTotal() == null) {
            return;
        }
        layers.put(item.getId(), new Layer(Objects.requireNonNullElse(detail.getCurrent(), 0L), detail.getTotal()));
        var current = layers.values().stream().mapToLong(Layer::current).sum();
        var total = layers.values().stream().mapToLong(Layer::total).sum();
        if (lastNews - lastReport >= INTERVAL_NANOS || current == total) {
            lastReport = lastNews;
            progress.accept(new PullState(current, total));
        }
    }
}
